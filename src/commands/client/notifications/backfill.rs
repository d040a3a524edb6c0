//! Backfills: asking for one, and watching it.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::path;
use crate::client::{Failure, Progress, Request, Result};
use crate::commands::client::{Session, note, print, verdict};
use crate::commands::table::{self, Column};

#[derive(Debug, clap::Subcommand)]
pub enum Backfill {
    /// Lists the backfills, the newest first
    List {
        stakeholder: String,
        /// How many
        #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Asks for the rows that a match of the document names
    Start(Start),
    /// Shows a backfill
    Show {
        stakeholder: String,
        backfill: i64,
        /// Shows how far it is until it has ended; exits with 0 if it is done, 1 if it was cancelled
        /// or failed
        #[arg(long)]
        follow: bool,
    },
    /// Cancels a backfill; what has been read by then still arrives
    Cancel { stakeholder: String, backfill: i64 },
}

#[derive(Debug, clap::Args)]
pub struct Start {
    stakeholder: String,
    /// Which match of the document, counted from 0
    #[arg(long = "match", value_name = "NUMBER")]
    match_no: u32,
    /// A condition that rows must meet, as JSON
    #[arg(long = "where", value_name = "JSON")]
    condition: Option<String>,
    /// How many rows are read in a second at most
    #[arg(long, value_name = "NUMBER")]
    rows_per_second: Option<i64>,
    /// Through which channel; may be said more than once
    #[arg(long = "channel", value_name = "NAME")]
    channels: Vec<String>,
    /// Shows how far it is until it has ended
    #[arg(long)]
    follow: bool,
}

/// How often one looks how far it is.
const LOOK: Duration = Duration::from_millis(500);

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("MATCH", "/match"),
    ("CHANNELS", "/channels"),
    ("STATE", "/state"),
    ("INSERTED AT", "/inserted_at"),
    ("FINISHED AT", "/finished_at"),
    ("ERROR", "/error"),
];

const TABLES: &[Column] = &[
    ("SCHEMA", "/schema"),
    ("TABLE", "/table"),
    ("ROWS ESTIMATED", "/rows_estimated"),
    ("ROWS READ", "/rows_read"),
    ("ROWS TOLD", "/rows_told"),
    ("FINISHED AT", "/finished_at"),
];

pub async fn act(session: &Session, action: &Backfill) -> Result<ExitCode> {
    match action {
        Backfill::List { stakeholder, limit } => {
            let path = base(session, stakeholder).await?;
            let listing = session.server.newest(|| Request::get(&path), *limit as usize).await?;
            if session.is_json {
                print(&listing.text())?;
            } else {
                print(&table::rows(COLUMNS, &listing.data::<Value>()?))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Backfill::Start(start) => begin(session, start).await,
        Backfill::Show { stakeholder, backfill, follow } => {
            let path = format!("{}/{backfill}", base(session, stakeholder).await?);
            if *follow {
                return watch(session, &path).await;
            }
            session.tell(&session.server.send(Request::get(path)).await?, words)?;
            Ok(ExitCode::SUCCESS)
        }
        Backfill::Cancel { stakeholder, backfill } => {
            let path = format!("{}/{backfill}", base(session, stakeholder).await?);
            session.tell(&session.server.send(Request::delete(path)).await?, words)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn begin(session: &Session, start: &Start) -> Result<ExitCode> {
    let mut asked = json!({ "match": start.match_no });
    if let Some(condition) = &start.condition {
        let condition: Value = serde_json::from_str(condition)
            .map_err(|error| Failure::wrong(format!("--where isn't JSON: {error}")))?;
        asked["where"] = condition;
    }
    if let Some(rows) = start.rows_per_second {
        asked["rows_per_second"] = json!(rows);
    }
    if !start.channels.is_empty() {
        asked["channels"] = json!(start.channels);
    }
    let path = base(session, &start.stakeholder).await?;
    let answer = session.server.send(Request::make(&path, json!({ "data": asked }))).await?;
    let backfill = answer.value()?;
    for left in backfill["left_out"].as_array().into_iter().flatten() {
        let text = |name: &str| left[name].as_str().unwrap_or_default().to_owned();
        note(&format!("left out: {} {}", text("path"), text("why")));
    }
    if start.follow {
        return watch(session, &format!("{path}/{}", backfill["id"])).await;
    }
    session.tell(&answer, words)?;
    Ok(ExitCode::SUCCESS)
}

/// Looks until it has ended. Programs get every state that is new, a line each.
async fn watch(session: &Session, path: &str) -> Result<ExitCode> {
    let mut progress = Progress::new();
    let mut before = String::new();
    loop {
        let answer = session.server.send(Request::get(path)).await?;
        let (text, backfill) = (answer.text()?, answer.value()?);
        let is_running = backfill["state"] == json!("running");
        if session.is_json && text != before {
            print(&text)?;
        }
        if !is_running {
            drop(progress);
            if !session.is_json {
                print(&words(&backfill))?;
            }
            return Ok(verdict(backfill["state"] == json!("done")));
        }
        before = text;
        progress.say(&how_far(&backfill));
        sleep(LOOK).await;
    }
}

fn how_far(backfill: &Value) -> String {
    let tables = backfill["tables"].as_array().map_or(&[][..], Vec::as_slice);
    let sum = |name: &str| -> i64 { tables.iter().filter_map(|table| table[name].as_i64()).sum() };
    let finished = tables.iter().filter(|table| !table["finished_at"].is_null()).count();
    format!(
        "Read {} of about {} rows; {finished} of {} tables …",
        sum("rows_read"),
        sum("rows_estimated"),
        tables.len()
    )
}

fn words(backfill: &Value) -> String {
    let tables = backfill["tables"].as_array().map_or(&[][..], Vec::as_slice);
    format!("{}\n{}", table::fields(COLUMNS, backfill), table::rows(TABLES, tables))
}

async fn base(session: &Session, stakeholder: &str) -> Result<String> {
    Ok(format!("{}/backfill", path(session, stakeholder).await?))
}
