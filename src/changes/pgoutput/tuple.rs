//! A row as it stands in a message.

use super::DecodeError;
use super::reader::{Reader, utf8};

/// A row: a field for each of the table's columns, in their order. One allocation,
/// whatever is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tuple<'a> {
    pub fields: Vec<Field<'a>>,
}

/// What a row has in one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<'a> {
    Null,
    /// A large value that the update left as it was, and that Postgres therefore
    /// doesn't send. It isn't null.
    Unchanged,
    /// As the type's output function writes it.
    Text(&'a str),
    /// As the type's send function writes it; comes only if asked for.
    Binary(&'a [u8]),
}

impl<'a> Tuple<'a> {
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Field<'a>> {
        self.fields.iter().copied()
    }
}

pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Result<Tuple<'a>, DecodeError> {
    let count = reader.u16("the number of its fields")?;
    let mut fields = Vec::with_capacity(reader.at_most(count, size_of::<u8>()));
    for _ in 0..count {
        fields.push(match reader.byte("a field")? {
            b'n' => Field::Null,
            b'u' => Field::Unchanged,
            b't' => Field::Text(utf8(reader.counted("a field")?, "a field")?),
            b'b' => Field::Binary(reader.counted("a field")?),
            found => return Err(DecodeError::Unknown { what: "kind of a field", found }),
        });
    }
    Ok(Tuple { fields })
}
