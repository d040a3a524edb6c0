//! What the private Postgres records while the command runs.

use serde::Serialize;
use tokio_postgres::{Client, Row};

use crate::error::Result;
pub use crate::insight::Unmet;

/// A claim that a transaction left unmet.
#[derive(Debug, Clone)]
pub struct Breach {
    pub unmet: Unmet,
    /// Counted from 1, those that changed the schema only.
    pub transaction: i64,
    pub statement: Option<String>,
}

/// A lock that made others wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lock {
    pub path: String,
    /// As Postgres's documentation calls it.
    pub mode: &'static str,
    pub blocks_reading: bool,
    /// Whether the table was written anew.
    pub rewrites: bool,
    pub readers: Vec<String>,
    pub statement: String,
}

/// From weakest to strongest, those that anybody who writes or reads waits for.
const MODES: [&str; 4] = ["SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"];

/// Begins to record, as the control plane. A superuser has to say when the functions are
/// called, and neither owns nor runs any of them.
pub async fn begin(superuser: &Client, control: &Client) -> Result<()> {
    control.simple_query(include_str!("recorder.sql")).await?;
    superuser.simple_query(include_str!("recorder_triggers.sql")).await?;
    Ok(())
}

/// The claims that are unmet now; claims and grants follow the database first.
pub async fn unmet(control: &Client) -> Result<Vec<Unmet>> {
    control.execute("select integratedb.sync()", &[]).await?;
    let rows = control
        .query(
            "select claim_id, stakeholder, path, field, property, needed, found, problem, faults
             from integratedb.describe_unmet(null, null)",
            &[],
        )
        .await?;
    Ok(rows.iter().map(read).collect())
}

/// Where each claim that the command broke was broken first.
pub async fn breaches(control: &Client) -> Result<Vec<Breach>> {
    let rows = control
        .query(
            "with moment as (
               select m.id, dense_rank() over (order by m.first) as transaction
               from (select id, min(id) over (partition by xid) as first from integratedb.check_moments) m
             )
             select distinct on (u.claim_id) u.*, moment.transaction
             from integratedb.check_unmet u
             join moment on moment.id = u.moment
             where u.is_broken
             order by u.claim_id, u.moment",
            &[],
        )
        .await?;
    let breach = |row: &Row| Breach {
        unmet: read(row),
        transaction: row.get("transaction"),
        statement: row.get("statement"),
    };
    Ok(rows.iter().map(breach).collect())
}

/// The strongest lock on each table that somebody reads.
pub async fn locks(control: &Client) -> Result<Vec<Lock>> {
    let rows = control
        .query(
            "select distinct on (t.path) t.path, t.readers, l.strength, l.statement,
                    bool_or(l.rewrites) over (partition by l.relation) as rewrites
             from integratedb.check_locks l
             join integratedb.check_tables t on t.relation = l.relation
             order by t.path, l.rewrites desc, l.strength desc, l.xid",
            &[],
        )
        .await?;
    let lock = |row: &Row| {
        let strength = usize::try_from(row.get::<_, i32>("strength")).unwrap_or(MODES.len());
        let mode = MODES[strength.clamp(1, MODES.len()) - 1];
        Lock {
            path: row.get("path"),
            mode,
            blocks_reading: mode == "ACCESS EXCLUSIVE",
            rewrites: row.get("rewrites"),
            readers: row.get("readers"),
            statement: row.get("statement"),
        }
    };
    Ok(rows.iter().map(lock).collect())
}

fn read(row: &Row) -> Unmet {
    Unmet {
        claim_id: row.get("claim_id"),
        stakeholder: row.get("stakeholder"),
        path: row.get("path"),
        field: row.get("field"),
        property: row.get("property"),
        needed: row.get("needed"),
        found: row.get("found"),
        problem: row.get("problem"),
        faults: row.get("faults"),
    }
}
