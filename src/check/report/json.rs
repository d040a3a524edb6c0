//! The report as JSON, for programs.

use std::io::Error;

use super::Report;

pub(super) fn write(report: &Report) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}
