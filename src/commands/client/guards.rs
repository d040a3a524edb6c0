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

/// Each is a number, or `none`.
#[derive(Debug, clap::Args)]
pub struct Change {
    stakeholder: String,
    /// How many connections it may have at once
    #[arg(long, value_name = "NUMBER", value_parser = limit)]
    connection_limit: Option<Limit>,
    /// How long a statement may run, in milliseconds
    #[arg(long, value_name = "MS", value_parser = limit)]
    statement_timeout: Option<Limit>,
    /// How long it may wait for a lock, in milliseconds
    #[arg(long, value_name = "MS", value_parser = limit)]
    lock_timeout: Option<Limit>,
    /// How long a transaction may do nothing, in milliseconds
    #[arg(long, value_name = "MS", value_parser = limit)]
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
