//! `check`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Postgres, fail};
use crate::check::{self, Format, Order, report::Verdict};
use crate::snapshot::Snapshot;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// The file that `integratedb snapshot` printed
    #[arg(long, value_name = "FILE", default_value = "integratedb.json")]
    snapshot: PathBuf,
    /// Load the claims but no schema, for migrations that build it from nothing
    #[arg(long)]
    empty: bool,
    /// How the report is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where the report goes [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    postgres: Postgres,
    /// The migration command and its arguments; it finds its database by `DATABASE_URL`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Reports which claims a migration command would break. Exit status 0: none; 1:
/// some; 2: the command failed, or it could not be found out.
pub async fn run(options: Options) -> ExitCode {
    let snapshot = match read(&options.snapshot) {
        Ok(snapshot) => snapshot,
        Err(error) => return fail(&*error),
    };
    let order = Order {
        snapshot: &snapshot,
        command: &options.command,
        is_empty: options.empty,
        bin_dir: options.postgres.bin_dir(),
    };
    let report = match check::check(&order).await {
        Ok(report) => report,
        Err(error) => return fail(&error),
    };
    let text = match report.write(options.format, &options.snapshot.to_string_lossy()) {
        Ok(text) => text,
        Err(error) => return fail(&error),
    };
    if let Err(error) = write(options.output.as_deref(), &text) {
        return fail(&error);
    }
    ExitCode::from(match report.verdict {
        Verdict::Fine => 0,
        Verdict::Broken => 1,
        Verdict::Undecided => 2,
    })
}

fn read(file: &Path) -> Result<Snapshot, Box<dyn std::error::Error>> {
    let said = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| said(&error))?;
    Ok(Snapshot::parse(&text).map_err(|error| said(&error))?)
}

fn write(file: Option<&Path>, text: &str) -> std::io::Result<()> {
    match file {
        Some(file) => std::fs::write(file, text),
        None => std::io::stdout().write_all(text.as_bytes()),
    }
}
