//! The replication slot: where Postgres keeps what was not read yet.

use tokio_postgres::Client;

use super::Lsn;
use crate::error::{Error, Result};

/// How the slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// It is there.
    Sound {
        /// The process that reads it, if one does.
        reader: Option<i32>,
        /// What was acknowledged.
        confirmed: Lsn,
    },
    /// Postgres has thrown away what it should have kept.
    Lost,
    Missing,
}

/// The slot's name. Slots belong to the whole server, so it says of which database.
pub async fn name(client: &Client) -> Result<String> {
    let sql = "select 'integratedb_' || oid from pg_catalog.pg_database where datname = current_database()";
    Ok(client.query_one(sql, &[]).await?.get(0))
}

/// Looks how the slot is.
pub async fn look(client: &Client, name: &str) -> Result<Slot> {
    let row = client
        .query_opt(
            "select active_pid, confirmed_flush_lsn, wal_status
             from pg_catalog.pg_replication_slots where slot_name = $1",
            &[/* name */ &name],
        )
        .await?;
    let Some(row) = row else { return Ok(Slot::Missing) };
    let status: Option<&str> = row.get("wal_status");
    match row.get::<_, Option<Lsn>>("confirmed_flush_lsn") {
        Some(confirmed) if status != Some("lost") => {
            Ok(Slot::Sound { reader: row.get("active_pid"), confirmed })
        }
        _ => Ok(Slot::Lost),
    }
}

/// Makes the slot; answers from where on it tells everything. Waits for every
/// transaction that is writing now.
pub async fn create(client: &Client, name: &str) -> Result<Lsn> {
    let sql = "select lsn from pg_catalog.pg_create_logical_replication_slot($1, 'pgoutput')";
    let row = client.query_one(sql, &[/* name */ &name]).await.map_err(explain)?;
    Ok(row.get("lsn"))
}

/// Removes the slot, if it is there, and who reads it with it.
pub async fn remove(client: &Client, name: &str) -> Result<()> {
    end_reader(client, name).await?;
    client
        .execute(
            "select pg_catalog.pg_drop_replication_slot(slot_name)
             from pg_catalog.pg_replication_slots where slot_name = $1",
            &[/* name */ &name],
        )
        .await?;
    Ok(())
}

/// Ends who reads the slot, and waits until it has ended: an instance that lost the
/// lead and doesn't know it yet.
pub async fn end_reader(client: &Client, name: &str) -> Result<()> {
    client
        .execute(
            "select pg_catalog.pg_terminate_backend(active_pid, 2000)
             from pg_catalog.pg_replication_slots where slot_name = $1 and active_pid is not null",
            &[/* name */ &name],
        )
        .await?;
    Ok(())
}

/// Says what the operator has to do, where it is that.
fn explain(error: tokio_postgres::Error) -> Error {
    match error.as_db_error().map(|db| (db.code().code(), db.message())) {
        Some(("42501", _)) => Error::Conflict(
            "The control plane's role may not use replication: ALTER ROLE <it> REPLICATION;"
                .to_owned(),
        ),
        Some(("55000", message)) if message.contains("wal_level") => Error::Conflict(
            "Notifications need wal_level = logical: ALTER SYSTEM SET wal_level = 'logical'; \
             then restart Postgres."
                .to_owned(),
        ),
        Some(("53400", _)) => Error::Conflict(
            "All replication slots of the server are in use: raise max_replication_slots."
                .to_owned(),
        ),
        _ => error.into(),
    }
}
