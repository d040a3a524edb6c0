//! The commands that ask: `unmet`, `impact`, `drift` and `journal`.

mod drift;
mod impact;
mod journal;
mod unmet;

pub use drift::{Options as DriftOptions, run as drift};
pub use impact::{Options as ImpactOptions, run as impact};
pub use journal::{Options as JournalOptions, run as journal};
pub use unmet::{Options as UnmetOptions, run as unmet};

use std::io::Write;
use std::process::ExitCode;

use comfy_table::{Table, presets};
use serde::Serialize;

/// The exit status: 1 if something was found that shouldn't be.
fn status(is_as_it_should_be: bool) -> ExitCode {
    ExitCode::from(u8::from(!is_as_it_should_be))
}

/// Writes to standard output, as JSON for programs or as text for people; 2 if
/// nobody takes it.
fn answer<T: Serialize>(
    is_json: bool,
    value: &T,
    words: impl FnOnce(&T) -> String,
    status: ExitCode,
) -> ExitCode {
    let text = if is_json {
        serde_json::to_string_pretty(value).unwrap_or_default()
    } else {
        words(value)
    };
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Ok(()) => status,
        Err(_) => ExitCode::from(2),
    }
}

/// A table for people: two spaces between columns, no lines.
fn table(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(headings).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines = table.lines().map(|line| format!("  {}\n", line.trim_end()));
    lines.collect()
}

/// "1 claim", "2 claims".
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
