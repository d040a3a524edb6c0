//! Our advisory locks of sessions. Any role may take any advisory lock, also one of ours:
//! whoever holds one and isn't us is sent away.
//!
//! What can be locked otherwise is: the schema's tables are nobody else's to lock.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::error::Result;

/// Takes a lock until the session ends, unless another session has it.
pub async fn try_lock(client: &Client, key: i64) -> Result<bool> {
    let sql = "select pg_catalog.pg_try_advisory_lock($1::bigint)";
    Ok(client.query_one(sql, &[/* key */ &key]).await?.get(0))
}

/// Ends the sessions that have a lock of ours, or wait for one, and belong to nobody who
/// may act as the control plane; then takes it, unless one of us has it. What can't be
/// ended is logged.
///
/// It queues for the lock, so nobody who comes again gets before it; the session's
/// `lock_timeout` says for how long.
pub async fn claim_back(client: &Client, key: i64) -> Result<bool> {
    let mut is_free = false;
    for row in client.query(include_str!("strangers.sql"), &[/* key */ &key]).await? {
        let (pid, who): (Option<i32>, &str) = (row.get("pid"), row.get("who"));
        if row.get("is_ended") {
            is_free = true;
            tracing::warn!(pid, who, "ended a session that held an advisory lock of ours");
        } else {
            tracing::error!(
                pid,
                who,
                "somebody else holds an advisory lock of ours: let a superuser end that session, \
                 or roll the prepared transaction back"
            );
        }
    }
    if !is_free {
        return Ok(false);
    }
    let sql = "select pg_catalog.pg_advisory_lock($1::bigint)";
    match client.execute(sql, &[/* key */ &key]).await {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
