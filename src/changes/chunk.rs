//! Some rows of a table, as a backfill read them, on their way into the log.
//!
//! The transaction that reads them leaves them in the stream, where they come by at
//! its commit. What was committed in between has been told by then, so it is brought
//! in before they are: as they come by, they are as the table is.

use std::collections::HashMap;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::Snapshot;
use super::pgoutput::{self, Field, Message, Old, Relation, Tuple, decode, encode_insert};
use crate::error::{Error, Result};

/// Rows, with what is needed to bring in what was changed since.
#[derive(Debug, Serialize, Deserialize)]
pub struct Chunk {
    /// The transaction that read them, by the last 32 bits of its number.
    pub xid: u32,
    /// What that saw.
    pub snapshot: Snapshot,
    /// How the table looks. It can't change before the transaction ends.
    pub relation: Relation<'static>,
    /// Which of the table's columns were read.
    pub columns: Vec<usize>,
    /// Which of these are the key.
    pub key: Vec<usize>,
    pub rows: Vec<Row>,
}

/// A value for each column that was read, as its type's output function writes it.
pub type Row = Vec<Option<String>>;

/// The number of a backfill, and the signature, before the rest.
const HEAD: usize = 8 + 32;

impl Chunk {
    /// The prefix under which it stands in the stream.
    pub const PREFIX: &str = "integratedb.backfill";

    /// Writes it, signed: whoever may connect may put words into the stream.
    pub fn write(&self, backfill: i64, key: &[u8]) -> Result<Vec<u8>> {
        let mut content = backfill.to_be_bytes().to_vec();
        content.resize(HEAD, 0);
        serde_json::to_writer(&mut content, self).map_err(Error::internal)?;
        let (head, rest) = content.split_at_mut(HEAD);
        let (number, signature) = head.split_at_mut(8);
        signature.copy_from_slice(&mac(number, rest, key)?.finalize().into_bytes());
        Ok(content)
    }

    /// The backfill that it says to be of.
    pub fn backfill(content: &[u8]) -> Option<i64> {
        content.first_chunk().map(|number| i64::from_be_bytes(*number))
    }

    /// Reads it; none if it isn't signed with this key by the transaction that brings
    /// it.
    pub fn read(content: &[u8], key: &[u8], xid: u32) -> Option<Self> {
        let (head, rest) = content.split_at_checked(HEAD)?;
        let (number, signature) = head.split_at(8);
        mac(number, rest, key).ok()?.verify_slice(signature).ok()?;
        serde_json::from_slice(rest).ok().filter(|chunk: &Self| chunk.xid == xid)
    }

    /// Brings in changes that its snapshot has not seen, in their order. Rows that are
    /// new by them are told as such.
    pub fn catch_up(&mut self, changes: &[Bytes]) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let key_of = |row: &Row| self.key.iter().map(|no| row[*no].clone()).collect::<Vec<_>>();
        let rows = self.rows.iter().enumerate();
        let mut places: HashMap<Vec<Option<String>>, usize> =
            rows.map(|(place, row)| (key_of(row), place)).collect();
        let mut gone = Vec::new();
        for change in changes {
            match decode(change).map_err(Error::internal)? {
                Message::Update { old, new, .. } => {
                    let before = match &old {
                        Some(Old::Key(old) | Old::Row(old)) => self.key(old),
                        None => self.key(&new),
                    };
                    let Some(place) = places.remove(&before) else { continue };
                    for (value, column) in self.rows[place].iter_mut().zip(&self.columns) {
                        match new.fields.get(*column) {
                            Some(Field::Text(text)) => *value = Some((*text).to_owned()),
                            Some(Field::Null) => *value = None,
                            _ => {}
                        }
                    }
                    let row = &self.rows[place];
                    places.insert(self.key.iter().map(|no| row[*no].clone()).collect(), place);
                }
                Message::Delete { old: Old::Key(old) | Old::Row(old), .. } => {
                    gone.extend(places.remove(&self.key(&old)));
                }
                _ => {}
            }
        }
        gone.sort_unstable();
        for place in gone.into_iter().rev() {
            self.rows.remove(place);
        }
        Ok(())
    }

    /// The rows as the stream would tell them. Columns that were not read are as
    /// values that Postgres didn't send.
    pub fn messages(&self) -> impl Iterator<Item = Result<Bytes>> {
        self.rows.iter().map(|row| {
            let fields = fields(&self.relation, &self.columns, row);
            let message = encode_insert(self.relation.id, &fields).map_err(Error::internal)?;
            Ok(Bytes::from(message))
        })
    }

    fn key(&self, tuple: &Tuple<'_>) -> Vec<Option<String>> {
        let columns = self.key.iter().map(|no| self.columns[*no]);
        let fields = columns.map(|column| match tuple.fields.get(column) {
            Some(Field::Text(text)) => Some((*text).to_owned()),
            _ => None,
        });
        fields.collect()
    }
}

/// A row's field for each of the table's columns.
pub fn fields<'a>(
    relation: &Relation<'_>,
    columns: &[usize],
    row: &'a [Option<String>],
) -> Vec<pgoutput::Field<'a>> {
    let mut fields = vec![Field::Unchanged; relation.columns.len()];
    for (column, value) in columns.iter().zip(row) {
        fields[*column] = value.as_deref().map_or(Field::Null, Field::Text);
    }
    fields
}

fn mac(number: &[u8], rest: &[u8], key: &[u8]) -> Result<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(Error::internal)?;
    mac.update(number);
    mac.update(rest);
    Ok(mac)
}

#[cfg(test)]
mod tests;
