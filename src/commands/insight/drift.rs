//! `drift`.

use std::process::ExitCode;

use super::{answer, ask, count, status};
use crate::client::{Failure, Request};
use crate::commands::client::Link;
use crate::insight::{self, Drift, Kind};
use crate::spec::{all_in_sql, in_sql};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Grants what is missing and revokes what is too much, then says what is left
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    link: Link,
}

/// Says where grants differ from claims. Exit status 1: somewhere.
pub async fn run(options: Options) -> ExitCode {
    let drift = ask(
        &options.link,
        async |client| {
            if !options.repair {
                return Ok((insight::drift(&client).await?, None));
            }
            let before = insight::drift(&client).await?;
            insight::repair(&client).await?;
            let after = insight::drift(&client).await?;
            let is_gone = |one: &Drift| after.iter().all(|other| other.statement != one.statement);
            let mended: Vec<Drift> = before.into_iter().filter(is_gone).collect();
            Ok((after, Some(mended)))
        },
        async |server| {
            if options.repair {
                return Err(Failure::wrong(NEEDS_DATABASE));
            }
            Ok((server.send(Request::get("/drift")).await?.data::<Vec<Drift>>()?, None))
        },
    );
    match drift.await {
        Ok((drift, mended)) => {
            let is_none = drift.is_empty();
            let words = |drift: &Vec<Drift>| {
                let mended = mended.as_deref().map(repaired).unwrap_or_default();
                mended + &words(drift)
            };
            answer(options.link.json, &drift, words, status(is_none))
        }
        Err(status) => status,
    }
}

const NEEDS_DATABASE: &str = "--repair works in the database itself: set DATABASE_URL, and name no \
     server or profile.";

/// What a repair has done.
fn repaired(mended: &[Drift]) -> String {
    if mended.is_empty() {
        return String::new();
    }
    let lines = mended.iter().map(|one| format!("  {};\n", one.statement));
    format!("Mended {}:\n\n{}\n", count(mended.len(), "privilege"), lines.collect::<String>())
}

/// It says no more than was looked at.
const NONE: &str = "Every stakeholder was granted exactly what it claims, and its role is nothing \
     that gives more. What everybody may (PUBLIC), and what a stakeholder owns, is not looked at.";

fn words(drift: &[Drift]) -> String {
    if drift.is_empty() {
        return NONE.to_owned();
    }
    let mut lines = vec![format!("{} from the claims:\n", differ(drift.len()))];
    lines.extend(drift.iter().map(|one| format!("  {}\n    {};\n", sentence(one), one.statement)));
    let can_mend = |one: &&Drift| one.is_allowed;
    let what = match drift.iter().filter(can_mend).count() {
        0 => return lines.join("\n"),
        some if some == drift.len() => "it".to_owned(),
        some => format!("{some} of them"),
    };
    // The same for everybody, however it was asked.
    lines.push(format!("`integratedb drift --repair` mends {what}, where DATABASE_URL is set."));
    lines.join("\n")
}

fn differ(number: usize) -> String {
    count(number, "privilege") + if number == 1 { " differs" } else { " differ" }
}

fn sentence(drift: &Drift) -> String {
    let Drift { stakeholder, privilege, .. } = drift;
    let columns =
        drift.columns.as_ref().map_or(String::new(), |all| format!(" ({})", all_in_sql(all)));
    let on = match (&drift.schema, &drift.table) {
        (Some(schema), Some(table)) => format!(" on {}.{}", in_sql(schema), in_sql(table)),
        (Some(schema), None) => format!(" on schema {}", in_sql(schema)),
        (None, _) => String::new(),
    };
    let privilege = format!("{privilege}{columns}{on}");
    match drift.kind {
        Kind::Missing if !drift.is_allowed => {
            format!("{stakeholder} lacks {privilege}, and IntegrateDB may not grant it:")
        }
        Kind::Missing => format!("{stakeholder} lacks {privilege}:"),
        Kind::Excess => format!("{stakeholder} holds {privilege}, which it claims no more:"),
        Kind::Beyond => {
            format!("{stakeholder} has {privilege}, which gives it more than it claims:")
        }
        Kind::Foreign => {
            format!(
                "{stakeholder} holds {privilege} by somebody else's grant, and doesn't claim it:"
            )
        }
    }
}
