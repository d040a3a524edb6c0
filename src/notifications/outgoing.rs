//! What a channel works with: the events that are to leave, in order, and what it
//! reports of them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::changes::Position;

/// An event on its way to one channel: rendered, with nothing in it that its
/// stakeholder may not read.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Where it stands in the stream.
    pub position: Position,
    /// Its id, the key by which duplicates are recognised; mostly the position as text.
    pub id: Arc<str>,
    /// What it is about, such as `public.orders`.
    pub subject: Arc<str>,
    /// Events with the same one are of the same row, and have to arrive in order.
    /// [`Outgoing::BARRIER`] comes after everything before it, and before everything
    /// after it.
    pub order: u64,
    /// The whole event, as JSON.
    pub body: Arc<str>,
}

impl Outgoing {
    /// The order of what concerns several rows.
    pub const BARRIER: u64 = u64::MAX;
    /// That of alerts, which concern no row.
    pub const ALERT: u64 = u64::MAX - 1;
}

/// One channel's share of the stream.
pub struct Consumer {
    /// The events after the stored position. Ends when the channel is to stop: it is
    /// paused, changed, or another instance has taken over.
    pub events: mpsc::Receiver<Outgoing>,
    pub progress: Progress,
}

/// How far a channel is, as it reports it.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Mutex<State>>);

/// What a channel has reported since it started.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Everything up to here has left for good: it arrived, or is among the dead letters.
    pub delivered: Option<Position>,
    /// How many events have arrived.
    pub count: u64,
    /// The last thing that went wrong since something last went well.
    pub error: Option<String>,
    /// How many times in a row it went wrong.
    pub failures: u32,
    /// Whether that has lasted for so long that somebody should see to it.
    pub is_lasting: bool,
    /// Events that are to become dead letters: where they stand, how often they were
    /// tried, and what was the matter. They count as delivered once they are stored.
    pub dead: Vec<(Position, u32, String)>,
}

impl Progress {
    /// Everything up to this event has left for good, `count` events more than before.
    pub fn delivered(&self, upto: Position, count: u64) {
        let mut state = self.lock();
        state.delivered = state.delivered.max(Some(upto));
        state.count += count;
        if count > 0 {
            state.error = None;
            state.failures = 0;
            state.is_lasting = false;
        }
    }

    /// Something went wrong; it will be tried again.
    pub fn failed(&self, error: impl fmt::Display) {
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        state.error = Some(error.to_string());
    }

    /// It has gone wrong for so long that somebody should see to it.
    pub fn lasts(&self) {
        self.lock().is_lasting = true;
    }

    /// This event is given up after so many attempts. The caller reports it as
    /// delivered afterwards, in its turn; it is stored before that position is.
    pub fn bury(&self, event: Position, attempts: u32, error: impl fmt::Display) {
        self.lock().dead.push((event, attempts, error.to_string()));
    }

    /// Waits until the only event has left for good or failed, and says how it failed.
    pub async fn settled(&self) -> Result<(), String> {
        loop {
            {
                let state = self.lock();
                if let Some((_, _, error)) = state.dead.first() {
                    return Err(error.clone());
                }
                if let Some(error) = &state.error {
                    return Err(error.clone());
                }
                if state.delivered.is_some() {
                    return Ok(());
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What was reported so far.
    pub fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
