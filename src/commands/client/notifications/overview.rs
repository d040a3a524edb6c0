//! How the channels of all stakeholders stand, those that somebody should look at first.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::client::{Failure, Named, Progress, Request, Result};
use crate::commands::client::{Session, print};
use crate::commands::table::{self, Column};

const CHANNELS: &[Column] = &[
    ("STAKEHOLDER", "/stakeholder"),
    ("CHANNEL", "/name"),
    ("PENDING", "/pending"),
    ("OLDEST PENDING AT", "/oldest_pending_at"),
    ("FAILURES", "/failures"),
    ("DEAD LETTERS", "/dead_letters"),
    ("PAUSED", "/paused"),
    ("LAST ERROR", "/last_error"),
];

pub async fn run(session: &Session) -> Result<ExitCode> {
    let mut channels = channels(session).await?;
    channels.sort_by_key(|channel| std::cmp::Reverse(trouble(channel)));
    if session.is_json {
        print(&Value::from(channels).to_string())?;
    } else if channels.is_empty() {
        print("Nobody has a channel.")?;
    } else {
        print(&table::rows(CHANNELS, &channels))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Every channel with the name of its stakeholder.
async fn channels(session: &Session) -> Result<Vec<Value>> {
    let all: Vec<Named> = session.server.send(Request::get("/stakeholders")).await?.data()?;
    let mut channels = Vec::new();
    let mut progress = Progress::new();
    for (done, Named { id, name }) in all.iter().enumerate() {
        progress.say(&format!("Asked for {done} of {} stakeholders …", all.len()));
        let path = format!("/stakeholders/{id}/notifications/status");
        let status = match session.server.send(Request::get(path)).await {
            // It was removed meanwhile.
            Err(Failure::Refused { status: 404, .. }) => continue,
            outcome => outcome?.value()?,
        };
        for channel in status["channels"].as_array().into_iter().flatten() {
            let mut channel = channel.clone();
            channel["stakeholder"] = json!(name);
            channels.push(channel);
        }
    }
    Ok(channels)
}

/// How much a channel is in trouble: more of what it fails at now, then of what it has
/// given up, then of what waits. Counts how much, so that the worst is on top.
fn trouble(channel: &Value) -> (u64, u64, bool, u64) {
    let number = |name: &str| channel[name].as_u64().unwrap_or_default();
    let is_paused = channel["paused"] == json!(true);
    (number("failures"), number("dead_letters"), is_paused, number("pending"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_now_comes_before_what_was_given_up_and_that_before_what_waits() {
        let well = json!({ "failures": 0, "dead_letters": 0, "paused": false, "pending": 0 });
        let waits = json!({ "failures": 0, "dead_letters": 0, "paused": false, "pending": 9 });
        let paused = json!({ "failures": 0, "dead_letters": 0, "paused": true, "pending": 0 });
        let gave_up = json!({ "failures": 0, "dead_letters": 2, "paused": false, "pending": 0 });
        let fails = json!({ "failures": 1, "dead_letters": 0, "paused": false, "pending": 0 });
        let order = [&fails, &gave_up, &paused, &waits, &well].map(trouble);
        assert!(order.is_sorted_by(|one, other| one > other), "{order:?}");
    }
}
