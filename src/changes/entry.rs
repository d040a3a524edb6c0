//! One change as the log has it: what the stream said, and how the table looked.

use std::sync::Arc;

use bytes::Bytes;

use super::Position;
use super::pgoutput::{self, Relation};
use crate::error::{Error, Result};
use crate::moment::Moment;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Insert,
    Update,
    Delete,
    Truncate,
    /// A row that was there, read by a backfill.
    Read,
    /// Something that concerns a stakeholder.
    Alert,
    /// Changes were lost before this.
    Gap,
}

impl Kind {
    /// How the log has it.
    pub fn letter(self) -> i8 {
        let letter = match self {
            Self::Insert => b'I',
            Self::Update => b'U',
            Self::Delete => b'D',
            Self::Truncate => b'T',
            Self::Read => b'R',
            Self::Alert => b'A',
            Self::Gap => b'G',
        };
        letter.cast_signed()
    }

    /// What the log means by it.
    pub fn of_letter(letter: i8) -> Option<Self> {
        let kinds = [
            Self::Insert,
            Self::Update,
            Self::Delete,
            Self::Truncate,
            Self::Read,
            Self::Alert,
            Self::Gap,
        ];
        kinds.into_iter().find(|kind| kind.letter() == letter)
    }
}

/// How a table looked when it was changed.
#[derive(Debug)]
pub struct Shape {
    pub id: i64,
    pub relation: Relation<'static>,
    /// The type beneath each column's, where that is a domain.
    pub base_types: Vec<u32>,
}

impl Shape {
    /// Reads a shape that the log keeps.
    pub fn read(id: i64, message: &[u8], base_types: Vec<u32>) -> Result<Self> {
        let relation = Self::of_message(message)?.into_owned();
        if relation.columns.len() != base_types.len() {
            return Err(Error::internal("a shape in the log has other columns than types"));
        }
        Ok(Self { id, relation, base_types })
    }

    /// What a message about a relation says.
    pub fn of_message(message: &[u8]) -> Result<Relation<'_>> {
        match pgoutput::decode(message).map_err(Error::internal)? {
            pgoutput::Message::Relation(relation) => Ok(relation),
            _ => Err(Error::internal("a message about a relation is about none")),
        }
    }
}

/// One change, an alert, or a gap.
#[derive(Debug, Clone)]
pub struct Entry {
    pub position: Position,
    pub xid: u32,
    pub committed_at: Moment,
    /// None of what is about no table.
    pub shape: Option<Arc<Shape>>,
    pub kind: Kind,
    /// The backfill that read the row.
    pub backfill: Option<i64>,
    /// The message of pgoutput; of an alert, whose it is and what it says
    /// ([`Alert`](super::alert::Alert)); of a gap, why, as text.
    pub message: Bytes,
}

impl Entry {
    /// What stands for changes that are missing up to here, and why.
    pub fn gap(upto: Position, why: String) -> Self {
        Self {
            position: upto,
            xid: 0,
            committed_at: Moment::now(),
            shape: None,
            kind: Kind::Gap,
            backfill: None,
            message: why.into(),
        }
    }

    /// What it takes in memory, about.
    pub fn size(&self) -> usize {
        self.message.len() + size_of::<Self>()
    }
}
