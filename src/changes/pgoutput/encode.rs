//! What didn't come out of the stream, in the form of what did.

use super::{Field, Identity, Relation};

/// What no message can hold. No table of Postgres has such a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the row has more than 65,535 columns, or more than 2 GB in one")]
pub struct TooLarge;

/// The Insert message for a row: a field for each of the table's columns, in their
/// order.
pub fn encode_insert(relation: u32, fields: &[Field<'_>]) -> Result<Vec<u8>, TooLarge> {
    const BEFORE_FIELDS: usize = 1 + 4 + 1 + 2;
    const BEFORE_FIELD: usize = 1 + 4;
    let size: usize = fields.iter().map(|field| bytes_of(field).1.len()).sum();
    let mut bytes = Vec::with_capacity(BEFORE_FIELDS + fields.len() * BEFORE_FIELD + size);
    bytes.push(b'I');
    bytes.extend(relation.to_be_bytes());
    bytes.push(b'N');
    bytes.extend(count(fields.len())?);
    for field in fields {
        let (kind, value) = bytes_of(field);
        bytes.push(kind);
        if matches!(field, Field::Text(_) | Field::Binary(_)) {
            bytes.extend(i32::try_from(value.len()).map_err(|_| TooLarge)?.to_be_bytes());
            bytes.extend(value);
        }
    }
    Ok(bytes)
}

/// The message about a table.
pub fn encode_relation(relation: &Relation<'_>) -> Result<Vec<u8>, TooLarge> {
    let mut bytes = vec![b'R'];
    bytes.extend(relation.id.to_be_bytes());
    text(&mut bytes, if relation.schema == "pg_catalog" { "" } else { &relation.schema });
    text(&mut bytes, &relation.table);
    bytes.push(match relation.identity {
        Identity::Default => b'd',
        Identity::Nothing => b'n',
        Identity::Full => b'f',
        Identity::Index => b'i',
    });
    bytes.extend(count(relation.columns.len())?);
    for column in &relation.columns {
        bytes.push(u8::from(column.is_key));
        text(&mut bytes, &column.name);
        bytes.extend(column.type_oid.to_be_bytes());
        bytes.extend(column.type_modifier.to_be_bytes());
    }
    Ok(bytes)
}

fn bytes_of<'a>(field: &Field<'a>) -> (u8, &'a [u8]) {
    match *field {
        Field::Null => (b'n', &[]),
        Field::Unchanged => (b'u', &[]),
        Field::Text(text) => (b't', text.as_bytes()),
        Field::Binary(bytes) => (b'b', bytes),
    }
}

fn count(number: usize) -> Result<[u8; 2], TooLarge> {
    u16::try_from(number).map(u16::to_be_bytes).map_err(|_| TooLarge)
}

/// No name contains the byte that ends it.
fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(text.as_bytes());
    bytes.push(0);
}
