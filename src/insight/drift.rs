//! Where the privileges of stakeholders differ from their claims.

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use super::rows;
use crate::error::Result;

/// How a privilege differs from the claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Claimed, and not held.
    Missing,
    /// Held because `IntegrateDB` granted it, and not claimed any more.
    Excess,
    /// Granted to the role by somebody else, and not claimed.
    Foreign,
    /// What the role may by attributes or memberships, whatever is claimed.
    Beyond,
}

/// A privilege on one table, `USAGE` on a schema, or what a role is, that differs.
#[derive(Debug, Serialize, Deserialize)]
pub struct Drift {
    pub kind: Kind,
    pub stakeholder: String,
    /// `None` of what isn't about one.
    #[serde(alias = "schema_name")]
    pub schema: Option<String>,
    #[serde(alias = "table_name")]
    pub table: Option<String>,
    /// `None` where the privilege is on the whole table, or the schema.
    pub columns: Option<Vec<String>>,
    pub privilege: String,
    /// Whether the control plane may mend it.
    pub is_allowed: bool,
    /// The statement that would.
    pub statement: String,
}

/// Compares what the catalog shows of grants, and of roles, with the claims.
pub async fn drift(client: &Client) -> Result<Vec<Drift>> {
    rows(client, "select to_jsonb(d) from integratedb.drift() d", &[]).await
}

/// Grants what is missing and revokes what is too much, as far as it may.
pub async fn repair(client: &Client) -> Result<()> {
    client.execute("select integratedb.sync()", &[]).await?;
    Ok(())
}
