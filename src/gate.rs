//! The gate: two event triggers that mark every transaction which changes the
//! schema, so that it is validated at its COMMIT whether or not it calls
//! anything.
//!
//! Postgres lets only superusers create event triggers. Their function belongs
//! to the control plane and runs with its rights.

use serde::Serialize;
use serde_json::json;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::audit::{self, Event, Subject};
use crate::error::{Error, Result};

/// The role whose members may let a migration through.
pub const OVERRIDE_ROLE: &str = "integratedb_override";

/// The commands after which a claim could be unmet or a grant could follow.
/// `CREATE INDEX` and the like are left out: they take nothing from anybody.
const COMMANDS: &[&str] = &[
    "ALTER DOMAIN",
    // Puts types elsewhere, if it is told to.
    "ALTER EXTENSION",
    "ALTER FOREIGN TABLE",
    // Renames tables and views too, if it is told to.
    "ALTER INDEX",
    "ALTER MATERIALIZED VIEW",
    "ALTER SCHEMA",
    "ALTER TABLE",
    "ALTER TYPE",
    "ALTER VIEW",
    "CREATE FOREIGN TABLE",
    "CREATE MATERIALIZED VIEW",
    // Makes a view of a table, before PostgreSQL 16.
    "CREATE RULE",
    "CREATE SCHEMA",
    "CREATE TABLE",
    "CREATE TABLE AS",
    "CREATE VIEW",
    "IMPORT FOREIGN SCHEMA",
    "SELECT INTO",
];

/// Whether the gate is there, and in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Enabled,
    /// Somebody disabled one of its triggers, or dropped it, or it was enabled by a
    /// program that knew fewer commands.
    Incomplete,
    Disabled,
}

/// The SQL that enables the gate, for a superuser.
pub fn enabling_sql() -> String {
    let commands: Vec<String> = COMMANDS.iter().map(|command| format!("'{command}'")).collect();
    format!(
        "{disabling}\n\
         CREATE EVENT TRIGGER integratedb_gate_ddl ON ddl_command_end\n  \
           WHEN TAG IN ({commands})\n  \
           EXECUTE FUNCTION integratedb.gate_mark();\n\
         CREATE EVENT TRIGGER integratedb_gate_drop ON sql_drop\n  \
           EXECUTE FUNCTION integratedb.gate_mark();",
        disabling = disabling_sql(),
        commands = commands.join(", "),
    )
}

/// The SQL that disables it, for the triggers' owner or a superuser.
pub fn disabling_sql() -> String {
    "DROP EVENT TRIGGER IF EXISTS integratedb_gate_ddl;\n\
     DROP EVENT TRIGGER IF EXISTS integratedb_gate_drop;"
        .to_owned()
}

/// Whether the gate is in force in this database.
pub async fn status(client: &Client) -> Result<Status> {
    let triggers = triggers(client).await?;
    Ok(if triggers.iter().all(|(_, fault)| fault.is_none()) {
        Status::Enabled
    } else if triggers.iter().all(|(_, fault)| fault.as_deref() == Some(MISSING)) {
        Status::Disabled
    } else {
        Status::Incomplete
    })
}

/// What keeps it from being in force, a sentence's part for each trigger.
pub async fn faults(client: &Client) -> Result<Vec<String>> {
    let faulty = |(name, fault): (String, Option<String>)| Some(format!("{name} {}", fault?));
    Ok(triggers(client).await?.into_iter().filter_map(faulty).collect())
}

const MISSING: &str = "is missing";

/// Its two triggers, each with what is wrong with it, if anything is.
async fn triggers(client: &Client) -> Result<Vec<(String, Option<String>)>> {
    let rows = client
        .query(
            "select name, case
                 when t.oid is null then $2
                 when t.evtenabled not in ('O', 'A') then 'is disabled'
                 when not t.evttags @> $1::text[] then 'knows too few commands'
               end
             from unnest(array['integratedb_gate_ddl', 'integratedb_gate_drop']) name
             left join pg_catalog.pg_event_trigger t on t.evtname = name",
            &[/* tags */ &COMMANDS, /* missing */ &MISSING],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Enables the gate; does nothing where it is in force.
pub async fn enable(client: &mut Client) -> Result<()> {
    let before = status(client).await?;
    if before != Status::Enabled {
        run(client, &enabling_sql(), ("gate.enable", before, Status::Enabled)).await?;
        // What is unmet by now is no fault of those who come after.
        client.execute("select integratedb.note_faults()", &[]).await?;
    }
    Ok(())
}

/// Disables the gate; does nothing where there is none.
pub async fn disable(client: &mut Client) -> Result<()> {
    let before = status(client).await?;
    if before != Status::Disabled {
        run(client, &disabling_sql(), ("gate.disable", before, Status::Disabled)).await?;
    }
    Ok(())
}

/// Runs statements in one transaction; `Conflict` with the same statements where
/// the role isn't allowed to.
async fn run(
    client: &mut Client,
    statements: &str,
    (action, before, after): (&'static str, Status, Status),
) -> Result<()> {
    let transaction = client.transaction().await?;
    for statement in statements.split_inclusive(';') {
        transaction.execute(statement, &[]).await.map_err(|error| {
            if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
                return Error::Conflict(format!(
                    "Postgres lets only superusers change event triggers. Let one run, in this database:\n\n{statements}"
                ));
            }
            Error::from(error)
        })?;
    }
    let said = |status: Status| Some(json!({ "gate": status }));
    let subject = Subject::of("gate");
    let event = Event { action, subject, before: said(before), after: said(after) };
    audit::record(&transaction, event).await?;
    transaction.commit().await?;
    Ok(())
}
