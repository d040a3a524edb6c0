//! What is remembered of refused migrations. They keep nothing, as they are rolled
//! back; two sequences count them all the same. The server's log tells more, and the audit
//! does, if it heard of them (`sql/alert_refusal.sql`).

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use crate::error::Result;
use crate::moment::Moment;

/// How many migrations were refused since the installation, and when the last.
#[derive(Debug, Serialize, Deserialize)]
pub struct Refusals {
    pub count: i64,
    pub last_at: Option<Moment>,
    /// Whether the audit says of some of them what they would have broken.
    #[serde(default)]
    pub in_audit: bool,
}

/// Reads the counters.
pub async fn refusals(client: &Client) -> Result<Refusals> {
    let row = client
        .query_one(
            "select
               case when n.is_called then n.last_value else 0 end,
               case when t.is_called
                 then to_timestamp(t.last_value / 1000000.0)
               end,
               exists (select from integratedb.audit a where a.action = 'migration.refused')
                 or exists (select from integratedb.audit_unsealed a where a.action = 'migration.refused')
             from integratedb.refusals n, integratedb.refused_at t",
            &[],
        )
        .await?;
    Ok(Refusals { count: row.get(0), last_at: row.get(1), in_audit: row.get(2) })
}
