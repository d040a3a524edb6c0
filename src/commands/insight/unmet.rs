//! `unmet`.

use std::process::ExitCode;

use serde::Serialize;

use super::{answer, ask, status};
use crate::client::Request;
use crate::commands::client::Link;
use crate::error::Result;
use crate::insight::{self, Refusals, Unmet};

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    link: Link,
}

#[derive(Serialize)]
struct State {
    unmet: Vec<Unmet>,
    refusals: Refusals,
}

/// Lists the claims that the database doesn't meet. Exit status 1: there are some.
pub async fn run(options: Options) -> ExitCode {
    let state = ask(
        &options.link,
        async |client| state(&client).await,
        async |server| {
            let answer = server.send(Request::get("/unmet")).await?;
            Ok(State { unmet: answer.data()?, refusals: answer.refusals()? })
        },
    );
    match state.await {
        Ok(state) => {
            let is_met = state.unmet.is_empty();
            answer(options.link.json, &state, words, status(is_met))
        }
        Err(status) => status,
    }
}

async fn state(client: &tokio_postgres::Client) -> Result<State> {
    Ok(State { unmet: insight::unmet(client).await?, refusals: insight::refusals(client).await? })
}

fn words(state: &State) -> String {
    let mut lines = vec![match state.unmet.len() {
        0 => "Every claim is met.".to_owned(),
        1 => "1 claim is unmet:".to_owned(),
        several => format!("{several} claims are unmet:"),
    }];
    lines.extend(state.unmet.iter().map(|unmet| format!("  {}", unmet.problem)));
    if state.unmet.is_empty() {
        return lines.concat();
    }
    lines.push(
        "Until they are met, or their stakeholders claim something else, every migration is refused \
         that calls integratedb_validate_migration(). The gate refuses only what a migration itself breaks."
            .to_owned(),
    );
    lines.extend(refused(&state.refusals));
    lines.join("\n")
}

/// How many migrations were refused, and where it is said what they would have broken.
fn refused(refusals: &Refusals) -> Option<String> {
    let at = refusals.last_at.as_ref()?;
    let number = match refusals.count {
        1 => "1 migration was".to_owned(),
        several => format!("{several} migrations were"),
    };
    let place = if refusals.in_audit {
        "in the audit: `integratedb audit list --action migration.refused`"
    } else {
        "in Postgres's log, in lines with \"IntegrateDB.InvalidMigration: refused\""
    };
    let at = at.to_the_second();
    Some(format!("{number} refused so far, the last at {at}: what it was about is {place}."))
}
