//! The events that have not arrived yet: as many as fit into the batch that is on its
//! way and the next.

use std::collections::VecDeque;
use std::pin::pin;

use tokio::sync::mpsc;

use crate::changes::Position;
use crate::notifications::Outgoing;

/// A batch has no more events, and no further event once it has so many bytes: what a
/// Redis takes in within a few milliseconds, and is worth the way there and back.
const MOST_EVENTS: usize = 512;
const MOST_BYTES: usize = 1 << 20;

pub(super) struct Queue {
    events: mpsc::Receiver<Outgoing>,
    waiting: VecDeque<Outgoing>,
    bytes: usize,
}

impl Queue {
    pub fn of(events: mpsc::Receiver<Outgoing>) -> Self {
        Self { events, waiting: VecDeque::new(), bytes: 0 }
    }

    /// Waits until there is an event; false if there will be none.
    pub async fn has_more(&mut self) -> bool {
        if self.waiting.is_empty()
            && let Some(event) = self.events.recv().await
        {
            self.push(event);
        }
        self.take_what_is_there();
        !self.waiting.is_empty()
    }

    /// Whether nothing more is coming beside what has come already.
    pub fn is_ended(&self) -> bool {
        self.events.is_closed()
    }

    /// The events of the next batch.
    pub fn front(&self) -> impl Iterator<Item = &Outgoing> {
        let mut bytes = 0;
        self.waiting.iter().take(MOST_EVENTS).take_while(move |event| {
            let has_room = bytes < MOST_BYTES;
            bytes += event.body.len();
            has_room
        })
    }

    /// Removes the first events; answers the position of the last of them.
    pub fn remove(&mut self, count: usize) -> Option<Position> {
        let removed = self.waiting.drain(..count);
        let upto = removed.fold(None, |_, event| {
            self.bytes -= event.body.len();
            Some(event.position)
        });
        self.take_what_is_there();
        upto
    }

    /// Does some work and takes in events meanwhile.
    pub async fn fill_during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        while self.has_room() {
            tokio::select! {
                biased;
                done = &mut work => return done,
                event = self.events.recv() => match event {
                    Some(event) => self.push(event),
                    None => break,
                },
            }
            self.take_what_is_there();
        }
        work.await
    }

    fn has_room(&self) -> bool {
        self.waiting.len() < 2 * MOST_EVENTS && self.bytes < 2 * MOST_BYTES
    }

    fn push(&mut self, event: Outgoing) {
        self.bytes += event.body.len();
        self.waiting.push_back(event);
    }

    fn take_what_is_there(&mut self) {
        while self.has_room()
            && let Ok(event) = self.events.try_recv()
        {
            self.push(event);
        }
    }
}
