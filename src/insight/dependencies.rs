//! Who depends on which tables, all of it at once.

use serde_json::value::RawValue;
use tokio_postgres::Client;

use crate::error::{Error, Result};

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
pub async fn dependencies(client: &Client, asked: &Asked, most: i64) -> Result<Box<RawValue>> {
    // It may be a megabyte, which nobody here has to understand.
    let statement = "select integratedb.dependencies($1, $2, $3, $4)::text";
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
    RawValue::from_string(row.get(0)).map_err(Error::internal)
}
