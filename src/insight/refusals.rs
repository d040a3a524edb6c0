//! What is remembered of refused migrations. They keep nothing, as they are rolled
//! back; two sequences count them all the same, and the server's log tells more.

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use crate::error::Result;
use crate::moment::Moment;

/// How many migrations were refused since the installation, and when the last.
#[derive(Debug, Serialize, Deserialize)]
pub struct Refusals {
    pub count: i64,
    pub last_at: Option<Moment>,
}

/// Reads the counters.
pub async fn refusals(client: &Client) -> Result<Refusals> {
    let row = client
        .query_one(
            "select
               case when n.is_called then n.last_value else 0 end,
               case when t.is_called
                 then to_timestamp(t.last_value / 1000000.0)
               end
             from integratedb.refusals n, integratedb.refused_at t",
            &[],
        )
        .await?;
    Ok(Refusals { count: row.get(0), last_at: row.get(1) })
}
