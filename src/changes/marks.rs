//! The rows of backfills, as they come by in the stream.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::sync::Arc;

use bytes::Bytes;
use tokio_postgres::Client;

use super::chunk::Chunk;
use super::pgoutput::{Relation, encode_relation};
use super::recent::Recent;
use super::{Entry, Lsn, Position, Shape, log};
use crate::error::{Error, Result};

/// What is needed to make entries of them.
pub struct Marks {
    recent: Recent,
    /// What the backfills sign with.
    keys: HashMap<i64, Vec<u8>>,
    /// How tables looked when they were read, by relation.
    shapes: HashMap<u32, Arc<Shape>>,
}

/// Rows that came by.
pub struct Read {
    pub backfill: i64,
    pub shape: Arc<Shape>,
    pub messages: Vec<Bytes>,
}

impl Marks {
    /// Begins with what comes from now on.
    pub async fn begin(client: &Client) -> Result<Self> {
        let recent = Recent::begin(client).await?;
        Ok(Self { recent, keys: HashMap::new(), shapes: HashMap::new() })
    }

    /// Takes note of what goes into the log.
    pub fn note(&mut self, entry: &Arc<Entry>) {
        self.recent.note(entry);
    }

    /// The rows that a transaction left in the stream, as they are at its commit;
    /// nothing if no backfill did.
    pub async fn read(
        &mut self,
        client: &Client,
        (commit, xid): (Lsn, u32),
        content: &[u8],
    ) -> Result<Option<Read>> {
        let Some(backfill) = Chunk::backfill(content) else { return Ok(None) };
        let key = self.key(client, backfill).await?;
        let Some(mut chunk) = key.and_then(|key| Chunk::read(content, key, xid)) else {
            tracing::warn!(backfill, xid, "left out rows in the stream that no backfill has read");
            return Ok(None);
        };
        let upto = Position { lsn: commit, index: 0 };
        let relation = chunk.relation.id;
        let changes = self.recent.unseen(client, relation, &chunk.snapshot, upto).await?;
        chunk.catch_up(&changes)?;
        let messages = chunk.messages().collect::<Result<_>>()?;
        let shape = self.shape(client, &chunk.relation).await?;
        Ok(Some(Read { backfill, shape, messages }))
    }

    async fn key(&mut self, client: &Client, backfill: i64) -> Result<Option<&[u8]>> {
        Ok(match self.keys.entry(backfill) {
            MapEntry::Occupied(known) => Some(known.into_mut()),
            MapEntry::Vacant(unknown) => {
                let sql = "select key from integratedb.backfills where id = $1";
                let row = client.query_opt(sql, &[/* id */ &backfill]).await?;
                row.map(|row| unknown.insert(row.get("key")).as_slice())
            }
        })
    }

    async fn shape(&mut self, client: &Client, relation: &Relation<'_>) -> Result<Arc<Shape>> {
        let known = self.shapes.get(&relation.id).filter(|shape| shape.relation == *relation);
        if let Some(shape) = known {
            return Ok(Arc::clone(shape));
        }
        let message = encode_relation(relation).map_err(Error::internal)?;
        let shape = log::keep_shape(client, &message).await?;
        self.shapes.insert(relation.id, Arc::clone(&shape));
        Ok(shape)
    }
}
