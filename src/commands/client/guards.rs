//! `guards`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{Group, Session, end};
use crate::client::{Failure, Request, Result, stakeholder};
use crate::commands::table::{self, Column};

/// What a stakeholder's sessions may take up. It is named by its name or id.
#[derive(Debug, clap::Subcommand)]
pub enum Guards {
    /// Shows the guards
    Get { stakeholder: String },
    /// Changes those that are said, and leaves the others
    Set(Change),
}

/// Each is a number, or `none`. Times have a unit: 500ms, 30s, 5min, 1h.
#[derive(Debug, clap::Args)]
pub struct Change {
    stakeholder: String,
    /// How many connections it may have at once
    #[arg(long, value_name = "NUMBER", value_parser = limit)]
    connection_limit: Option<Limit>,
    /// How long a statement may run: 500ms, 30s, 5min, 1h, or none
    #[arg(long, value_name = "TIME", value_parser = time)]
    statement_timeout: Option<Limit>,
    /// How long it may wait for a lock, likewise
    #[arg(long, value_name = "TIME", value_parser = time)]
    lock_timeout: Option<Limit>,
    /// How long a transaction may do nothing, likewise
    #[arg(long, value_name = "TIME", value_parser = time)]
    idle_in_transaction_timeout: Option<Limit>,
}

/// A number; nothing for `none`.
#[derive(Debug, Clone, Copy)]
struct Limit(Option<i64>);

fn limit(text: &str) -> Result<Limit, String> {
    match text {
        "none" => Ok(Limit(None)),
        text => text
            .parse()
            .map(|number| Limit(Some(number)))
            .map_err(|_| "must be a whole number, or none".to_owned()),
    }
}

/// A time. To Postgres a bare number is milliseconds, to people mostly seconds, so it is
/// neither here.
fn time(text: &str) -> Result<Limit, String> {
    let (number, unit) = text.split_at(text.find(char::is_alphabetic).unwrap_or(text.len()));
    let milliseconds = match unit {
        "none" if number.is_empty() => return Ok(Limit(None)),
        "ms" => Some(1),
        "s" => Some(1000),
        "min" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let number: Option<i64> = number.trim().parse().ok();
    let time = number.zip(milliseconds).and_then(|(number, unit)| number.checked_mul(unit));
    match time {
        Some(time) => Ok(Limit(Some(time))),
        None if unit.is_empty() && number.is_some() => {
            Err("has no unit: say it as 500ms, 30s, 5min or 1h, or none".to_owned())
        }
        None => Err("must be a time such as 500ms, 30s, 5min or 1h, or none".to_owned()),
    }
}

const COLUMNS: &[Column] = &[
    ("CONNECTION LIMIT", "/connection_limit"),
    ("STATEMENT TIMEOUT MS", "/statement_timeout_ms"),
    ("LOCK TIMEOUT MS", "/lock_timeout_ms"),
    ("IDLE IN TRANSACTION TIMEOUT MS", "/idle_in_transaction_timeout_ms"),
];

pub async fn run(options: Group<Guards>) -> ExitCode {
    end(options.link.json, act(&options).await)
}

async fn act(options: &Group<Guards>) -> Result<ExitCode> {
    let session = Session::open(&options.link)?;
    let answer = match &options.action {
        Guards::Get { stakeholder } => {
            session.server.send(Request::get(path(&session, stakeholder).await?)).await?
        }
        Guards::Set(change) => set(&session, change).await?,
    };
    session.tell(&answer, |data| table::fields(COLUMNS, inner(data)))?;
    Ok(ExitCode::SUCCESS)
}

async fn set(session: &Session, change: &Change) -> Result<crate::client::Answer> {
    let said = [
        ("connection_limit", change.connection_limit),
        ("statement_timeout_ms", change.statement_timeout),
        ("lock_timeout_ms", change.lock_timeout),
        ("idle_in_transaction_timeout_ms", change.idle_in_transaction_timeout),
    ];
    if said.iter().all(|(_, limit)| limit.is_none()) {
        let what = "What is to change? Say --connection-limit, --statement-timeout, --lock-timeout \
                    or --idle-in-transaction-timeout.";
        return Err(Failure::wrong(what));
    }
    let path = path(session, &change.stakeholder).await?;
    let before = session.server.send(Request::get(&path)).await?;
    let data = before.value()?;
    let mut guards = json!({});
    for (name, limit) in said {
        guards[name] =
            limit.map_or_else(|| inner(&data)[name].clone(), |Limit(limit)| json!(limit));
    }
    let request = Request::put(path, json!({ "guards": guards }));
    session.server.send(request.if_match(before.etag.as_deref())).await
}

/// The guards themselves, with or without the name of them around.
fn inner(data: &Value) -> &Value {
    data.get("guards").unwrap_or(data)
}

async fn path(session: &Session, given: &str) -> Result<String> {
    let id = stakeholder(&session.server, given).await?.id;
    Ok(format!("/stakeholders/{id}/guards"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_postgres_says_them() {
        for (text, milliseconds) in [
            ("500ms", Some(500)),
            ("30s", Some(30_000)),
            ("5min", Some(300_000)),
            ("1 h", Some(3_600_000)),
            ("none", None),
        ] {
            assert_eq!(time(text).unwrap().0, milliseconds, "{text}");
        }
        for bare in ["30", "30000", "0"] {
            assert!(time(bare).unwrap_err().starts_with("has no unit: say it as 500ms"), "{bare}");
        }
        for wrong in ["", "s", "30 parsecs", "1.5s", "9223372036854775807h"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
