//! Claims that the database doesn't meet now.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Client;

use super::rows;
use crate::error::Result;

/// A claim that is unmet: the first thing that is missing, and all of it in words
/// and as a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unmet {
    pub claim_id: i64,
    pub stakeholder: String,
    pub path: String,
    pub field: Option<String>,
    pub property: String,
    pub needed: Option<String>,
    pub found: Option<String>,
    pub problem: String,
    pub faults: Value,
}

/// All of them.
pub async fn unmet(client: &Client) -> Result<Vec<Unmet>> {
    let sql = "select to_jsonb(u) from integratedb.describe_unmet(null::bigint[], null::integer) u";
    rows(client, sql, &[]).await
}
