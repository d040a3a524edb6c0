//! What is looked at, and what of it is fatal: without a database that is up to date
//! nothing can be done; without a stream only nobody is told.

use deadpool_postgres::GenericClient;
use serde::Serialize;

use crate::db;
use crate::error::Result;
use crate::housekeeping::{self, Standing};

/// Whether requests can be served, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    pub is_ready: bool,
    pub checks: Checks,
}

/// What was found; null where it couldn't be found out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Checks {
    pub program: Program,
    pub database: Database,
    pub migrations: Option<Migrations>,
    pub stream: Option<Stream>,
    pub channels: Option<Channels>,
    pub housekeeping: Option<Housekeeping>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Program {
    pub is_ok: bool,
    /// `starting`, `serving` or `stopping`.
    pub state: &'static str,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Database {
    pub is_ok: bool,
    /// What is wrong.
    pub detail: Option<&'static str>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Migrations {
    pub is_ok: bool,
    /// The last one that was applied; 0: none.
    pub version: i32,
    /// The last one that this program knows.
    pub expected: i32,
}

/// Of the stream. That it can't be read doesn't make the program unready: claims, grants
/// and the refusal of migrations don't need it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stream {
    pub is_ok: bool,
    /// `unwanted` (nobody listens), `read` (by this instance), `read_elsewhere`, `unread`, or
    /// `impossible`.
    pub state: &'static str,
    /// What is wrong.
    pub detail: Option<&'static str>,
    /// Write-ahead log that Postgres keeps for it, in bytes.
    pub held_bytes: i64,
    /// Of that, what was not read yet.
    pub unread_bytes: i64,
}

/// Of all channels of all stakeholders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Channels {
    /// Whether none is failing.
    pub is_ok: bool,
    pub total: i64,
    pub paused: i64,
    /// Whose last attempt failed.
    pub failing: i64,
    pub dead_letters: i64,
}

/// Of what is done now and then. It is tried again, so it is not fatal either.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Housekeeping {
    pub is_ok: bool,
    /// The jobs whose last run failed.
    pub failing: Vec<String>,
}

impl Readiness {
    /// The verdict on what was found.
    pub fn of(state: &'static str, mut checks: Checks) -> Self {
        checks.program = Program { is_ok: state == "serving", state };
        let is_migrated = checks.migrations.as_ref().is_some_and(|migrations| migrations.is_ok);
        Self { is_ready: checks.program.is_ok && checks.database.is_ok && is_migrated, checks }
    }

    /// What keeps it from being ready, for a person.
    pub fn reason(&self) -> String {
        let checks = &self.checks;
        match (&checks.database, &checks.migrations, checks.program.state) {
            (Database { detail: Some(detail), .. }, ..) => (*detail).to_owned(),
            (_, Some(Migrations { is_ok: false, version, expected }), _) => {
                format!("The database is at version {version} and this program needs {expected}.")
            }
            (.., state) => format!("The program is {state}."),
        }
    }
}

impl Checks {
    /// All that can be said where the database says nothing.
    pub fn without_database(detail: &'static str) -> Self {
        let database = Database { is_ok: false, detail: Some(detail) };
        Self { database, ..Self::default() }
    }
}

/// What the database says.
pub async fn of_database(client: &impl GenericClient, is_leading: bool) -> Result<Checks> {
    let sql = "select pg_is_in_recovery() as is_standby,
                 to_regclass('integratedb.migrations') is not null as is_installed";
    let row = client.query_one(sql, &[]).await?;
    let is_standby = row.get::<_, bool>("is_standby");
    let detail =
        is_standby.then_some("The database is a standby, in which nothing can be changed.");
    let version = if row.get("is_installed") {
        let sql = "select coalesce(max(version), 0) from integratedb.migrations";
        client.query_one(sql, &[]).await?.get(0)
    } else {
        0
    };
    let expected = db::newest_migration();
    // A newer program may be about to take over, and this one can go on until it does.
    let migrations = Migrations { is_ok: version >= expected, version, expected };
    let is_complete = migrations.is_ok && !is_standby;
    let mut checks = Checks {
        database: Database { is_ok: !is_standby, detail },
        migrations: Some(migrations),
        ..Checks::default()
    };
    if is_complete {
        let row = client.query_one(include_str!("standing.sql"), &[]).await?;
        checks.stream = Some(stream(&row, is_leading));
        let channels = Channels {
            is_ok: row.get::<_, i64>("failing") == 0,
            total: row.get("channels"),
            paused: row.get("paused"),
            failing: row.get("failing"),
            dead_letters: row.get("dead_letters"),
        };
        checks.channels = Some(channels);
        let jobs = housekeeping::standing(client).await?;
        let failing = jobs.into_iter().filter(Standing::is_failing).map(|standing| standing.job);
        let failing: Vec<String> = failing.collect();
        checks.housekeeping = Some(Housekeeping { is_ok: failing.is_empty(), failing });
    }
    Ok(checks)
}

fn stream(row: &tokio_postgres::Row, is_leading: bool) -> Stream {
    let is = |name: &str| row.get::<_, bool>(name);
    let (state, detail) = if !is("is_logical") {
        ("impossible", Some("wal_level is not logical."))
    } else if !is("may_replicate") {
        ("impossible", Some("The control plane's role may not use replication."))
    } else if row.get::<_, i64>("channels") == 0 {
        ("unwanted", None)
    } else if is_leading {
        ("read", None)
    } else if is("is_being_read") {
        ("read_elsewhere", None)
    } else {
        ("unread", Some("No instance reads the stream."))
    };
    Stream {
        is_ok: detail.is_none(),
        state,
        detail,
        held_bytes: row.get("held_bytes"),
        unread_bytes: row.get("unread_bytes"),
    }
}
