//! The story of the one instance that reads the stream, and of how another takes over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio_postgres::Client;

use super::log::{self, Lead, Look};
use super::reader::Reader;
use super::slot::{self, Slot};
use super::wire::Wire;
use super::{Changes, Entry, Kind, Lsn, Moment, Position, session};
use crate::error::Result;

/// How often the leader looks how things stand, and others whether it is gone.
const BEAT: Duration = Duration::from_millis(200);

/// How often the log is looked through for what is too old, and the publications for
/// what nobody validated.
const CHORES: Duration = Duration::from_secs(5);

/// Those whom the leader tells how things stand.
pub trait Audience {
    /// Takes note of how things stand, and under which epoch this instance leads. Done
    /// before anything is told that the stream said by then.
    fn heed(&mut self, look: Look, epoch: i64) -> impl Future<Output = Result<()>> + Send;

    /// Another instance may be leading by now.
    fn resign(&mut self);
}

/// Reads the stream whenever no other instance does, for as long as it is polled.
pub async fn run(changes: &Changes, mut audience: impl Audience + Send) {
    loop {
        let term = term(changes, &mut audience).await;
        changes.tail.end();
        audience.resign();
        if let Err(error) = term {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "stopped reading the stream of changes; trying again");
        }
        tokio::time::sleep(BEAT * 5).await;
    }
}

/// One term: from when no other instance reads the stream to when something fails.
async fn term(changes: &Changes, audience: &mut (impl Audience + Send)) -> Result<()> {
    let client = session::open(changes.url()).await?;
    while !session::try_lock(&client).await? {
        tokio::time::sleep(BEAT * 2).await;
    }
    let mut lead = log::lead(&client).await?;
    let slot = slot::name(&client).await?;
    tracing::info!(epoch = lead.epoch, "reading the stream of changes");
    loop {
        let look = log::look_around(&client, Some(lead.epoch)).await?;
        audience.heed(look, lead.epoch).await?;
        if session::is_wanted(&client).await? {
            let read = ensure_slot(changes, &client, &mut lead, &slot, audience).await?;
            changes.tail.begin(lead.last, read);
            follow(changes, &client, &mut lead, &slot, audience).await?;
            changes.tail.end();
        } else {
            // A slot that nobody needs would keep Postgres's log for ever.
            slot::remove(&client, &slot).await?;
            client
                .execute("update integratedb.stream set slot_lsn = null, gap_from = null", &[])
                .await?;
            idle(changes, &client, &lead, look.revision).await?;
        }
    }
}

/// Waits until channels change.
async fn idle(changes: &Changes, client: &Client, lead: &Lead, revision: i64) -> Result<()> {
    while log::look_around(client, Some(lead.epoch)).await?.revision == revision {
        changes.beat(BEAT).await;
    }
    Ok(())
}

/// Makes sure that there is a slot and that nobody reads it; makes one if there is
/// none or what there was is lost, which the log then says. Answers up to where
/// everything has been told.
async fn ensure_slot(
    changes: &Changes,
    client: &Client,
    lead: &mut Lead,
    name: &str,
    audience: &mut (impl Audience + Send),
) -> Result<Lsn> {
    let row = client.query_one("select slot_lsn, read_lsn from integratedb.stream", &[]).await?;
    let begun: Option<Lsn> = row.get("slot_lsn");
    let found = slot::look(client, name).await?;
    if let (Slot::Sound { reader, confirmed }, true) = (found, begun.is_some()) {
        if reader.is_some() {
            slot::end_reader(client, name).await?;
        }
        return Ok(confirmed);
    }
    let why = match found {
        Slot::Lost => "the replication slot was invalidated",
        _ => "the replication slot was gone",
    };
    client.execute("select integratedb.lose_slot($1)", &[/* why */ &why]).await?;
    slot::remove(client, name).await?;
    let from = create_slot(changes, client, lead, name, audience).await?;
    let gap = client
        .query_opt("select * from integratedb.begin_slot($1)", &[/* from_lsn */ &from])
        .await?;
    if let Some(gap) = gap {
        let (since, reason): (Lsn, Option<&str>) = (gap.get("gap_from"), gap.get("gap_reason"));
        tracing::error!(%since, %from, reason, "changes were lost");
        let gap = Entry {
            position: Position::before(from),
            xid: 0,
            committed_at: Moment::now(),
            shape: None,
            kind: Kind::Gap,
            backfill: None,
            message: Bytes::from(format!("{since} {}", reason.unwrap_or(why))),
        };
        lead.last = gap.position;
        log::append(client, lead, from, &[Arc::new(gap)]).await?;
    }
    Ok(from)
}

/// Makes the slot, which waits for every transaction that is writing now, and goes
/// on showing a sign of life meanwhile.
async fn create_slot(
    changes: &Changes,
    client: &Client,
    lead: &Lead,
    name: &str,
    audience: &mut (impl Audience + Send),
) -> Result<Lsn> {
    let maker = crate::db::connection::connect(changes.url()).await?;
    let made = slot::create(&maker, name);
    tokio::pin!(made);
    loop {
        tokio::select! {
            from = &mut made => return from,
            () = changes.beat(BEAT) => {
                let look = log::look_around(client, Some(lead.epoch)).await?;
                audience.heed(look, lead.epoch).await?;
            }
        }
    }
}

/// Reads the stream into the log until nobody is left to be told.
async fn follow(
    changes: &Changes,
    client: &Client,
    lead: &mut Lead,
    slot: &str,
    audience: &mut (impl Audience + Send),
) -> Result<()> {
    let mut wire = Wire::open(changes.url(), slot).await?;
    let read = changes.tail.head().borrow().read;
    let mut reader = Reader::new(client, lead.last, read);
    let mut chores = Instant::now();
    let mut revision = None;
    loop {
        let mut is_beat = false;
        tokio::select! {
            heard = wire.next() => reader.take(heard?).await?,
            () = changes.beat(BEAT) => is_beat = true,
        }
        while reader.has_room()
            && let Some(heard) = wire.already()
        {
            reader.take(heard?).await?;
        }
        if !is_beat && !reader.has_something() {
            // Nothing for the log, but everybody may know how far the stream is.
            changes.tail.extend(Vec::new(), reader.read());
            continue;
        }
        let (entries, look) = if reader.has_something() {
            reader.flush(lead).await?
        } else {
            (Vec::new(), log::look_around(client, Some(lead.epoch)).await?)
        };
        audience.heed(look, lead.epoch).await?;
        if let Some(newest) = entries.last() {
            lead.last = newest.position;
        }
        changes.tail.extend(entries, reader.read());
        reader.acknowledge(&wire, &look);
        if lead.bytes > changes.segment_bytes() {
            log::rotate(client, lead).await?;
        }
        if chores.elapsed() > CHORES {
            do_chores(changes, client).await?;
            chores = Instant::now();
        }
        if revision.replace(look.revision) != Some(look.revision)
            && !session::is_wanted(client).await?
        {
            return Ok(());
        }
    }
}

/// Forgets what is too old, and lets the publications follow what nobody validated:
/// a table that lost its key would fail to be updated while it is published.
async fn do_chores(changes: &Changes, client: &Client) -> Result<()> {
    let emptied = log::expire(client, changes.retention()).await?;
    if emptied > 0 {
        tracing::info!(emptied, "forgot changes that were too old");
    }
    client.execute("select * from integratedb.follow_publications()", &[]).await?;
    Ok(())
}
