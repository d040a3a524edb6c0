//! A table as the stream describes it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::DecodeError;
use super::reader::Reader;

/// A table, as it is for the changes that follow. `Relation<'static>` can be kept;
/// compare it with the next one to see whether the table was altered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation<'a> {
    pub id: u32,
    pub schema: Cow<'a, str>,
    pub table: Cow<'a, str>,
    pub identity: Identity,
    /// In the order of a row's fields.
    pub columns: Vec<Column<'a>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column<'a> {
    pub name: Cow<'a, str>,
    /// Of the type as declared: a domain, not what it is made of.
    pub type_oid: u32,
    /// What was said in brackets behind the type, or -1.
    pub type_modifier: i32,
    /// Whether it belongs to the replica identity. With `Identity::Full` all do.
    pub is_key: bool,
}

/// What Postgres tells of the old row of an update or a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// The primary key.
    Default,
    Nothing,
    /// All columns.
    Full,
    /// The columns of a unique index.
    Index,
}

impl Relation<'_> {
    /// The same, of which nothing is borrowed.
    pub fn into_owned(self) -> Relation<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let columns = self.columns.into_iter().map(|column| Column {
            name: owned(column.name),
            type_oid: column.type_oid,
            type_modifier: column.type_modifier,
            is_key: column.is_key,
        });
        Relation {
            id: self.id,
            schema: owned(self.schema),
            table: owned(self.table),
            identity: self.identity,
            columns: columns.collect(),
        }
    }
}

pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Result<Relation<'a>, DecodeError> {
    /// The flags, an empty name, the type and its modifier.
    const LEAST_SIZE: usize = 1 + 1 + 4 + 4;
    let id = reader.u32("the id of its table")?;
    let schema = schema(reader)?.into();
    let table = reader.text("the name of its table")?.into();
    let identity = match reader.byte("its replica identity")? {
        b'd' => Identity::Default,
        b'n' => Identity::Nothing,
        b'f' => Identity::Full,
        b'i' => Identity::Index,
        found => return Err(DecodeError::Unknown { what: "replica identity", found }),
    };
    let count = reader.u16("the number of its columns")?;
    let mut columns = Vec::with_capacity(reader.at_most(count, LEAST_SIZE));
    for _ in 0..count {
        columns.push(column(reader)?);
    }
    Ok(Relation { id, schema, table, identity, columns })
}

fn column<'a>(reader: &mut Reader<'a>) -> Result<Column<'a>, DecodeError> {
    let is_key = match reader.byte("the flags of a column")? {
        0 => false,
        1 => true,
        found => return Err(DecodeError::Unknown { what: "set of flags", found }),
    };
    Ok(Column {
        name: reader.text("the name of a column")?.into(),
        type_oid: reader.u32("the type of a column")?,
        type_modifier: reader.i32("the type modifier of a column")?,
        is_key,
    })
}

/// The name of a schema; Postgres leaves out the one of its own catalog.
pub(super) fn schema<'a>(reader: &mut Reader<'a>) -> Result<&'a str, DecodeError> {
    let name = reader.text("the name of its schema")?;
    Ok(if name.is_empty() { "pg_catalog" } else { name })
}
