//! `journal`.

use std::process::ExitCode;

use super::{answer, table};
use crate::commands::{connect, fail};
use crate::insight::{self, Entry};

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Options {
    /// How many entries
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..))]
    limit: i64,
    /// Answers as JSON, with all that was kept
    #[arg(long)]
    json: bool,
}

/// Lists what became of the last migrations.
pub async fn run(options: Options) -> ExitCode {
    let client = match connect().await {
        Ok(client) => client,
        Err(status) => return status,
    };
    match insight::journal(&client, None, options.limit).await {
        Ok(entries) => answer(options.json, &entries, |all| words(all), ExitCode::SUCCESS),
        Err(error) => fail(&error),
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
        entry.at.chars().take(19).collect(),
        entry.by_role.clone(),
        what,
        tables,
        grants.to_string(),
        format!("{:.1}", entry.validation_ms),
    ]
}
