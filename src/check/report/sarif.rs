//! The report as SARIF 2.1.0, for the pages of code hosts.

use std::io::Error;

use serde_json::{Value, json};

use super::text::{location, lock_in_words};
use super::{Broken, Report};
use crate::check::{Ending, Lock, Unmet};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What a result can be: its id, its level, and what it means.
const RULES: &[(&str, &str, &str)] = &[
    ("broken-claim", "error", "The migration would break what an application declares to need."),
    ("unmet-claim", "warning", "A claim was unmet before the migration began."),
    ("blocked-readers", "warning", "The migration keeps applications from reading a table."),
    ("blocked-writers", "note", "The migration keeps a table from being written to."),
    ("limited-check", "warning", "Something limits what the check can say."),
];

/// `snapshot` is the file that results are shown in, since the pages want one.
pub(super) fn write(report: &Report, snapshot: &str) -> Result<String, Error> {
    let broken = report.broken.iter().map(|broken| {
        result(
            "broken-claim",
            &in_words(broken),
            Some((&location(&broken.unmet), "member")),
            snapshot,
        )
    });
    let already = report.already_unmet.iter().map(|unmet: &Unmet| {
        result("unmet-claim", &unmet.problem, Some((&location(unmet), "member")), snapshot)
    });
    let locks = report.locks.iter().map(|lock: &Lock| {
        let rule = if lock.blocks_reading { "blocked-readers" } else { "blocked-writers" };
        result(rule, &lock_in_words(lock), Some((&lock.path, "type")), snapshot)
    });
    let warnings =
        report.warnings.iter().map(|warning| result("limited-check", warning, None, snapshot));
    let results: Vec<Value> = broken.chain(already).chain(locks).chain(warnings).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "integratedb check",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": RULES.iter().map(rule).collect::<Vec<_>>(),
            }},
            "invocations": [{ "executionSuccessful": report.command == Ending::Succeeded }],
            "results": results,
        }]
    });
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

fn in_words(broken: &Broken) -> String {
    let when = broken.transaction.map(|number| format!(" (transaction {number} of the command)"));
    format!("{}{}", broken.unmet.problem, when.unwrap_or_default())
}

fn rule((id, level, meaning): &(&str, &str, &str)) -> Value {
    json!({
        "id": id,
        "shortDescription": { "text": meaning },
        "defaultConfiguration": { "level": level },
    })
}

fn result(rule: &str, message: &str, place: Option<(&str, &str)>, snapshot: &str) -> Value {
    let level = RULES.iter().find(|(id, ..)| *id == rule).map_or("warning", |(_, level, _)| *level);
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(snapshot) },
            "region": { "startLine": 1 },
        }
    });
    if let Some((name, kind)) = place {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": name, "kind": kind }]);
    }
    json!({
        "ruleId": rule,
        "level": level,
        "message": { "text": message },
        "locations": [location],
    })
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(
            |byte| {
                if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
            },
        )
        .collect()
}
