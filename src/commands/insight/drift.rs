//! `drift`.

use std::process::ExitCode;

use super::{answer, ask, count, status};
use crate::client::{Failure, Request};
use crate::commands::client::Link;
use crate::insight::{self, Drift, Kind};

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
            if options.repair {
                insight::repair(&client).await?;
            }
            insight::drift(&client).await
        },
        async |server| {
            if options.repair {
                return Err(Failure::wrong(NEEDS_DATABASE));
            }
            server.send(Request::get("/drift")).await?.data::<Vec<Drift>>()
        },
    );
    match drift.await {
        Ok(drift) => {
            let is_none = drift.is_empty();
            answer(options.link.json, &drift, |drift| words(drift), status(is_none))
        }
        Err(status) => status,
    }
}

const NEEDS_DATABASE: &str = "--repair works in the database itself: set DATABASE_URL, and name no \
     server or profile.";

fn words(drift: &[Drift]) -> String {
    if drift.is_empty() {
        return "Every stakeholder holds exactly what it claims.".to_owned();
    }
    let mut lines = vec![format!("{} from the claims:\n", differ(drift.len()))];
    lines.extend(drift.iter().map(|one| format!("  {}\n    {};\n", sentence(one), one.statement)));
    let can_mend = |one: &&Drift| one.kind != Kind::Foreign && one.is_allowed;
    match drift.iter().filter(can_mend).count() {
        0 => {}
        some if some == drift.len() => lines.push("`integratedb drift --repair` mends it.".into()),
        some => lines.push(format!("`integratedb drift --repair` mends {some} of them.")),
    }
    lines.join("\n")
}

fn differ(number: usize) -> String {
    count(number, "privilege") + if number == 1 { " differs" } else { " differ" }
}

fn sentence(drift: &Drift) -> String {
    let Drift { stakeholder, schema, privilege, .. } = drift;
    let columns =
        drift.columns.as_ref().map_or(String::new(), |all| format!(" ({})", all.join(", ")));
    let on = match &drift.table {
        Some(table) => format!("{schema}.{table}"),
        None => format!("schema {schema}"),
    };
    let privilege = format!("{privilege}{columns} on {on}");
    match drift.kind {
        Kind::Missing if !drift.is_allowed => {
            format!("{stakeholder} lacks {privilege}, and IntegrateDB may not grant it:")
        }
        Kind::Missing => format!("{stakeholder} lacks {privilege}:"),
        Kind::Excess => format!("{stakeholder} holds {privilege}, which it claims no more:"),
        Kind::Foreign => {
            format!(
                "{stakeholder} holds {privilege} by somebody else's grant, and doesn't claim it:"
            )
        }
    }
}
