//! The audit in the program's own log, for those who collect logs: a line an entry,
//! whoever sealed it. The database remembers how far it is, so that each entry is
//! written by one instance of those that are to write; a crash may write it twice.

use serde_json::Value;
use tokio_postgres::{Client, IsolationLevel};
use tracing::Level;

use super::list::ENTRY;
use crate::error::Result;

/// How many entries are written at once.
const MOST: i64 = 500;

/// Writes what has been sealed and not written yet, if it was asked for (`AUDIT_LOG`).
/// The first to be asked begins with what is sealed from then on.
pub async fn write(client: &mut Client) -> Result<()> {
    if !tracing::enabled!(target: "audit", Level::INFO) {
        return Ok(());
    }
    while write_some(client).await? {}
    Ok(())
}

async fn write_some(client: &mut Client) -> Result<bool> {
    let behind = "select from integratedb.audit_head where logged is distinct from no";
    if client.query_opt(behind, &[]).await?.is_none() {
        return Ok(false);
    }
    let builder = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted);
    let transaction = builder.start().await?;
    let logged = "select logged from integratedb.audit_head for update";
    let logged: Option<i64> = transaction.query_one(logged, &[]).await?.get(0);
    let sql =
        format!("select {ENTRY} from integratedb.audit a where a.no > $1 order by a.no limit $2");
    let rows = match logged {
        Some(no) => transaction.query(&sql, &[/* logged */ &no, /* limit */ &MOST]).await?,
        None => Vec::new(),
    };
    let entries: Vec<Value> = rows.iter().map(|row| row.get(0)).collect();
    let last = entries.last().and_then(|entry| entry["id"].as_i64());
    transaction
        .execute(
            "update integratedb.audit_head set logged = coalesce($1, no)",
            &[/* logged */ &last],
        )
        .await?;
    entries.iter().for_each(line);
    transaction.commit().await?;
    Ok(last.is_some())
}

fn line(entry: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    tracing::info!(
        target: "audit",
        no = entry["id"].as_i64(),
        at = text(&entry["at"]),
        actor = %entry["actor"],
        origin = %entry["origin"],
        action = text(&entry["action"]),
        subject = %entry["subject"],
        before = %entry["before"],
        after = %entry["after"],
        hash = text(&entry["hash"]),
        "audit"
    );
}
