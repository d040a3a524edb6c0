//! `audit`.

use std::process::ExitCode;

use serde_json::Value;

use super::{Group, Link, Session, end, print};
use crate::client::{Failure, Request, Result};
use crate::commands::audit as direct;
use crate::commands::table::{self, Column};

/// What to do with the audit.
#[derive(Debug, clap::Subcommand)]
pub enum Audit {
    /// Lists what was done, the newest first
    List(Filter),
    /// Shows an entry, with what was there before and after
    Show {
        /// The id that `list` has of it
        entry: i64,
    },
    /// Verifies the chain of the audit, in the database of `DATABASE_URL` itself if it is set;
    /// exits with 0 if it is as it was sealed, 1 if not, with what and where
    Verify(direct::Options),
}

#[derive(Debug, clap::Args)]
pub struct Filter {
    /// By whom
    #[arg(long)]
    actor: Option<String>,
    /// What, such as stakeholder.create
    #[arg(long)]
    action: Option<String>,
    /// To what
    #[arg(long)]
    subject: Option<String>,
    /// At this time or later, as 2026-11-24T15:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// How many entries
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("AT", "/at"),
    ("ACTOR", "/actor/name"),
    ("KIND", "/actor/kind"),
    ("ADDRESS", "/origin/address"),
    ("ACTION", "/action"),
    ("SUBJECT", "/subject/name"),
];

pub async fn run(options: Group<Audit>) -> ExitCode {
    end(options.link.json, act(&options).await)
}

async fn act(options: &Group<Audit>) -> Result<ExitCode> {
    match &options.action {
        Audit::List(filter) => list(&options.link, filter).await,
        Audit::Show { entry } => show(&options.link, *entry).await,
        Audit::Verify(wanted) if options.link.is_of_server() => {
            let session = Session::open(&options.link)?;
            let head = wanted.head.as_ref().map(ToString::to_string);
            let request = Request::get("/audit/verification").query_if("head", head.as_ref());
            Ok(direct::tell(&session.server.send(request).await?.data()?, session.is_json))
        }
        Audit::Verify(wanted) => Ok(direct::verify(wanted, options.link.json).await),
    }
}

async fn list(link: &Link, filter: &Filter) -> Result<ExitCode> {
    let session = Session::open(link)?;
    let request = || {
        Request::get("/audit")
            .query_if("actor", filter.actor.as_ref())
            .query_if("action", filter.action.as_ref())
            .query_if("subject", filter.subject.as_ref())
            .query_if("since", filter.since.as_ref())
            .query_if("until", filter.until.as_ref())
    };
    let listing = session.server.newest(request, filter.limit as usize).await?;
    if session.is_json {
        print(&listing.text())?;
    } else {
        print(&table::rows(COLUMNS, &listing.data::<Value>()?))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The newest entry before the one that would come next, if that is it.
async fn show(link: &Link, number: i64) -> Result<ExitCode> {
    let session = Session::open(link)?;
    let request = || Request::get("/audit").query("before", &number.saturating_add(1));
    let listing = session.server.newest(request, 1).await?;
    let entries = listing.data::<Value>()?;
    let Some(entry) = entries.first().filter(|entry| entry["id"].as_i64() == Some(number)) else {
        let why =
            format!("There is no entry {number}: `integratedb audit list` shows which there are.");
        return Err(Failure::wrong(why));
    };
    if session.is_json {
        print(listing.0[0].get())?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&table::fields(COLUMNS, entry))?;
    for (when, state) in [("before", &entry["before"]), ("after", &entry["after"])] {
        if !state.is_null() {
            print(&format!("\n{when} {state:#}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
