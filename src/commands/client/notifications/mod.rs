//! `notifications`.

mod backfill;
mod letters;
mod operate;
mod overview;
mod plan;
mod position;

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use super::{Group, Session, claims, end, note, print};
use crate::client::{Request, Result, stakeholder};

/// What to do with notifications. A stakeholder is named by its name or id.
#[derive(Debug, clap::Subcommand)]
pub enum Notifications {
    /// Prints the document of a stakeholder
    Get { stakeholder: String },
    /// Makes a file the document of a stakeholder; secrets that are made for it are shown once
    Set {
        stakeholder: String,
        /// A file with the document, or - for standard input
        file: PathBuf,
    },
    /// Says what `set` would change; exits with 0 if nothing, 1 if something
    Plan {
        stakeholder: String,
        /// A file with the document, or - for standard input
        file: PathBuf,
    },
    /// Shows how the stream and the channels stand
    Status {
        /// Whose; without it, the channels of all, those with trouble first
        stakeholder: Option<String>,
    },
    /// Lets channels wait; what happens meanwhile is told afterwards
    Pause(operate::Channel),
    /// Lets channels go on where they were
    Resume(operate::Channel),
    /// Tells everything again from somewhere on
    Replay(operate::Replay),
    /// Sends an event that is none; exits with 0 if every channel took it, 1 if not
    Test(operate::Channel),
    /// Signs with another secret from now on, which is shown once
    Rotate(operate::Rotate),
    /// Says whether everything was told that was committed before an LSN; exits with 0 if so, 1 if
    /// not
    Position(position::Options),
    /// Shows, sends again or skips what a channel gave up
    #[command(subcommand)]
    Letters(letters::Letters),
    /// Tells the rows that are there already
    #[command(subcommand)]
    Backfill(backfill::Backfill),
}

pub async fn run(options: Group<Notifications>) -> ExitCode {
    end(options.link.json, act(&options).await)
}

async fn act(options: &Group<Notifications>) -> Result<ExitCode> {
    let session = Session::open(&options.link)?;
    match &options.action {
        Notifications::Get { stakeholder } => {
            let path = path(&session, stakeholder).await?;
            let answer = session.server.send(Request::get(path)).await?;
            session.tell(&answer, |document| format!("{document:#}"))?;
            Ok(ExitCode::SUCCESS)
        }
        Notifications::Set { stakeholder, file } => set(&session, stakeholder, file).await,
        Notifications::Plan { stakeholder, file } => plan::run(&session, stakeholder, file).await,
        Notifications::Status { stakeholder: Some(one) } => operate::status(&session, one).await,
        Notifications::Status { stakeholder: None } => overview::run(&session).await,
        Notifications::Pause(which) => operate::post(&session, which, "pause").await,
        Notifications::Resume(which) => operate::post(&session, which, "resume").await,
        Notifications::Replay(replay) => operate::replay(&session, replay).await,
        Notifications::Test(which) => operate::test(&session, which).await,
        Notifications::Rotate(which) => operate::rotate(&session, which).await,
        Notifications::Position(options) => position::run(&session, options).await,
        Notifications::Letters(action) => letters::act(&session, action).await,
        Notifications::Backfill(action) => backfill::act(&session, action).await,
    }
}

async fn set(session: &Session, whose: &str, file: &PathBuf) -> Result<ExitCode> {
    let document = claims::read(file)?;
    let path = path(session, whose).await?;
    let answer = session.server.send(claims::put(&path, &document)).await?;
    if session.is_json {
        print(&answer.text()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let data = answer.value()?;
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    print(&format!("Saved the notifications of {whose}."))?;
    match &data["from"] {
        Value::String(from) => {
            print(&format!("Nothing is missed that is committed after {from}."))?;
        }
        _ => note(
            "From where on nothing is missed isn't known yet: `notifications status` has it soon.",
        ),
    }
    for (channel, secret) in data["secrets"].as_object().into_iter().flatten() {
        print(&format!("The secret of {channel}, shown only this once: {}", text(secret)))?;
    }
    note_untold(&data);
    Ok(ExitCode::SUCCESS)
}

/// Says what a document names and nobody is told.
fn note_untold(data: &Value) {
    for untold in data["not_told"].as_array().into_iter().flatten() {
        let column = untold["column"].as_str().map_or(String::new(), |name| format!(".{name}"));
        let path = untold["path"].as_str().unwrap_or("-");
        note(&format!("not told, since no claim lets it be read: {path}{column}"));
    }
}

/// Where the notifications of a stakeholder are.
async fn path(session: &Session, given: &str) -> Result<String> {
    let id = stakeholder(&session.server, given).await?.id;
    Ok(format!("/stakeholders/{id}/notifications"))
}
