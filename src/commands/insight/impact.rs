//! `impact`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use super::{answer, ask, count, status, table};
use crate::client::{Failure, Request};
use crate::commands::client::{Link, complain};
use crate::insight::{self, Dependent, Impact};

/// What to ask about.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// A schema, a table or a column: `sales`, `sales.orders`, `sales.orders.product_id`
    path: String,
    #[command(flatten)]
    link: Link,
}

/// Says who depends on it. Exit status 1: somebody couldn't do without it; 2: it isn't
/// there, so that a slip of the pen is no permission.
pub async fn run(options: Options) -> ExitCode {
    let link = &options.link;
    let impact = ask(
        link,
        async |client| insight::impact(&client, &options.path).await,
        async |server| {
            server.send(Request::get("/impact").query("path", &options.path)).await?.data()
        },
    );
    let impact: Impact = match impact.await {
        Ok(impact) => impact,
        Err(status) => return status,
    };
    if !impact.exists && impact.dependents.is_empty() {
        return complain(link.json, &missing(&impact.path));
    }
    let is_harmless = impact.dependents.iter().all(|dependent| !dependent.would_break);
    answer(link.json, &impact, words, status(is_harmless))
}

/// What is neither there nor claimed is most likely written wrong.
fn missing(path: &str) -> Failure {
    Failure::wrong(format!(
        "There is no schema, table or column `{path}` in the database, and nobody claims it."
    ))
}

fn words(impact: &Impact) -> String {
    let Impact { path, exists, dependents } = impact;
    let missing = if *exists { "" } else { "There is no such thing in the database. " };
    if dependents.is_empty() {
        return format!("{path}: {missing}Nobody claims it.");
    }
    let broken: BTreeSet<i64> = dependents
        .iter()
        .filter(|dependent| dependent.would_break)
        .map(|dependent| dependent.claim_id)
        .collect();
    format!(
        "{path}: {missing}{}. Without it {} would be unmet.\n\n{}",
        who(dependents),
        if broken.is_empty() { "no claim".to_owned() } else { count(broken.len(), "claim") },
        table(
            &["STAKEHOLDER", "DOES", "TABLE", "COLUMNS", "NEED", "SINCE", "WITHOUT IT"],
            dependents.iter().map(row),
        ),
    )
}

/// How many stakeholders do what with it.
fn who(dependents: &[Dependent]) -> String {
    let those = |listen: bool| {
        let those = dependents.iter().filter(|dependent| dependent.listens() == listen);
        let names: BTreeSet<&str> = those.map(|one| one.stakeholder.as_str()).collect();
        names.len()
    };
    let claim = match those(false) {
        0 => None,
        1 => Some("1 stakeholder claims it".to_owned()),
        several => Some(format!("{several} stakeholders claim it")),
    };
    let listen = match those(true) {
        0 => None,
        1 => Some("1 stakeholder listens to it".to_owned()),
        several => Some(format!("{several} stakeholders listen to it")),
    };
    claim.into_iter().chain(listen).collect::<Vec<_>>().join(", ")
}

fn row(dependent: &Dependent) -> Vec<String> {
    let columns = dependent.columns.as_deref().map_or("-".to_owned(), |all| all.join(", "));
    let without = match dependent {
        Dependent { would_break: true, .. } => "breaks".to_owned(),
        Dependent { alternatives, .. } if alternatives.is_empty() => "goes on".to_owned(),
        Dependent { alternatives, .. } => format!("uses {}", alternatives.join(", ")),
    };
    vec![
        dependent.stakeholder.clone(),
        if dependent.listens() { "listens" } else { "claims" }.to_owned(),
        dependent.table.clone(),
        columns,
        dependent.need.clone(),
        dependent.since.to_the_second(),
        without,
    ]
}
