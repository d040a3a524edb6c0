//! What feeds a channel: the log on one side, the channel's queue on the other, and
//! how far it is kept in Postgres.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::store;
use crate::App;
use crate::changes::{Entry, Position};
use crate::error::Result;
use crate::notifications::store::Stored;
use crate::notifications::told::{Telling, Told};
use crate::notifications::{Outgoing, Progress, alerts};

/// How often it is kept how far a channel is.
const KEEP: Duration = Duration::from_millis(200);

/// The same where it only passed over what isn't its.
const KEEP_IDLE: Duration = Duration::from_secs(1);

/// Why a pump ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The channel is another's by now, was set back, or is gone.
    Changed,
    /// What sends the events ended.
    Sender,
}

/// Feeds one channel.
pub struct Pump {
    app: App,
    id: i64,
    turn: i64,
    epoch: i64,
    progress: Progress,
    told: Told,
    /// Read, and not yet sent on.
    queue: VecDeque<Telling>,
    /// Sent on, and not yet gone for good.
    outstanding: VecDeque<Arc<Entry>>,
    kept: Kept,
}

/// What Postgres knows.
struct Kept {
    position: Position,
    count: u64,
    failures: u32,
    error: Option<String>,
    at: Instant,
}

impl Pump {
    /// Begins after the channel's position, as it is now.
    pub async fn begin(app: &App, stored: &Stored, epoch: i64, progress: Progress) -> Result<Self> {
        let client = app.pool.get().await?;
        let position = store::position(&client, stored.id).await?.unwrap_or(stored.position);
        Ok(Self {
            app: app.clone(),
            id: stored.id,
            turn: stored.turn,
            epoch,
            progress,
            told: Told::after(app, stored.stakeholder, &stored.channel.name, position),
            queue: VecDeque::new(),
            outstanding: VecDeque::new(),
            kept: Kept { position, count: 0, failures: 0, error: None, at: Instant::now() },
        })
    }

    /// Feeds the channel until it is no longer this pump's.
    pub async fn run(&mut self, sender: mpsc::Sender<Outgoing>) -> Result<Ended> {
        let mut keep = tokio::time::interval(KEEP);
        keep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = keep.tick() => if !self.save().await? { return Ok(Ended::Changed) },
                permit = sender.reserve(), if !self.queue.is_empty() => {
                    let Ok(permit) = permit else { return Ok(Ended::Sender) };
                    if let Some((outgoing, entry)) = self.queue.pop_front() {
                        permit.send(outgoing);
                        self.outstanding.push_back(entry);
                    }
                }
                tellings = self.told.next(), if self.queue.is_empty() => self.queue.extend(tellings?),
            }
        }
    }

    /// Keeps in Postgres how far the channel is, and its dead letters before that.
    /// Answers whether the channel is still this pump's.
    pub async fn save(&mut self) -> Result<bool> {
        let mut state = self.progress.lock().clone();
        let dead = std::mem::take(&mut state.dead);
        if !dead.is_empty() {
            let client = self.app.pool.get().await?;
            store::bury(&client, self.id, &dead, &self.outstanding).await?;
            self.progress.lock().dead.drain(..dead.len());
        }
        if !dead.is_empty() || state.is_lasting && state.failures != self.kept.failures {
            let buried = dead.last().map(|(_, _, error)| error.as_str());
            let why = buried.or(state.error.as_deref()).unwrap_or_default();
            alerts::tell_death(&self.app.pool.get().await?, self.id, why).await?;
        }
        while self.outstanding.front().is_some_and(|entry| Some(entry.position) <= state.delivered)
        {
            self.outstanding.pop_front();
        }
        let is_through = self.outstanding.is_empty() && self.queue.is_empty();
        let position = match (is_through, state.delivered) {
            (true, _) => self.told.position(),
            (false, Some(delivered)) => delivered.max(self.kept.position),
            (false, None) => self.kept.position,
        };
        let said_something = state.count != self.kept.count
            || state.failures != self.kept.failures
            || state.error != self.kept.error;
        let moved_on = position != self.kept.position && self.kept.at.elapsed() > KEEP_IDLE;
        if !(said_something || moved_on) {
            return Ok(true);
        }
        let client = self.app.pool.get().await?;
        let count = state.count - self.kept.count;
        let failures = state.failures.saturating_sub(self.kept.failures);
        let report = store::Report { position, count, failures, error: state.error.as_deref() };
        let is_mine = store::keep(&client, (self.id, self.turn, self.epoch), &report).await?;
        self.kept = Kept {
            position,
            count: state.count,
            failures: state.failures,
            error: state.error,
            at: Instant::now(),
        };
        Ok(is_mine)
    }
}
