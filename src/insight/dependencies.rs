//! Who depends on which tables, all of it at once.

use serde_json::Value;
use tokio_postgres::Client;

use crate::error::Result;

/// Of what the dependencies are asked; where nothing is said, of everything.
#[derive(Debug, Default)]
pub struct Asked {
    pub stakeholder: Option<i64>,
    pub schema: Option<String>,
    /// With a schema, the answer has the columns of this table.
    pub table: Option<String>,
}

/// Asks the engine (`sql/dependencies.sql`, which says what it answers) for the
/// dependencies, and at most so many lines between stakeholders and tables.
pub async fn dependencies(client: &Client, asked: &Asked, most: i64) -> Result<Value> {
    let statement = "select integratedb.dependencies($1, $2, $3, $4)";
    let row = client
        .query_one(
            statement,
            &[
                /* stakeholder */ &asked.stakeholder,
                /* schema_asked */ &asked.schema,
                /* table_asked */ &asked.table,
                /* most_claims */ &most,
            ],
        )
        .await?;
    Ok(row.get(0))
}
