//! `journal`.

use std::process::ExitCode;

use super::{answer, ask, table};
use crate::client::Request;
use crate::commands::client::Link;
use crate::insight::{self, Entry};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many entries
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    #[command(flatten)]
    link: Link,
}

/// Lists what became of the last migrations.
pub async fn run(options: Options) -> ExitCode {
    let limit = options.limit;
    let entries = ask(
        &options.link,
        async |client| insight::journal(&client, None, limit.into()).await,
        async |server| {
            server.newest(|| Request::get("/journal"), limit as usize).await?.data::<Entry>()
        },
    );
    match entries.await {
        Ok(entries) => answer(options.link.json, &entries, |all| words(all), ExitCode::SUCCESS),
        Err(status) => status,
    }
}

fn words(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "No migration has been validated yet.".to_owned();
    }
    table(&["AT", "ROLE", "WHAT", "TABLES", "GRANTS", "MS"], entries.iter().map(row))
}

fn row(entry: &Entry) -> Vec<String> {
    let by = if entry.by_gate { " by the gate" } else { "" };
    let what = match &entry.reason {
        Some(reason) => format!("{} ({reason})", entry.kind),
        None => format!("{}{by}", entry.kind),
    };
    let tables = if entry.tables.is_empty() { "-".to_owned() } else { entry.tables.join(", ") };
    let grants = entry.grants.as_array().map_or(0, Vec::len);
    vec![
        entry.at.to_the_second(),
        entry.by_role.clone(),
        what,
        tables,
        grants.to_string(),
        format!("{:.1}", entry.validation_ms),
    ]
}
