//! `snapshot`.

use std::io::Write;
use std::process::ExitCode;

use super::{connect_to_learned, fail};
use crate::snapshot;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// A further table whose rows migrations need, as `schema.table`; may be repeated
    #[arg(long, value_name = "TABLE")]
    history: Vec<String>,
}

/// Prints the snapshot of the database. Exit status 2: it could not be taken.
pub async fn run(options: Options) -> ExitCode {
    let mut client = match connect_to_learned(false).await {
        Ok(client) => client,
        Err(status) => return status,
    };
    let snapshot = match snapshot::capture(&mut client, &options.history).await {
        Ok(snapshot) => snapshot,
        Err(error) => return fail(&error),
    };
    for table in &snapshot.history.unreadable {
        eprintln!(
            "integratedb: the rows of {} are not in the snapshot, since they may not be read. \
             Let its owner run: {}",
            table.name, table.remedy
        );
    }
    let written = snapshot.to_text().map_err(std::io::Error::from);
    match written.and_then(|text| std::io::stdout().write_all(text.as_bytes())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}
