//! Dead letters: what a channel gave up.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::path;
use crate::client::{Failure, Listing, Progress, Request, Result};
use crate::commands::client::ask::Sure;
use crate::commands::client::{Session, print, verdict};
use crate::commands::table::{self, Column};

#[derive(Debug, clap::Subcommand)]
pub enum Letters {
    /// Lists the dead letters, the newest first
    List {
        stakeholder: String,
        /// Of which of its channels; of all of them, if it isn't said
        #[arg(long, value_name = "NAME")]
        channel: Option<String>,
        /// How many
        #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Shows a dead letter with its event, as it would be told now
    Show { stakeholder: String, letter: i64 },
    /// Sends dead letters again; exits with 0 if all were taken, 1 if not
    Replay(Replay),
    /// Forgets dead letters
    Skip {
        stakeholder: String,
        #[arg(required = true)]
        letters: Vec<i64>,
        #[command(flatten)]
        sure: Sure,
    },
}

#[derive(Debug, clap::Args)]
pub struct Replay {
    stakeholder: String,
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    letters: Vec<i64>,
    /// All there are, the oldest first
    #[arg(long)]
    all: bool,
    /// Of these, only those of one channel
    #[arg(long, value_name = "NAME", requires = "all")]
    channel: Option<String>,
}

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("CHANNEL", "/channel"),
    ("EVENT", "/event_id"),
    ("ATTEMPTS", "/attempts"),
    ("DIED AT", "/died_at"),
    ("ERROR", "/error"),
];

const SENT: &[Column] = &[
    ("LETTER", "/letter"),
    ("CHANNEL", "/channel"),
    ("EVENT", "/id"),
    ("DELIVERED", "/delivered"),
    ("ERROR", "/error"),
];

pub async fn act(session: &Session, action: &Letters) -> Result<ExitCode> {
    match action {
        Letters::List { stakeholder, channel, limit } => {
            let path = base(session, stakeholder).await?;
            let listing = listing(session, &path, channel.as_ref(), *limit as usize).await?;
            if session.is_json {
                print(&listing.text())?;
            } else {
                print(&table::rows(COLUMNS, &listing.data::<Value>()?))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Letters::Show { stakeholder, letter } => {
            let path = base(session, stakeholder).await?;
            let answer = session.server.send(Request::get(format!("{path}/{letter}"))).await?;
            session.tell(&answer, |letter| {
                let fields = table::fields(COLUMNS, letter);
                letter.get("event").map_or(fields.clone(), |event| format!("{fields}\n{event:#}"))
            })?;
            Ok(ExitCode::SUCCESS)
        }
        Letters::Replay(which) => replay(session, which).await,
        Letters::Skip { stakeholder, letters, sure } => {
            let path = base(session, stakeholder).await?;
            let ids: Vec<String> = letters.iter().map(ToString::to_string).collect();
            let ids = ids.join(", ");
            sure.confirm(&format!("Forget the dead letters of {stakeholder} with the ids {ids}?"))?;
            for letter in letters {
                session.server.send(Request::delete(format!("{path}/{letter}"))).await?;
                session.done(&format!("Skipped the dead letter {letter}."))?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// One after the other. One that can't be sent stops no other; what would stop all of
/// them, such as a server that is gone, is said below what was done until then.
async fn replay(session: &Session, which: &Replay) -> Result<ExitCode> {
    let path = base(session, &which.stakeholder).await?;
    let letters = if which.all { all(session, which, &path).await? } else { which.letters.clone() };
    let (mut sent, mut end) = (Vec::new(), None);
    let mut progress = Progress::new();
    for (done, letter) in letters.iter().enumerate() {
        progress.say(&format!("Sent {done} of {} …", letters.len()));
        match send_again(session, &path, *letter).await {
            Ok((row, text)) => {
                if session.is_json {
                    print(&text)?;
                }
                sent.push(row);
            }
            Err(failure) => {
                end = Some(failure);
                break;
            }
        }
    }
    drop(progress);
    if !session.is_json && letters.is_empty() {
        print("There are no dead letters.")?;
    } else if !session.is_json && !sent.is_empty() {
        print(&table::rows(SENT, &sent))?;
    }
    match end {
        Some(failure) => Err(failure),
        None => Ok(verdict(sent.iter().all(|one| one["delivered"] == json!(true)))),
    }
}

/// What became of a letter: for people, and for programs. Fails only with what would stop
/// the next one too.
async fn send_again(session: &Session, path: &str, letter: i64) -> Result<(Value, String)> {
    let request = Request::make(format!("{path}/{letter}/replay"), json!({}));
    match session.server.send(request).await {
        Ok(answer) => {
            let mut row = answer.value()?;
            row["letter"] = json!(letter);
            Ok((row, answer.text()?))
        }
        Err(failure @ Failure::Refused { .. }) if failure.status() == 2 => {
            let row = json!({ "letter": letter, "delivered": false, "error": why(&failure) });
            let mut told = failure.to_json();
            told["letter"] = json!(letter);
            Ok((row, told.to_string()))
        }
        Err(failure) => Err(failure),
    }
}

/// All there are now, the oldest first.
async fn all(session: &Session, which: &Replay, path: &str) -> Result<Vec<i64>> {
    let listing = listing(session, path, which.channel.as_ref(), usize::MAX).await?;
    let letters = listing.data::<Value>()?;
    Ok(letters.iter().rev().filter_map(|letter| letter["id"].as_i64()).collect())
}

/// The newest, of one channel or of all.
async fn listing(
    session: &Session,
    path: &str,
    channel: Option<&String>,
    limit: usize,
) -> Result<Listing> {
    session.server.newest(|| Request::get(path).query_if("channel", channel), limit).await
}

/// Why a letter was not sent.
fn why(failure: &Failure) -> String {
    match failure {
        Failure::Refused { status: 404, .. } => "there is no such dead letter".to_owned(),
        failure => failure.lines().join(" "),
    }
}

async fn base(session: &Session, stakeholder: &str) -> Result<String> {
    Ok(format!("{}/dead-letters", path(session, stakeholder).await?))
}
