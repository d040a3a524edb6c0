//! The reading of the stream into the log: transactions in, entries out.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use tokio_postgres::Client;

use super::alert::{Alert, Place};
use super::chunk::Chunk;
use super::log::{self, Lead, Look};
use super::marks::Marks;
use super::pgoutput::{self, Message};
use super::unflushed::Unflushed;
use super::wire::{Heard, Wire};
use super::{Entry, Kind, Lsn, Position, Shape};
use crate::error::{Error, Result};
use crate::moment::Moment;

/// What goes into the log at once: so many entries or bytes.
const BATCH: usize = 4096;
const BATCH_BYTES: usize = 4 << 20;

/// Makes entries of what the stream says, and puts them into the log.
pub struct Reader<'a> {
    client: &'a Client,
    /// How tables look, by relation, as far as the stream has said it.
    shapes: HashMap<u32, Arc<Shape>>,
    marks: Marks,
    /// The transaction that is being told.
    transaction: Option<Transaction>,
    batch: Vec<Arc<Entry>>,
    bytes: usize,
    /// Everything that was committed before this has been told.
    read: Lsn,
    /// What the log had when this began: the stream tells it again.
    had: Position,
    unflushed: Unflushed,
    /// The last transaction before which a table may have come to look different.
    reshaped: Option<u32>,
}

/// What goes into the log at once.
#[derive(Debug)]
pub struct Batch {
    pub entries: Vec<Arc<Entry>>,
    pub bytes: usize,
    /// Everything that was committed before this is in it, or was told before.
    pub read: Lsn,
    /// The transaction in or before which a table may have come to look different, or
    /// to be guarded differently, if there was one since the batch before.
    pub reshaped: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Transaction {
    commit: Lsn,
    xid: u32,
    at: Moment,
    /// How many changes were told of it.
    index: u32,
}

impl<'a> Reader<'a> {
    /// Begins behind what the log has, which may not be on disk yet.
    pub async fn begin(client: &'a Client, had: Position, read: Lsn) -> Result<Self> {
        Ok(Self {
            client,
            shapes: HashMap::new(),
            marks: Marks::begin(client).await?,
            transaction: None,
            batch: Vec::new(),
            bytes: 0,
            read,
            had,
            unflushed: Unflushed::of(read),
            reshaped: None,
        })
    }

    /// Whether more can be taken in before it is put into the log.
    pub fn has_room(&self) -> bool {
        self.batch.len() < BATCH && self.bytes < BATCH_BYTES
    }

    /// Takes in what the stream said.
    pub async fn take(&mut self, heard: Heard) -> Result<()> {
        match heard {
            Heard::Begin { commit, xid, at } => {
                self.transaction = Some(Transaction { commit, xid, at, index: 0 });
            }
            Heard::Change(message) => self.change(message).await?,
            Heard::Mark { lsn, prefix, content } => self.mark(lsn, &prefix, content).await?,
            Heard::End { end } => {
                self.transaction = None;
                self.read = self.read.max(end);
            }
            Heard::Alive { upto } if self.transaction.is_none() => {
                self.read = self.read.max(upto);
            }
            Heard::Alive { .. } => {}
        }
        Ok(())
    }

    async fn change(&mut self, message: Bytes) -> Result<()> {
        let (kind, relation) = match pgoutput::decode(&message).map_err(Error::internal)? {
            Message::Relation(relation) => {
                let shape = log::keep_shape(self.client, &message).await?;
                self.shapes.insert(relation.id, shape);
                self.reshaped = self.transaction.map(|transaction| transaction.xid);
                return Ok(());
            }
            Message::Insert { relation, .. } => (Kind::Insert, relation),
            Message::Update { relation, .. } => (Kind::Update, relation),
            Message::Delete { relation, .. } => (Kind::Delete, relation),
            Message::Truncate { relations, .. } => {
                for relation in relations {
                    self.add(Kind::Truncate, relation, Bytes::new())?;
                }
                return Ok(());
            }
            Message::Type { .. } | Message::Origin { .. } => return Ok(()),
        };
        self.add(kind, relation, message)
    }

    /// What somebody left in the stream takes its place where it stands there: the rows of
    /// a backfill, all of one or none, or an alert. Whatever else is left there is nobody's.
    async fn mark(&mut self, lsn: Lsn, prefix: &str, content: Bytes) -> Result<()> {
        match (prefix, self.transaction) {
            (Chunk::PREFIX, Some(transaction)) => self.chunk(transaction, &content).await?,
            (Alert::PREFIX, _) => self.alert(lsn, &content).await?,
            _ => {}
        }
        if self.transaction.is_none() {
            self.read = self.read.max(lsn);
        }
        Ok(())
    }

    async fn chunk(&mut self, transaction: Transaction, content: &[u8]) -> Result<()> {
        let Transaction { commit, xid, .. } = transaction;
        if commit <= self.had.lsn {
            return Ok(());
        }
        if let Some(read) = self.marks.read(self.client, (commit, xid), content).await? {
            for message in read.messages {
                self.push(Kind::Read, Some(Arc::clone(&read.shape)), Some(read.backfill), message)?;
            }
        }
        Ok(())
    }

    async fn alert(&mut self, lsn: Lsn, content: &Bytes) -> Result<()> {
        let position = Position::of_message(lsn);
        let place = match self.transaction {
            Some(Transaction { xid, .. }) => Place::Transaction(xid),
            None if position <= self.had => return Ok(()),
            None => Place::Alone(lsn),
        };
        let Some(message) = self.marks.alert(self.client, place, content, &self.batch).await?
        else {
            return Ok(());
        };
        if self.transaction.is_some() {
            return self.push(Kind::Alert, None, None, message);
        }
        let committed_at = Alert::moment(&message)?;
        self.put(Entry {
            position,
            xid: 0,
            committed_at,
            shape: None,
            kind: Kind::Alert,
            backfill: None,
            message,
        });
        Ok(())
    }

    fn add(&mut self, kind: Kind, relation: u32, message: Bytes) -> Result<()> {
        let shape = self.shapes.get(&relation).cloned().ok_or_else(|| {
            Error::internal(format!("a change of relation {relation}, which is unknown"))
        })?;
        self.push(kind, Some(shape), None, message)
    }

    fn push(
        &mut self,
        kind: Kind,
        shape: Option<Arc<Shape>>,
        backfill: Option<i64>,
        message: Bytes,
    ) -> Result<()> {
        let transaction = self.transaction.as_mut();
        let transaction =
            transaction.ok_or_else(|| Error::internal("a change outside of any transaction"))?;
        let position = Position { lsn: transaction.commit, index: transaction.index };
        transaction.index += 1;
        if position <= self.had {
            return Ok(());
        }
        let (xid, committed_at) = (transaction.xid, transaction.at);
        self.put(Entry { position, xid, committed_at, shape, kind, backfill, message });
        Ok(())
    }

    fn put(&mut self, entry: Entry) {
        self.bytes += entry.size();
        let entry = Arc::new(entry);
        self.marks.note(&entry);
        self.batch.push(entry);
    }

    /// Takes in what the stream has said already, as far as there is room.
    pub async fn take_already(&mut self, wire: &mut Wire) -> Result<()> {
        while self.has_room()
            && let Some(heard) = wire.already()
        {
            self.take(heard).await?;
        }
        Ok(())
    }

    /// Takes in what the stream says while something else is done, so that neither
    /// waits for the other.
    pub async fn take_during<T>(
        &mut self,
        wire: &mut Wire,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                // The work first: what a mark asks the log, it is to have by then.
                biased;
                done = &mut work => return done,
                heard = wire.next(), if self.has_room() && !wire.has_ended() => match heard {
                    Ok(heard) => {
                        self.take(heard).await?;
                        self.take_already(wire).await?;
                    }
                    Err(error) => wire.end(error),
                },
            }
        }
    }

    /// What was taken in and is to be put into the log next.
    pub fn give(&mut self) -> Batch {
        let (entries, bytes) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.bytes));
        Batch { entries, bytes, read: self.read, reshaped: self.reshaped.take() }
    }

    /// A batch was put into the log, and then things stood like this.
    pub fn logged(&mut self, batch: &Batch, look: &Look) {
        self.unflushed.put(batch.read, look);
    }

    /// Looks how things stand, without putting anything into the log.
    pub async fn look_around(&mut self, lead: &Lead) -> Result<Look> {
        let look = log::look_around(self.client, Some(lead.epoch)).await?;
        self.unflushed.bound(&look);
        Ok(look)
    }

    /// Whether there is something to put into the log.
    pub fn has_something(&self) -> bool {
        !self.batch.is_empty()
    }

    /// Everything that was committed before this has been told.
    pub fn read(&self) -> Lsn {
        self.read
    }

    /// Acknowledges what is on disk: of the log, or because there was nothing to log.
    pub fn acknowledge(&mut self, wire: &Wire, look: &Look) {
        let mut sound = self.unflushed.settle(look);
        if self.unflushed.is_empty() && self.batch.is_empty() {
            sound = Some(self.read);
        }
        if let Some(sound) = sound {
            wire.acknowledge(sound);
        }
    }
}
