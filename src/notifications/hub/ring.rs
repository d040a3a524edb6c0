//! The newest events of a channel, as many as fit, each with a number.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::{Cut, Outgoing};
use crate::changes::Position;

/// The most events of a ring.
pub const EVENTS: usize = 1024;

/// The most bytes of their bodies, but one event fits always.
pub const BYTES: usize = 4 << 20;

/// Numbered events; the oldest leave when there are too many.
#[derive(Debug)]
pub struct Ring {
    events: VecDeque<Arc<Outgoing>>,
    /// The number of the oldest.
    first: u64,
    bytes: usize,
    /// Everything after this position is here.
    after: Position,
    pub newest: Position,
    /// Why there will be no more events.
    pub ended: Option<Cut>,
}

impl Ring {
    /// An empty ring that will have everything after this position.
    pub fn new(after: Position) -> Self {
        Self { events: VecDeque::new(), first: 0, bytes: 0, after, newest: after, ended: None }
    }

    /// The numbers of the events that will have to leave for this one.
    pub fn leaving(&self, event: &Outgoing) -> Range<u64> {
        let (mut count, mut bytes) = (self.events.len(), self.bytes + event.body.len());
        let mut end = self.first;
        for oldest in &self.events {
            if count < EVENTS && bytes <= BYTES {
                break;
            }
            count -= 1;
            bytes -= oldest.body.len();
            end += 1;
        }
        self.first..end
    }

    /// Adds an event.
    pub fn push(&mut self, event: Arc<Outgoing>) {
        for _ in self.leaving(&event) {
            if let Some(oldest) = self.events.pop_front() {
                self.first += 1;
                self.bytes -= oldest.body.len();
                self.after = self.after.max(oldest.position);
            }
        }
        self.bytes += event.body.len();
        self.newest = self.newest.max(event.position);
        self.events.push_back(event);
    }

    /// Lets all events leave.
    pub fn clear(&mut self) {
        self.first += self.events.len() as u64;
        self.events.clear();
        self.bytes = 0;
        self.after = self.newest;
    }

    /// The number of the first event after a position; `None` if some have left.
    pub fn number_after(&self, position: Position) -> Option<u64> {
        let index = self.events.partition_point(|event| event.position <= position);
        (position >= self.after).then_some(self.first + index as u64)
    }

    /// The events from this number on; `None` if some have left.
    pub fn from(&self, number: u64) -> Option<impl Iterator<Item = &Arc<Outgoing>>> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        Some(self.events.range(index.min(self.events.len())..))
    }
}
