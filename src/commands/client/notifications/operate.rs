//! How the channels of a stakeholder stand, and what is done with them.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::path;
use crate::client::{Answer, Request, Result};
use crate::commands::client::{Session, note, verdict};
use crate::commands::table::{self, Column};

#[derive(Debug, clap::Args)]
pub struct Channel {
    pub stakeholder: String,
    /// Which of its channels; all of them, if it isn't said
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct Replay {
    #[command(flatten)]
    which: Channel,
    /// From this event on (16/B374D848:3), this time (2026-11-24T15:00:00Z), or what was committed
    /// after an LSN (16/B374D848)
    #[arg(long, value_name = "EVENT|TIME|LSN")]
    from: String,
}

#[derive(Debug, clap::Args)]
pub struct Rotate {
    stakeholder: String,
    /// Which of its channels
    #[arg(required_unless_present = "named")]
    channel: Option<String>,
    /// The same, as the other commands take it
    #[arg(long = "channel", value_name = "NAME", conflicts_with = "channel")]
    named: Option<String>,
}

const CHANNELS: &[Column] = &[
    ("CHANNEL", "/name"),
    ("POSITION", "/position"),
    ("PENDING", "/pending"),
    ("OLDEST PENDING AT", "/oldest_pending_at"),
    ("LAG BYTES", "/lag_bytes"),
    ("DELIVERED", "/delivered"),
    ("FAILURES", "/failures"),
    ("DEAD LETTERS", "/dead_letters"),
    ("PAUSED", "/paused"),
    ("LAST ERROR", "/last_error"),
];

const STREAM: &[Column] = &[
    ("FROM", "/from"),
    ("READ", "/read"),
    ("BEING READ", "/is_being_read"),
    ("HELD BYTES", "/held_bytes"),
];

const SENT: &[Column] =
    &[("CHANNEL", "/channel"), ("ID", "/id"), ("DELIVERED", "/delivered"), ("ERROR", "/error")];

pub async fn status(session: &Session, stakeholder: &str) -> Result<ExitCode> {
    let path = path(session, stakeholder).await?;
    let answer = session.server.send(Request::get(format!("{path}/status"))).await?;
    tell(session, &answer)
}

/// Pauses or resumes.
pub async fn post(session: &Session, which: &Channel, action: &str) -> Result<ExitCode> {
    let path = path(session, &which.stakeholder).await?;
    let request = Request::post(format!("{path}/{action}"), body(which));
    tell(session, &session.server.send(request).await?)
}

pub async fn replay(session: &Session, replay: &Replay) -> Result<ExitCode> {
    let path = path(session, &replay.which.stakeholder).await?;
    let mut body = body(&replay.which);
    body["data"]["from"] = json!(replay.from);
    let request = Request::make(format!("{path}/replay"), body);
    tell(session, &session.server.send(request).await?)
}

pub async fn test(session: &Session, which: &Channel) -> Result<ExitCode> {
    let path = path(session, &which.stakeholder).await?;
    let request = Request::make(format!("{path}/test"), body(which));
    let answer = session.server.send(request).await?;
    session.list(&answer, SENT)?;
    let sent: Vec<Value> = answer.data()?;
    Ok(verdict(sent.iter().all(|one| one["delivered"] == json!(true))))
}

pub async fn rotate(session: &Session, which: &Rotate) -> Result<ExitCode> {
    let path = path(session, &which.stakeholder).await?;
    let channel = which.named.as_ref().or(which.channel.as_ref());
    let body = json!({ "data": { "channel": channel } });
    let answer = session.server.send(Request::make(format!("{path}/rotate"), body)).await?;
    session.tell(&answer, |made| {
        table::fields(&[("CHANNEL", "/channel"), ("SECRET", "/secret")], made)
    })?;
    note("The secret is shown only this once. For 24 hours requests are signed with both.");
    Ok(ExitCode::SUCCESS)
}

fn tell(session: &Session, answer: &Answer) -> Result<ExitCode> {
    session.tell(answer, |status| {
        let channels = status["channels"].as_array().map_or(&[][..], Vec::as_slice);
        let stream = table::fields(STREAM, &status["stream"]);
        format!("{stream}\n{}", table::rows(CHANNELS, channels))
    })?;
    Ok(ExitCode::SUCCESS)
}

fn body(which: &Channel) -> Value {
    match &which.channel {
        Some(channel) => json!({ "data": { "channel": channel } }),
        None => json!({ "data": {} }),
    }
}
