//! The registry's migrations and the engine's functions, brought into the
//! database.
//!
//! Migrations are applied once, in order, and never change afterwards; the
//! engine is installed again at every start. Both in one transaction under one
//! lock of a table, which nobody else may lock, so that any number of instances may start at once.

use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use crate::audit::{self, Event, Subject};
use crate::error::Error;

/// `migrations/`, in order.
const MIGRATIONS: &[(i32, &str, &str)] = &[
    (1, "registry", include_str!("../../migrations/0001_registry.sql")),
    (2, "gate", include_str!("../../migrations/0002_gate.sql")),
    (3, "journal", include_str!("../../migrations/0003_journal.sql")),
    (4, "notifications", include_str!("../../migrations/0004_notifications.sql")),
    (5, "tokens", include_str!("../../migrations/0005_tokens.sql")),
    (6, "backfills", include_str!("../../migrations/0006_backfills.sql")),
    (7, "access", include_str!("../../migrations/0007_access.sql")),
    (8, "audit", include_str!("../../migrations/0008_audit.sql")),
    (9, "credentials", include_str!("../../migrations/0009_credentials.sql")),
    (10, "idempotency", include_str!("../../migrations/0010_idempotency.sql")),
    (11, "alerts", include_str!("../../migrations/0011_alerts.sql")),
    (12, "home", include_str!("../../migrations/0012_home.sql")),
    (13, "known_faults", include_str!("../../migrations/0013_known_faults.sql")),
    (14, "audit_indexes", include_str!("../../migrations/0014_audit_indexes.sql")),
    (15, "acknowledgements", include_str!("../../migrations/0015_acknowledgements.sql")),
];

/// The version that a database has once it is up to date.
pub fn newest_migration() -> i32 {
    MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}

macro_rules! engine {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../sql/", $name, ".sql")))),*]
    };
}

/// `sql/`, in reading order: each file uses only what stands before it.
pub const ENGINE: &[(&str, &str)] = engine![
    "rfc3339",
    "names_of_type",
    "live_attributes",
    "live_columns",
    "live_tables",
    "live_leaves",
    "publishing",
    "identity_remedy",
    "live_digests",
    "changed_tables",
    "is_heard_by_schema",
    "publishing_faults",
    "faults",
    "unmet",
    "broken_by_this",
    "mark_heard",
    "expand_wildcards",
    "expand_claims",
    "wanted_alerts",
    "leave_alert",
    "alert_grants",
    "grant_plan",
    "record_grants",
    "reconcile_grants",
    "reconcile_stakeholder",
    "usage_has_drifted",
    "publication_plan",
    "follow_publications",
    "lock_to_publish",
    "follow",
    "path_in_words",
    "fault_in_words",
    "names_in_words",
    "ways_out",
    "describe_unmet",
    "unmet_in_alerts",
    "alert_refusal",
    "refuse_migration",
    "unnoted_claims",
    "note_unmet",
    "notice_unmet",
    "alert_dead_webhook",
    "alert_expiring",
    "tables_that_differ",
    "audit_hash",
    "guard_audit",
    "record_audit",
    "audit_migration",
    "audit_refusal",
    "seal_audit",
    "verify_audit",
    "enter_in_journal",
    "take_fence",
    "note_faults",
    "lock_tables",
    "claimed_since",
    "restore_since",
    "store_spec",
    "spec_faults",
    "hearings",
    "untold",
    "stream_standing",
    "notification_status",
    "figures",
    "lose_slot",
    "begin_slot",
    "lead_stream",
    "append_to_log",
    "look_at_stream",
    "empty_segment",
    "rotate_log",
    "expire_log",
    "keep_shape",
    "read_log",
    "try_to_keep_house",
    "sync",
    "validate_migration",
    "integratedb_unmet_claims",
    "integratedb_sync",
    "integratedb_validate_migration",
    "path_exists",
    "impact",
    "integratedb_impact",
    "integratedb_journal",
    "dependencies",
    "relations",
    "foreign_grants",
    "beyond_claims",
    "drift",
    "may_override",
    "gate_mark",
    "gate_validate",
    "snapshot_schemas",
    "snapshot_made_by_others",
    "snapshot_surroundings",
    "snapshot_types",
    "snapshot_sequence_options",
    "snapshot_sequences",
    "snapshot_columns",
    "snapshot_tables",
    "snapshot_constraints",
    "snapshot_views",
    "snapshot_routines",
    "snapshot_reactions",
    "snapshot_left_out",
    "snapshot_objects",
    "take_settings",
    "role_setting_ms",
    "here",
    "is_restored",
    "adopt_restored",
];

/// Why a database can't be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    #[error(
        "the database is at version {found} and this program knows {known}: run the newer program"
    )]
    TooNew { found: i32, known: i32 },
    #[error("migration {version:04} is not the one that was applied to this database")]
    Changed { version: i32 },
    #[error("`integratedb doctor` says what is missing. {what} failed{}", reason(source))]
    Failed { what: String, source: tokio_postgres::Error },
    #[error("entering it in the audit failed")]
    Audit(#[source] Box<Error>),
}

/// Brings the database up to date; answers the migrations that were applied.
pub async fn install(client: &mut Client) -> Result<Vec<String>, InstallError> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |source| InstallError::Failed { what, source }
    };
    let transaction = client.transaction().await.map_err(failed("begin"))?;
    run(&transaction, "creating the schema integratedb", PRELUDE).await?;
    let applied = transaction
        .query("select version, checksum from integratedb.migrations order by version", &[])
        .await
        .map_err(failed("reading the applied migrations"))?;
    let known = newest_migration();
    for row in &applied {
        let (found, checksum): (i32, Vec<u8>) = (row.get("version"), row.get("checksum"));
        let Some((_, _, text)) = MIGRATIONS.iter().find(|(version, ..)| *version == found) else {
            return Err(InstallError::TooNew { found, known });
        };
        if checksum != checksum_of(text) {
            return Err(InstallError::Changed { version: found });
        }
    }
    let mut fresh = Vec::new();
    for (version, name, text) in MIGRATIONS {
        if applied.iter().any(|row| row.get::<_, i32>("version") == *version) {
            continue;
        }
        let title = format!("{version:04}_{name}");
        run(&transaction, &format!("migration {title}"), text).await?;
        transaction
            .execute(
                "insert into integratedb.migrations (version, name, checksum) values ($1, $2, $3)",
                &[
                    /* version */ version,
                    /* name */ name,
                    /* checksum */ &checksum_of(text),
                ],
            )
            .await
            .map_err(failed("recording a migration"))?;
        fresh.push(title);
    }
    for (name, text) in ENGINE {
        run(&transaction, &format!("sql/{name}.sql"), text).await?;
    }
    run(&transaction, "closing the functions to others", CLOSE).await?;
    let adopted = transaction
        .query_one("select integratedb.adopt_restored()", &[])
        .await
        .map_err(failed("looking whether the database was restored"))?;
    if adopted.get(0) {
        tracing::info!("the database was restored from a dump: learned its tables and grants anew");
    }
    record(&transaction, applied.last().map(|row| row.get("version")), &fresh).await?;
    transaction.commit().await.map_err(failed("commit"))?;
    Ok(fresh)
}

/// Enters in the audit that what was there is of a newer version now.
async fn record(
    transaction: &tokio_postgres::Transaction<'_>,
    before: Option<i32>,
    fresh: &[String],
) -> Result<(), InstallError> {
    let (Some(before), false) = (before, fresh.is_empty()) else { return Ok(()) };
    let event = Event {
        action: "registry.upgrade",
        subject: Subject::of("registry"),
        before: Some(json!({ "version": before })),
        after: Some(json!({ "version": newest_migration(), "applied": fresh })),
    };
    audit::record(transaction, event).await.map_err(|error| InstallError::Audit(error.into()))
}

/// Of those who make the schema at once, all but one wait for its name, and then find it
/// made; the table's lock keeps them waiting from the second installation on.
const PRELUDE: &str = "
    do $$
    begin
      create schema if not exists integratedb;
      create table if not exists integratedb.migrations (
        version integer constraint migrations_pkey primary key,
        name text not null,
        checksum bytea not null,
        applied_at timestamptz not null default now()
      );
    exception when unique_violation then
      null;
    end $$;
    lock table integratedb.migrations in share row exclusive mode;
    set local search_path = pg_catalog, pg_temp;
    set local check_function_bodies = off;
    set local client_min_messages = warning";

/// Nobody else may call what the schema has, were they ever let into it. Triggers ask for no
/// such right, and the functions in `public` call the others as their owner.
const CLOSE: &str = "
    do $$
    begin
      execute coalesce((
        select string_agg(format('revoke execute on routine %s from public', p.oid::regprocedure), '; ')
        from pg_proc p
        cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where p.pronamespace = 'integratedb'::regnamespace
          and pg_has_role(p.proowner, 'USAGE')
          and a.grantee = 0
      ), '');
    end $$";

#[expect(clippy::disallowed_methods, reason = "the one home of whole SQL files")]
async fn run(
    transaction: &tokio_postgres::Transaction<'_>,
    what: &str,
    text: &str,
) -> Result<(), InstallError> {
    transaction
        .batch_execute(text)
        .await
        .map_err(|source| InstallError::Failed { what: what.to_owned(), source })
}

fn checksum_of(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

fn reason(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(String::new, |db| format!(": {}", db.message()))
}
