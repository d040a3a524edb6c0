//! The log of changes in Postgres: calls of the functions in `sql/`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio_postgres::{Client, GenericClient, Row, Statement};

use super::{Entry, Kind, Lsn, Position, Shape};
use crate::error::{Error, Result};
use crate::moment::Moment;

/// Where the leader goes on.
pub struct Lead {
    pub epoch: i64,
    /// The last position in the log.
    pub last: Position,
    /// The partition that is being written.
    pub ring: i16,
    /// How large that is.
    pub bytes: i64,
    /// To be planned each time took longer than a small batch itself.
    append: Statement,
}

/// How things stand beside the stream.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// How often the fence was passed: what is claimed may be different since.
    pub passed: i64,
    /// How often channels have changed.
    pub revision: i64,
    /// How far Postgres's write-ahead log is written.
    pub inserted: Lsn,
    /// How far it is on disk.
    pub flushed: Lsn,
    /// Whether a table may look different, or be guarded differently, than before.
    pub is_reshaped: bool,
}

/// What was read of the log.
#[derive(Debug)]
pub struct Page {
    pub entries: Vec<Arc<Entry>>,
    /// The last of what is no longer in the log.
    pub floor: Position,
    /// How often the fence was passed.
    pub passed: i64,
}

/// How tables looked, by id, as far as somebody asked.
#[derive(Debug, Default)]
pub struct Shapes(Mutex<HashMap<i64, Arc<Shape>>>);

/// Takes the lead: whoever had it before can't write any more.
pub async fn lead(client: &Client) -> Result<Lead> {
    let row = client.query_one("select * from integratedb.lead_stream()", &[]).await?;
    let sql =
        "select * from integratedb.append_to_log($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    Ok(Lead {
        append: client.prepare(sql).await?,
        epoch: row.get("epoch"),
        last: position(&row, "lsn", "index"),
        ring: row.get("ring"),
        bytes: row.get("bytes"),
    })
}

/// Puts entries into the log, and how far the stream is read.
pub async fn append(
    client: &Client,
    lead: &Lead,
    read: Lsn,
    entries: &[Arc<Entry>],
) -> Result<Look> {
    fn each<'a, T>(entries: &'a [Arc<Entry>], of: impl Fn(&'a Entry) -> T) -> Vec<T> {
        entries.iter().map(|entry| of(entry)).collect()
    }
    let row = client
        .query_opt(
            &lead.append,
            &[
                /* of_epoch */ &lead.epoch,
                /* into_ring */ &lead.ring,
                /* read_up_to */ &read,
                /* lsns */ &each(entries, |entry| entry.position.lsn),
                /* indexes */ &each(entries, |entry| i64::from(entry.position.index)),
                /* xids */ &each(entries, |entry| i64::from(entry.xid)),
                /* moments */ &each(entries, |entry| entry.committed_at.0),
                /* shapes */
                &each(entries, |entry| entry.shape.as_ref().map(|shape| shape.id)),
                /* kinds */ &each(entries, |entry| entry.kind.letter()),
                /* backfills */ &each(entries, |entry| entry.backfill),
                /* messages */ &each(entries, |entry| entry.message.as_ref()),
            ],
        )
        .await?;
    look(row.as_ref())
}

/// Looks how things stand, as the leader (its epoch) or anybody else.
pub async fn look_around(client: &impl GenericClient, epoch: Option<i64>) -> Result<Look> {
    let sql = "select * from integratedb.look_at_stream($1)";
    look(client.query_opt(sql, &[/* of_epoch */ &epoch]).await?.as_ref())
}

fn look(row: Option<&Row>) -> Result<Look> {
    let row = row.ok_or(Error::Busy("Another instance reads the stream."))?;
    Ok(Look {
        passed: row.get("passed"),
        revision: row.get("revision"),
        inserted: row.get("inserted"),
        flushed: row.get("flushed"),
        is_reshaped: false,
    })
}

/// Forgets the replication slot, so that whoever adds a channel from now on waits for
/// another one; unless channels have changed since this revision.
pub async fn forget_slot(client: &Client, revision: i64) -> Result<bool> {
    let forgotten = client
        .execute(
            "update integratedb.stream
             set slot_lsn = null, gap_from = null, gap_reason = null where revision = $1",
            &[/* revision */ &revision],
        )
        .await?;
    Ok(forgotten == 1)
}

/// Goes on to the next partition, whose old entries are forgotten.
pub async fn rotate(client: &Client, lead: &mut Lead) -> Result<()> {
    lead.ring = client.query_one("select integratedb.rotate_log()", &[]).await?.get(0);
    lead.bytes = 0;
    Ok(())
}

/// Forgets what is too old; answers how many partitions that were.
pub async fn expire(client: &Client, older_than: Duration) -> Result<i32> {
    let seconds = older_than.as_secs_f64();
    let sql = "select integratedb.expire_log($1 * interval '1 second')";
    Ok(client.query_one(sql, &[/* seconds */ &seconds]).await?.get(0))
}

/// Keeps how a table looks; answers its shape.
pub async fn keep_shape(client: &Client, message: &[u8]) -> Result<Arc<Shape>> {
    let unresolved = Shape::of_message(message)?;
    let types: Vec<u32> = unresolved.columns.iter().map(|column| column.type_oid).collect();
    let row = client
        .query_one(
            "select id, base_types from integratedb.keep_shape($1, $2)",
            &[/* message */ &message, /* types */ &types],
        )
        .await?;
    Shape::read(row.get("id"), message, row.get("base_types")).map(Arc::new)
}

/// Reads what comes after a position, so many entries and bytes at most.
pub async fn read(
    client: &impl deadpool_postgres::GenericClient,
    shapes: &Shapes,
    after: Position,
    (most, bytes): (usize, usize),
) -> Result<Page> {
    let rows = client
        .query(
            &client.prepare_cached("select * from integratedb.read_log($1, $2, $3, $4)").await?,
            &[
                /* after_lsn */ &after.lsn,
                /* after_index */ &i64::from(after.index),
                /* most */ &i32::try_from(most).unwrap_or(i32::MAX),
                /* bytes */ &i64::try_from(bytes).unwrap_or(i64::MAX),
            ],
        )
        .await?;
    let first = rows.first().ok_or_else(|| Error::internal("the stream has no row"))?;
    let passed = first.get("passed");
    let mut floor = position(first, "floor_lsn", "floor_index");
    if first.get::<_, Option<Lsn>>("lsn").is_some() {
        // A partition that was emptied since the snapshot of these looks empty in it.
        let sql = "select floor_lsn, floor_index from integratedb.stream";
        floor = position(
            &client.query_one(&client.prepare_cached(sql).await?, &[]).await?,
            "floor_lsn",
            "floor_index",
        );
    }
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows.iter().filter(|row| row.get::<_, Option<Lsn>>("lsn").is_some()) {
        entries.push(Arc::new(entry(client, shapes, row).await?));
    }
    Ok(Page { entries, floor, passed })
}

/// The last position in the log.
pub async fn last(client: &impl deadpool_postgres::GenericClient) -> Result<Position> {
    let sql = "select lsn, index from integratedb.log order by lsn desc, index desc limit 1";
    let row = client.query_opt(&client.prepare_cached(sql).await?, &[]).await?;
    Ok(row.map(|row| position(&row, "lsn", "index")).unwrap_or_default())
}

/// Reads an entry out of a row that has the columns of the log.
pub async fn entry(
    client: &impl deadpool_postgres::GenericClient,
    shapes: &Shapes,
    row: &Row,
) -> Result<Entry> {
    let shape = match row.get::<_, Option<i64>>("shape_id") {
        Some(id) => Some(shapes.of(client, id).await?),
        None => None,
    };
    let kind = Kind::of_letter(row.get("kind"));
    Ok(Entry {
        position: position(row, "lsn", "index"),
        xid: u32::try_from(row.get::<_, i64>("xid")).map_err(Error::internal)?,
        committed_at: Moment(row.get("moment")),
        shape,
        kind: kind.ok_or_else(|| Error::internal("an entry in the log is of no kind"))?,
        backfill: row.get("backfill_id"),
        message: Bytes::copy_from_slice(row.get("message")),
    })
}

/// A position out of two columns.
pub fn position(row: &Row, lsn: &str, index: &str) -> Position {
    let number: i64 = row.get(index);
    Position { lsn: row.get(lsn), index: u32::try_from(number).unwrap_or(u32::MAX) }
}

impl Shapes {
    async fn of(
        &self,
        client: &impl deadpool_postgres::GenericClient,
        id: i64,
    ) -> Result<Arc<Shape>> {
        if let Some(shape) = self.lock().get(&id) {
            return Ok(Arc::clone(shape));
        }
        let sql = "select message, base_types from integratedb.log_shapes where id = $1";
        let row = client.query_one(sql, &[/* id */ &id]).await?;
        let shape = Arc::new(Shape::read(id, row.get("message"), row.get("base_types"))?);
        self.lock().insert(id, Arc::clone(&shape));
        Ok(shape)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<i64, Arc<Shape>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
