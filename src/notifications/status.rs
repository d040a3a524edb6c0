//! How a stakeholder's channels are.

use deadpool_postgres::GenericClient;
use serde_json::Value;

use crate::error::Result;

/// Where the stream is, and of each channel its position, lag and last error.
pub async fn of(client: &impl GenericClient, stakeholder: i64) -> Result<Value> {
    let sql = "select integratedb.notification_status($1)";
    Ok(client.query_one(sql, &[/* stakeholder */ &stakeholder]).await?.get(0))
}
