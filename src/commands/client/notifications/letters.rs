//! Dead letters: what a channel gave up.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::path;
use crate::client::{Progress, Request, Result};
use crate::commands::client::ask::Sure;
use crate::commands::client::{Session, print, verdict};
use crate::commands::table::{self, Column};

#[derive(Debug, clap::Subcommand)]
pub enum Letters {
    /// Lists the dead letters, the newest first
    List {
        stakeholder: String,
        /// How many
        #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Shows a dead letter with its event, as it would be told now
    Show { stakeholder: String, letter: i64 },
    /// Sends dead letters again; exits with 0 if all were taken, 1 if not
    Replay {
        stakeholder: String,
        #[arg(required = true)]
        letters: Vec<i64>,
    },
    /// Forgets dead letters
    Skip {
        stakeholder: String,
        #[arg(required = true)]
        letters: Vec<i64>,
        #[command(flatten)]
        sure: Sure,
    },
}

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("CHANNEL", "/channel"),
    ("EVENT", "/event_id"),
    ("ATTEMPTS", "/attempts"),
    ("DIED AT", "/died_at"),
    ("ERROR", "/error"),
];

const SENT: &[Column] =
    &[("CHANNEL", "/channel"), ("EVENT", "/id"), ("DELIVERED", "/delivered"), ("ERROR", "/error")];

pub async fn act(session: &Session, action: &Letters) -> Result<ExitCode> {
    match action {
        Letters::List { stakeholder, limit } => {
            let path = base(session, stakeholder).await?;
            let listing = session.server.newest(|| Request::get(&path), *limit as usize).await?;
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
        Letters::Replay { stakeholder, letters } => replay(session, stakeholder, letters).await,
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

/// One after the other; each is told of as soon as it is known.
async fn replay(session: &Session, stakeholder: &str, letters: &[i64]) -> Result<ExitCode> {
    let path = base(session, stakeholder).await?;
    let mut sent: Vec<Value> = Vec::new();
    let mut progress = Progress::new();
    for (done, letter) in letters.iter().enumerate() {
        progress.say(&format!("Sent {done} of {} …", letters.len()));
        let request = Request::make(format!("{path}/{letter}/replay"), json!({}));
        let answer = session.server.send(request).await?;
        if session.is_json {
            print(&answer.text()?)?;
        }
        sent.push(answer.value()?);
    }
    drop(progress);
    if !session.is_json {
        print(&table::rows(SENT, &sent))?;
    }
    Ok(verdict(sent.iter().all(|one| one["delivered"] == json!(true))))
}

async fn base(session: &Session, stakeholder: &str) -> Result<String> {
    Ok(format!("{}/dead-letters", path(session, stakeholder).await?))
}
