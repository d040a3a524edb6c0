//! What there is to claim: tables and their columns.

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use super::rows;
use crate::error::Result;
use crate::spec::quoted;

/// A table, a view, or what else can be claimed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Relation {
    /// As documents write it, with quotes only where they are needed.
    #[serde(default)]
    pub path: String,
    pub schema: String,
    pub name: String,
    /// `table`, `partitioned table`, `view`, `materialized view` or `foreign table`.
    pub kind: String,
    pub columns: Vec<Column>,
}

/// A column as it is now.
#[derive(Debug, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub is_nullable: bool,
}

/// The relations of a schema, or of all, whose `schema.name` contains a text.
pub async fn relations(
    client: &Client,
    schema: Option<&str>,
    search: Option<&str>,
    most: i64,
) -> Result<Vec<Relation>> {
    let sql = "select to_jsonb(r) from integratedb.relations($1, $2, $3) r";
    let parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        &[/* schema_asked */ &schema, /* search */ &search, /* most */ &most];
    let mut relations: Vec<Relation> = rows(client, sql, parameters).await?;
    for relation in &mut relations {
        relation.path = path(&relation.schema, &relation.name);
    }
    Ok(relations)
}

fn path(schema: &str, name: &str) -> String {
    match name {
        // Bare, it would mean every table.
        "*" => format!("{}.\"*\"", quoted(schema)),
        name => format!("{}.{}", quoted(schema), quoted(name)),
    }
}
