//! The messages of logical replication as pgoutput writes them, protocol version 1:
//! those that say what changed, and of which table.
//!
//! Their form is given by the PostgreSQL documentation, "Logical Replication Message
//! Formats". The beginning and the end of a transaction, and messages of
//! applications, aren't read here: the replication client has done it.

mod encode;
mod error;
mod reader;
mod relation;
#[cfg(test)]
mod tests;
mod tuple;

pub use encode::{TooLarge, encode_insert, encode_relation};
pub use error::DecodeError;
pub use relation::{Column, Identity, Relation};
pub use tuple::{Field, Tuple};

use super::Lsn;
use reader::Reader;

/// What a message says. It borrows from the message's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message<'a> {
    /// How a table looks from now on: comes before the first change of a table, and
    /// again after it was altered.
    Relation(Relation<'a>),
    /// The name of a type that isn't Postgres's own, before a table that has it.
    Type {
        oid: u32,
        schema: &'a str,
        name: &'a str,
    },
    Insert {
        relation: u32,
        new: Tuple<'a>,
    },
    Update {
        relation: u32,
        /// Nothing, if the key stays as it was and the table's replica identity isn't
        /// all of its columns.
        old: Option<Old<'a>>,
        new: Tuple<'a>,
    },
    Delete {
        relation: u32,
        old: Old<'a>,
    },
    Truncate {
        relations: Vec<u32>,
        is_cascade: bool,
        restarts_identity: bool,
    },
    /// Where the transaction was committed first, if it came here by replication.
    Origin {
        commit_lsn: Lsn,
        name: &'a str,
    },
}

/// What was there before. Either has a field for every column of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Old<'a> {
    /// The columns of the replica identity; the others read as null, and mean nothing.
    Key(Tuple<'a>),
    /// The whole row.
    Row(Tuple<'a>),
}

/// Reads a message. It must be whole, and nothing may follow it.
pub fn decode(bytes: &[u8]) -> Result<Message<'_>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let message = match reader.byte("its kind")? {
        b'R' => Message::Relation(relation::read(&mut reader)?),
        b'Y' => Message::Type {
            oid: reader.u32("the id of its type")?,
            schema: relation::schema(&mut reader)?,
            name: reader.text("the name of its type")?,
        },
        b'I' => {
            let relation = reader.u32("the id of its table")?;
            match reader.byte("its new row")? {
                b'N' => Message::Insert { relation, new: tuple::read(&mut reader)? },
                found => return Err(DecodeError::Unknown { what: "mark of a new row", found }),
            }
        }
        b'U' => update(&mut reader)?,
        b'D' => {
            let relation = reader.u32("the id of its table")?;
            let mark = reader.byte("its old row")?;
            Message::Delete { relation, old: old(mark, &mut reader)? }
        }
        b'T' => truncate(&mut reader)?,
        b'O' => Message::Origin {
            commit_lsn: Lsn(reader.u64("the LSN of its origin")?),
            name: reader.text("the name of its origin")?,
        },
        found => return Err(DecodeError::Unknown { what: "kind of a message", found }),
    };
    reader.end()?;
    Ok(message)
}

fn update<'a>(reader: &mut Reader<'a>) -> Result<Message<'a>, DecodeError> {
    let relation = reader.u32("the id of its table")?;
    let (old, mark) = match reader.byte("its rows")? {
        b'N' => (None, b'N'),
        mark => (Some(old(mark, reader)?), reader.byte("its new row")?),
    };
    match mark {
        b'N' => Ok(Message::Update { relation, old, new: tuple::read(reader)? }),
        found => Err(DecodeError::Unknown { what: "mark of a new row", found }),
    }
}

fn old<'a>(mark: u8, reader: &mut Reader<'a>) -> Result<Old<'a>, DecodeError> {
    match mark {
        b'K' => tuple::read(reader).map(Old::Key),
        b'O' => tuple::read(reader).map(Old::Row),
        found => Err(DecodeError::Unknown { what: "mark of an old row", found }),
    }
}

fn truncate<'a>(reader: &mut Reader<'a>) -> Result<Message<'a>, DecodeError> {
    const CASCADE: u8 = 1;
    const RESTART_IDENTITY: u8 = 2;
    let count = reader.u32("the number of its tables")?;
    let options = reader.byte("its options")?;
    if options & !(CASCADE | RESTART_IDENTITY) != 0 {
        return Err(DecodeError::Unknown { what: "set of options", found: options });
    }
    let mut relations = Vec::with_capacity(reader.at_most(count, size_of::<u32>()));
    for _ in 0..count {
        relations.push(reader.u32("the id of its table")?);
    }
    let (cascade, restart) = (options & CASCADE, options & RESTART_IDENTITY);
    Ok(Message::Truncate { relations, is_cascade: cascade != 0, restarts_identity: restart != 0 })
}
