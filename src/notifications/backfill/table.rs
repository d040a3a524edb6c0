//! A table that is to be read by its key.

use tokio_postgres::GenericClient;

use crate::changes::pgoutput::{Column, Identity, Relation};
use crate::db::Ident;
use crate::error::Result;

/// Postgres's own types have lower numbers (`FirstNormalObjectId`).
const FIRST_OF_OTHERS: u32 = 16_384;

/// How a table is.
#[derive(Debug)]
pub struct Table {
    /// As the stream describes it.
    pub relation: Relation<'static>,
    pub is_partitioned: bool,
    /// By which of its columns rows are read one after the other, in this order.
    pub key: Vec<usize>,
    pub is_published: bool,
    /// Whether the control plane may read it.
    pub may_read: bool,
    /// By the table's statistics, if it has any.
    pub rows_estimated: Option<i64>,
}

impl Table {
    /// Looks how a table is; none if there is none of this name.
    pub async fn describe(
        client: &impl GenericClient,
        schema: &str,
        table: &str,
    ) -> Result<Option<Self>> {
        let sql = include_str!("table.sql");
        let row = client.query_opt(sql, &[/* schema */ &schema, /* table */ &table]).await?;
        Ok(row.map(|row| {
            let names: Vec<String> = row.get::<_, Option<_>>("names").unwrap_or_default();
            let types: Vec<u32> = row.get::<_, Option<_>>("types").unwrap_or_default();
            let modifiers: Vec<i32> = row.get::<_, Option<_>>("modifiers").unwrap_or_default();
            let identifies: Vec<bool> = row.get::<_, Option<_>>("identifies").unwrap_or_default();
            let key: Vec<String> = row.get::<_, Option<_>>("key").unwrap_or_default();
            let place = |name: &String| names.iter().position(|known| known == name);
            // A key with a column that the stream leaves out is as good as none.
            let key: Option<Vec<usize>> = key.iter().map(place).collect();
            let columns = names.into_iter().zip(types).zip(modifiers).zip(identifies);
            let columns = columns.map(|(((name, type_oid), type_modifier), is_key)| Column {
                name: name.into(),
                type_oid,
                type_modifier,
                is_key,
            });
            Self {
                relation: Relation {
                    id: row.get("relation"),
                    schema: schema.to_owned().into(),
                    table: table.to_owned().into(),
                    identity: identity(row.get("identity")),
                    columns: columns.collect(),
                },
                is_partitioned: row.get("is_partitioned"),
                key: key.unwrap_or_default(),
                is_published: row.get("is_published"),
                may_read: row.get("may_read"),
                rows_estimated: row.get("rows_estimated"),
            }
        }))
    }

    /// Of each column of the key, the schema of the operators that it is ordered by.
    pub async fn orders_in(&self, client: &impl GenericClient) -> Result<Vec<String>> {
        let types = self.key.iter().map(|no| self.relation.columns[*no].type_oid);
        let types: Vec<u32> = types.collect();
        if types.iter().all(|oid| *oid < FIRST_OF_OTHERS) {
            return Ok(vec!["pg_catalog".to_owned(); types.len()]);
        }
        let sql = include_str!("orders_in.sql");
        let rows = client.query(sql, &[/* types */ &types]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Why its rows can't be read, with what would help; nothing if they can.
    pub fn obstacle(&self) -> Option<String> {
        let Relation { schema, table, .. } = &self.relation;
        let name = format!("{}.{}", Ident(schema), Ident(table));
        if self.key.is_empty() {
            let message = "has neither a primary key nor a replica identity index, by which its \
                           rows could be read one after the other";
            return Some(message.to_owned());
        }
        if !self.may_read {
            let message = "can't be read by the control plane: let its owner run";
            return Some(format!("{message} GRANT SELECT ON {name} TO <its role>"));
        }
        (!self.is_published).then(|| "is not published (yet), so changes to it aren't told".into())
    }
}

fn identity(letter: i8) -> Identity {
    match letter.cast_unsigned() {
        b'n' => Identity::Nothing,
        b'f' => Identity::Full,
        b'i' => Identity::Index,
        _ => Identity::Default,
    }
}
