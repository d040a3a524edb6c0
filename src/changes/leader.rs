//! The story of the one instance that reads the stream, and of how another takes over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::MissedTickBehavior;
use tokio_postgres::Client;

use super::chores::{self, Chores, unless_held};
use super::log::{self, Lead, Look};
use super::obstacle::Obstacles;
use super::reader::Reader;
use super::slot::{self, Slot};
use super::wire::{self, Wire};
use super::{Changes, Entry, Lsn, Position, session};
use crate::db::connection;
use crate::error::{Result, chain};

/// How often the leader looks how things stand, and others whether it is gone.
const BEAT: Duration = Duration::from_millis(200);

/// After how many vain tries another instance looks who it is that holds the lock: ten seconds.
const TRIES: u32 = 25;

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
    let patience = ExponentialBuilder::new()
        .with_min_delay(BEAT / 2)
        .with_max_delay(BEAT * 5)
        .without_max_times();
    let mut delays = patience.build();
    let mut obstacles = Obstacles::new(changes.limits.patience);
    loop {
        let began = Instant::now();
        // A term is more than should lie on a stack.
        let term = Box::pin(term(changes, &mut audience, &mut obstacles)).await;
        changes.tail.end();
        audience.resign();
        if let Err(error) = term {
            if let Some(obstacle) = wire::obstacle(&error) {
                obstacles.meet(obstacle, Instant::now());
            }
            let (server, error) = (connection::place(changes.url()), chain(&error));
            tracing::warn!(server, error, "stopped reading the stream of changes; trying again");
        }
        if began.elapsed() > chores::EVERY {
            delays = patience.build();
        }
        tokio::time::sleep(delays.next().unwrap_or(BEAT)).await;
    }
}

/// One term: from when no other instance reads the stream to when something fails.
async fn term(
    changes: &Changes,
    audience: &mut (impl Audience + Send),
    obstacles: &mut Obstacles,
) -> Result<()> {
    let client = session::open(changes.url(), changes.limits.silence).await?;
    await_turn(&client).await?;
    let mut lead = log::lead(&client).await?;
    let slot = slot::name(&client).await?;
    tracing::info!(epoch = lead.epoch, "reading the stream of changes");
    loop {
        let look = log::look_around(&client, Some(lead.epoch)).await?;
        heed(&client, &lead, audience, look).await?;
        if session::is_wanted(&client).await? {
            let read = ensure_slot(changes, &client, &mut lead, &slot, audience, obstacles).await?;
            obstacles.begin(read);
            changes.tail.begin(lead.last, read);
            follow(changes, &client, &mut lead, &slot, audience).await?;
            changes.tail.end();
        } else if log::forget_slot(&client, look.revision).await? {
            // A slot that nobody needs would keep Postgres's log for ever.
            slot::remove(&client, &slot).await?;
            idle(changes, &client, &lead, look.revision).await?;
        }
    }
}

/// Lets the audience take note, however long that takes it, and goes on showing a sign of
/// life meanwhile.
async fn heed(
    client: &Client,
    lead: &Lead,
    audience: &mut (impl Audience + Send),
    look: Look,
) -> Result<()> {
    let heeded = audience.heed(look, lead.epoch);
    tokio::pin!(heeded);
    loop {
        tokio::select! {
            done = &mut heeded => return done,
            () = tokio::time::sleep(BEAT) => {
                log::look_around(client, Some(lead.epoch)).await?;
            }
        }
    }
}

/// Waits until no other instance leads, and lets nobody else pass for one.
async fn await_turn(client: &Client) -> Result<()> {
    let mut tries = 0;
    while !session::try_lock(client).await? {
        if tries % TRIES == 0 && session::claim_back(client).await? {
            break;
        }
        tries += 1;
        tokio::time::sleep(BEAT * 2).await;
    }
    Ok(())
}

/// Waits until channels change.
async fn idle(changes: &Changes, client: &Client, lead: &Lead, revision: i64) -> Result<()> {
    while log::look_around(client, Some(lead.epoch)).await?.revision == revision {
        changes.beat(BEAT).await;
    }
    Ok(())
}

/// Makes sure that there is a slot and that nobody reads it; makes one if there is
/// none, or what there was is lost or can't be got past, which the log then says. Answers
/// up to where everything has been told.
async fn ensure_slot(
    changes: &Changes,
    client: &Client,
    lead: &mut Lead,
    name: &str,
    audience: &mut (impl Audience + Send),
    obstacles: &Obstacles,
) -> Result<Lsn> {
    let row = client.query_one("select slot_lsn, read_lsn from integratedb.stream", &[]).await?;
    let (begun, logged): (Option<Lsn>, Option<Lsn>) = (row.get("slot_lsn"), row.get("read_lsn"));
    let why = match slot::look(client, name).await? {
        Slot::Sound { reader, confirmed } if begun.is_some() => {
            // After a crash Postgres may have forgotten what was acknowledged last.
            let read = logged.map_or(confirmed, |logged| logged.max(confirmed));
            let Some(why) = obstacles.give_up(read, Instant::now()) else {
                if reader.is_some() {
                    slot::end_reader(client, name).await?;
                }
                log_gap(client, lead).await?;
                return Ok(read);
            };
            why
        }
        Slot::Lost => "the replication slot was invalidated".to_owned(),
        _ => "the replication slot was gone".to_owned(),
    };
    client.execute("select integratedb.lose_slot($1)", &[/* why */ &why]).await?;
    slot::remove(client, name).await?;
    let from = create_slot(changes, client, lead, name, audience).await?;
    let sql = "select integratedb.begin_slot($1)";
    let begins_anew: bool = client.query_one(sql, &[/* from_lsn */ &from]).await?.get(0);
    if begins_anew {
        tracing::error!("the log was ahead of this server, and begins anew");
        *lead = log::lead(client).await?;
        changes.tail.end();
        let look = log::look_around(client, Some(lead.epoch)).await?;
        heed(client, lead, audience, look).await?;
    }
    log_gap(client, lead).await?;
    Ok(from)
}

/// Puts into the log that changes were lost before the slot began, if so and it
/// doesn't say it yet: a crash may have come between.
async fn log_gap(client: &Client, lead: &mut Lead) -> Result<()> {
    let sql = "select slot_lsn, gap_from, gap_reason from integratedb.stream
               where gap_from is not null";
    let Some(row) = client.query_opt(sql, &[]).await? else { return Ok(()) };
    let (since, from): (Lsn, Lsn) = (row.get("gap_from"), row.get("slot_lsn"));
    let position = Position::before(from);
    if lead.last < position {
        let reason = row.get::<_, Option<&str>>("gap_reason").unwrap_or("it is not known why");
        tracing::error!(%since, %from, reason, "changes were lost");
        let gap = Entry::gap(position, format!("{since} {reason}"));
        log::append(client, lead, from, &[Arc::new(gap)]).await?;
        lead.last = position;
    }
    let sql = "update integratedb.stream set gap_from = null, gap_reason = null";
    client.execute(sql, &[]).await?;
    Ok(())
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
                heed(client, lead, audience, look).await?;
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
    let read = changes.tail.head().borrow().read;
    let mut wire = Wire::open(changes.url(), slot, read, changes.limits.largest).await?;
    let mut reader = Reader::begin(client, lead.last, read).await?;
    let mut chores = Chores::begin();
    // Since when somebody reads what is to be emptied.
    let mut held_at: Option<Instant> = None;
    let mut revision = None;
    // It goes on beating while the stream says what is nobody's.
    let mut beats = tokio::time::interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut is_beat = false;
        if !reader.has_something() {
            tokio::select! {
                heard = wire.next() => reader.take(heard?).await?,
                _ = beats.tick() => is_beat = true,
                () = changes.stirred.notified() => is_beat = true,
            }
        }
        reader.take_already(&mut wire).await?;
        if !is_beat && !reader.has_something() {
            // Nothing for the log, but everybody may know how far the stream is.
            changes.tail.extend(Vec::new(), reader.read());
            continue;
        }
        let batch = reader.give();
        let mut look = if batch.entries.is_empty() {
            reader.look_around(lead).await?
        } else {
            let append = log::append(client, lead, batch.read, &batch.entries);
            let look = reader.take_during(&mut wire, append).await?;
            lead.bytes += i64::try_from(batch.bytes).unwrap_or(i64::MAX);
            reader.logged(&batch, &look);
            look
        };
        if let Some(xid) = batch.reshaped {
            session::until_visible(client, xid).await?;
            look = reader.look_around(lead).await?;
            look.is_reshaped = true;
        }
        heed(client, lead, audience, look).await?;
        changes.heeded.send_modify(|times| *times += 1);
        if let Some(newest) = batch.entries.last() {
            lead.last = newest.position;
        }
        changes.tail.extend(batch.entries, batch.read);
        reader.acknowledge(&wire, &look);
        let is_full = lead.bytes > changes.segment_bytes();
        if is_full && held_at.is_none_or(|since| since.elapsed() > chores::EVERY) {
            let what = "somebody holds the part of the log that is to be emptied";
            held_at =
                unless_held(log::rotate(client, lead).await, what)?.is_none().then(Instant::now);
        }
        chores.run(changes, client).await?;
        if revision.replace(look.revision) != Some(look.revision)
            && !session::is_wanted(client).await?
        {
            return Ok(());
        }
    }
}
