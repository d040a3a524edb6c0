//! What the engine itself leaves in the stream, as it comes by: the rows of backfills, and
//! alerts.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::sync::Arc;

use bytes::Bytes;
use tokio_postgres::Client;

use super::alert::{Alert, Place, verified};
use super::chunk::Chunk;
use super::pgoutput::{Relation, encode_relation};
use super::recent::Recent;
use super::{Entry, Kind, Lsn, Position, Shape, log};
use crate::error::{Error, Result};

/// What is needed to make entries of them.
pub struct Marks {
    recent: Recent,
    /// What the backfills sign with.
    keys: HashMap<i64, Vec<u8>>,
    /// What the engine signs alerts with, once somebody asked.
    alert_key: Option<Vec<u8>>,
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
        Ok(Self { recent, keys: HashMap::new(), alert_key: None, shapes: HashMap::new() })
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

    /// What goes into the log of an alert, if it is genuine and stands where it belongs.
    /// The batch is what goes into the log before it.
    pub async fn alert(
        &mut self,
        client: &Client,
        place: Place,
        content: &Bytes,
        batch: &[Arc<Entry>],
    ) -> Result<Option<Bytes>> {
        let key = match &mut self.alert_key {
            Some(key) => key,
            unknown => {
                let row = client.query_one("select key from integratedb.alert_key", &[]).await?;
                unknown.insert(row.get("key"))
            }
        };
        let mut genuine = verified(content, key, place);
        if let (Some(message), Place::Alone(lsn)) = (&genuine, place)
            && is_repeated(client, message, lsn, batch).await?
        {
            genuine = None;
        }
        if genuine.is_none() {
            tracing::warn!(?place, "left out an alert in the stream that isn't IntegrateDB's");
        }
        Ok(genuine)
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

/// Whether an alert of no transaction has come by before: then somebody repeats it, who
/// saw it in the stream.
async fn is_repeated(
    client: &Client,
    message: &[u8],
    before: Lsn,
    batch: &[Arc<Entry>],
) -> Result<bool> {
    let alert = Alert::read(message)?;
    let (after, nonce) = (alert.after(), alert.content.nonce.as_bytes());
    let is_it = |entry: &Arc<Entry>| {
        entry.kind == Kind::Alert && entry.message.windows(nonce.len()).any(|word| word == nonce)
    };
    if batch.iter().any(is_it) {
        return Ok(true);
    }
    let row = client
        .query_one(
            "select exists (
               select from integratedb.log l
               where l.lsn >= $1 and l.lsn < $2 and l.kind = 'A'
                 and pg_catalog.position(l.message, $3::bytea) > 0
             )",
            &[
                /* after */ &after,
                /* before */ &Position::of_message(before).lsn,
                /* nonce */ &nonce,
            ],
        )
        .await?;
    Ok(row.get(0))
}
