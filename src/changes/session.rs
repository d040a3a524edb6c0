//! The connection of whoever reads the stream. It holds the advisory lock that makes
//! it the only one, and ends with it.

use std::time::Duration;

use tokio_postgres::Client;

use crate::db::{advisory, connection};
use crate::error::Result;

/// "integrds" as a number: the advisory lock of reading the stream.
const LOCK: i64 = 0x696e_7465_6772_6473;

/// What it writes can wait for the disk, since the stream tells it again if it is lost; and
/// it waits for nobody for long.
const SETTINGS: &str = "-c synchronous_commit=off -c lock_timeout=500ms";

/// Connects. A session that says nothing for so long is ended by Postgres: its instance
/// hangs, and another one is to take over.
pub async fn open(url: &str, silence: Duration) -> Result<Client> {
    let silence = silence.as_millis();
    let settings = format!(
        "{SETTINGS} -c idle_session_timeout={silence} -c idle_in_transaction_session_timeout={silence}"
    );
    connection::connect_with(url, &settings, "integratedb stream").await
}

/// Takes the lock, unless another session has it.
pub async fn try_lock(client: &Client) -> Result<bool> {
    advisory::try_lock(client, LOCK).await
}

/// Takes the lock from whoever is no instance of ours; answers whether that was so.
pub async fn claim_back(client: &Client) -> Result<bool> {
    advisory::claim_back(client, LOCK).await
}

/// Waits until what a transaction did can be seen. The stream tells of it as soon as it
/// is on disk, which is a little earlier, or much with a synchronous standby.
pub async fn until_visible(client: &Client, xid: u32) -> Result<()> {
    let sql = "select exists (
                 select from pg_catalog.pg_locks l
                 where l.locktype = 'transactionid' and l.transactionid = $1::text::xid
               )";
    let xid = xid.to_string();
    while client.query_one(sql, &[/* xid */ &xid]).await?.get(0) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// Whether there is a channel that somebody could be told through.
pub async fn is_wanted(client: &Client) -> Result<bool> {
    let sql = "select exists (select from integratedb.channels)";
    Ok(client.query_one(sql, &[]).await?.get(0))
}
