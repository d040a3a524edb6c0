//! The journal of migrations.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Client;

use super::rows;
use crate::error::Result;
use crate::moment::Moment;

/// What became of one transaction.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    pub id: i64,
    /// `validated`, `synced` (without being judged) or `overridden`.
    pub kind: String,
    /// Whether the gate did it, or a call.
    pub by_gate: bool,
    /// The role that was logged in.
    pub by_role: String,
    pub application: Option<String>,
    pub address: Option<String>,
    /// When the transaction began.
    pub started_at: Moment,
    /// When it was validated last.
    pub at: Moment,
    pub validation_ms: f64,
    /// The claimed tables that were not as the last sync had left them.
    pub tables: Vec<String>,
    /// The first commands that the gate saw: `{"command", "object"}`.
    pub commands: Option<Value>,
    pub command_count: Option<i64>,
    /// The grants that followed: `{"action", "role", "on", "columns", "problem"}`.
    pub grants: Value,
    /// Of an override: why, and what it broke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmet: Option<Value>,
}

/// The newest entries, or those before an entry.
pub async fn journal(client: &Client, before: Option<i64>, limit: i64) -> Result<Vec<Entry>> {
    let sql = "select to_jsonb(j) from integratedb.journal j
               where $1::bigint is null or j.id < $1
               order by j.id desc limit $2";
    rows(client, sql, &[/* before */ &before, /* limit */ &limit]).await
}
