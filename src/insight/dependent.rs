//! Who depends on a schema, a table or a column.

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use super::rows;
use crate::error::{Error, Result};
use crate::moment::Moment;

/// What the removal of something would do.
#[derive(Debug, Serialize, Deserialize)]
pub struct Impact {
    /// As it was asked: `sales`, `sales.orders` or `sales.orders.id`.
    pub path: String,
    /// Whether the database has it.
    pub exists: bool,
    pub dependents: Vec<Dependent>,
}

/// A claim or a notification that names it, and the table by which it does.
#[derive(Debug, Serialize, Deserialize)]
pub struct Dependent {
    pub stakeholder: String,
    pub claim_id: i64,
    pub table: String,
    /// Which columns are named; `None` where only the table is.
    pub columns: Option<Vec<String>>,
    /// `required`, or `optional`: it may go away.
    pub need: String,
    /// What is there now and would do instead.
    pub alternatives: Vec<String>,
    /// Whether the claim would be unmet without it.
    pub would_break: bool,
    /// Since when the stakeholder has claimed it.
    pub since: Moment,
    /// `claims`, or `notifications`: it listens to it.
    pub document: String,
}

impl Dependent {
    /// Whether it listens to it, and doesn't claim it.
    pub fn listens(&self) -> bool {
        self.document == "notifications"
    }
}

/// Asks the engine who depends on a path.
pub async fn impact(client: &Client, path: &str) -> Result<Impact> {
    let path = path.trim();
    if path.is_empty() {
        return Err(Error::invalid("path", "must be schema, schema.table or schema.table.column"));
    }
    let exists = client
        .query_one(
            "select integratedb.path_exists(regexp_replace($1, '\\.\\*$', ''))",
            &[/* path */ &path],
        )
        .await?
        .get(0);
    let sql = "select to_jsonb(i) from integratedb.impact($1::text) i";
    let dependents = rows(client, sql, &[/* path */ &path]).await?;
    Ok(Impact { path: path.to_owned(), exists, dependents })
}
