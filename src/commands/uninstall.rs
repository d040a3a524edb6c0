//! `uninstall`.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use secrecy::ExposeSecret;

use super::fail;
use super::table::count;
use crate::config::Database;
use crate::db::{self, connection};
use crate::error::{Error, Result};
use crate::uninstall::{Extent, Survey, survey, uninstall};

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Options {
    /// Does it; without this, only says what it would do
    #[arg(long)]
    yes: bool,
    /// Takes back the privileges that claims have brought; otherwise everybody may read on
    #[arg(long)]
    revoke_grants: bool,
    /// Also drops the stakeholders' roles and their empty schemas; what they made stays
    #[arg(long)]
    drop_stakeholders: bool,
    /// Ends the sessions of servers that are still connected
    #[arg(long)]
    force: bool,
}

/// Says what of IntegrateDB is in the database, and removes it. Exit status 2: nothing was
/// removed, or the replication slot is left.
pub async fn run(options: Options) -> ExitCode {
    let database = match Database::from_env() {
        Ok(database) => Database { pool_size: 1, ..database },
        Err(mistakes) => return fail(&mistakes),
    };
    let mut client = match connect(&database).await {
        Ok(client) => client,
        Err(error) => return fail(&connection::at(database.url.expose_secret(), error)),
    };
    let extent = Extent {
        revokes_grants: options.revoke_grants || options.drop_stakeholders,
        drops_stakeholders: options.drop_stakeholders,
        is_forced: options.force,
    };
    let found = match survey(&client).await {
        Ok(found) => found,
        Err(error) => return fail(&error),
    };
    if found.is_empty() {
        say(&format!("There is nothing of IntegrateDB in the database {}.", found.database));
        return ExitCode::SUCCESS;
    }
    say(&describe(&found, extent));
    if !options.yes {
        say("Nothing was done. `integratedb uninstall --yes`, with the same options, does it.");
        return ExitCode::SUCCESS;
    }
    match uninstall(&mut client, extent).await {
        Ok(kept) => {
            if !kept.is_empty() {
                say(&format!("Kept, with its owner now:\n  {}", kept.join("\n  ")));
            }
            say(&format!(
                "Done. What an operator made for it is left: the role {}, and integratedb_override if it is there. \
                 So are the roles integratedb_removed_… that own what removed stakeholders made, if there are any.",
                found.role
            ));
            ExitCode::SUCCESS
        }
        Err(Error::Conflict(why)) => {
            eprintln!("integratedb: {why}");
            ExitCode::from(2)
        }
        Err(error) => fail(&error),
    }
}

/// Connects; not where a newer program has left what this one doesn't know.
async fn connect(database: &Database) -> Result<db::Client> {
    let client = db::pool(database)?.get().await?;
    db::refuse_newer(&**client).await?;
    Ok(client)
}

fn describe(found: &Survey, extent: Extent) -> String {
    let mut lines = vec![format!("In the database {}, these go:", found.database)];
    let mut line = |text: String| lines.push(format!("  {text}"));
    if let Some(slot) = &found.slot {
        line(format!("the replication slot {slot}, and with it what channels were not told yet"));
    }
    found.publications.iter().for_each(|name| line(format!("the publication {name}")));
    found
        .event_triggers
        .iter()
        .for_each(|name| line(format!("the event trigger {name}: the gate")));
    found.functions.iter().for_each(|name| line(format!("the function {name}")));
    found
        .readers
        .iter()
        .for_each(|name| line(format!("the role {name}, as which a backfill read")));
    if found.has_schema {
        line(format!(
            "the schema integratedb with {} tables: claims, notifications, users, keys, the journal, and an audit of {} entries",
            found.tables, found.audit_entries
        ));
    }
    let stays: Vec<String> = found
        .stakeholders
        .iter()
        .map(|stakeholder| {
            let roles = [std::slice::from_ref(&stakeholder.name), &stakeholder.logins].concat();
            let roles = roles.join(", ");
            let (columns, schema) = (stakeholder.columns, &stakeholder.name);
            match (extent.drops_stakeholders, extent.revokes_grants) {
                (true, _) => format!(
                    "  stakeholder {schema}: its roles ({roles}) and {columns} columns granted go; its schema goes if it is empty"
                ),
                (_, true) => format!(
                    "  stakeholder {schema}: its roles ({roles}) and its schema stay; {columns} columns granted go"
                ),
                _ => format!(
                    "  stakeholder {schema}: its roles ({roles}), its schema and {columns} columns granted stay"
                ),
            }
        })
        .collect();
    lines.extend(stays);
    for (role, objects) in &found.retired {
        lines.push(format!(
            "  the role {role} stays, with {objects} objects that a removed stakeholder made"
        ));
    }
    let mut sessions: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, application) in &found.sessions {
        *sessions.entry(application).or_default() += 1;
    }
    for (application, number) in sessions {
        lines.push(format!("  connected: {application}, {}", count(number, "session")));
    }
    for leaning in &found.leaning {
        lines.push(format!("  leans on it and is somebody else's: {leaning}"));
    }
    lines.join("\n")
}

/// Nobody has to listen: what was begun is brought to its end.
fn say(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}
