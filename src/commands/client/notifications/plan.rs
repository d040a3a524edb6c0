//! `notifications plan`.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use super::{Session, claims, note_untold, path};
use crate::client::Result;
use crate::commands::client::verdict;
use crate::folder::visible;

/// Says what a document would change.
pub async fn run(session: &Session, whose: &str, file: &PathBuf) -> Result<ExitCode> {
    let document = claims::read(file)?;
    let path = path(session, whose).await?;
    let request = claims::put(&path, &document).query("dry_run", &true);
    let answer = session.server.send(request).await?;
    let data = answer.value()?;
    let is_change = data["dry_run"]["is_change"] == true;
    session.tell(&answer, |_| match planned(&data["dry_run"]) {
        lines if !lines.is_empty() => lines.join("\n"),
        _ if is_change => "The matches change their order.".to_owned(),
        _ => "Nothing to do.".to_owned(),
    })?;
    if !session.is_json {
        note_untold(&data);
    }
    Ok(verdict(!is_change))
}

/// What a dry run says, a line each.
fn planned(plan: &Value) -> Vec<String> {
    let of = |pointer: &str, sign: &str, what: &str, rest: &str| {
        let found = plan.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        let line = |one: &Value| {
            let shown = one.as_str().map_or_else(|| one.to_string(), str::to_owned);
            visible(&format!("{sign} {what} {shown}{rest}"))
        };
        found.map(line).collect::<Vec<_>>()
    };
    let alerts = (plan["alerts_change"] == true).then(|| "~ alerts".to_owned());
    [
        of("/matches/removed", "-", "match", ""),
        of("/matches/added", "+", "match", ""),
        of("/channels/removed", "-", "channel", ", with its position and its dead letters"),
        of("/channels/added", "+", "channel", ""),
        of("/channels/changed", "~", "channel", ""),
        alerts.into_iter().collect(),
        of("/new_secrets", "+", "secret of", ""),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_reads_as_that_of_claims_does() {
        let plan = json!({
            "matches": { "added": [{ "path": "public.orders" }], "removed": [] },
            "channels": { "added": ["hook"], "removed": ["SOCKET"], "changed": ["REDIS"] },
            "alerts_change": true,
            "new_secrets": ["hook"],
        });
        let expected = [
            "+ match {\"path\":\"public.orders\"}",
            "- channel SOCKET, with its position and its dead letters",
            "+ channel hook",
            "~ channel REDIS",
            "~ alerts",
            "+ secret of hook",
        ];
        assert_eq!(planned(&plan), expected);
    }
}
