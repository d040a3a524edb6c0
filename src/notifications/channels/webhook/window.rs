//! The stretch of the stream that a webhook is at: which of its events may leave, in
//! which order, and up to where all have left.
//!
//! Pure: it is told what happened and when, and holds no connection.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Instant;

use crate::changes::Position;
use crate::notifications::Outgoing;

/// How many bytes of events are held before no more are taken.
const MOST_BYTES: usize = 8 << 20;
/// How far the first event that hasn't left may hold back what arrived after it.
/// Those are the ones that a restart repeats.
const MOST_ENTRIES: usize = 4096;
/// How many bytes of events go into a batch of several.
const MOST_BATCH_BYTES: usize = 1 << 20;

/// The number of an event in the window, in the order of the stream.
pub type Number = u64;

/// Events from the first that hasn't left for good to the last that was taken.
pub struct Window {
    entries: VecDeque<Entry>,
    /// The number of the first entry.
    base: Number,
    /// The last event that was taken, of each row that has any here.
    last: HashMap<u64, Number>,
    /// What may leave: the first of its row, not under way, not waiting.
    ready: BTreeSet<Number>,
    /// What may leave later: the first of its row, to be tried again.
    waiting: BTreeSet<(Instant, Number)>,
    /// One that concerns several rows, until all before it have left.
    aside: Option<Outgoing>,
    /// Whether such a one is here: until it has left, no more are taken.
    is_barred: bool,
    most_pending: usize,
    pending: usize,
    bytes: usize,
}

struct Entry {
    position: Position,
    order: u64,
    /// `None` once it has left for good.
    event: Option<Outgoing>,
    /// The next one of the same row.
    next: Option<Number>,
    /// All earlier ones of its row have left for good.
    is_first: bool,
    stand: Stand,
    tries: u32,
    /// Its tries, and the probes that carried it before its time.
    requests: u32,
    /// When it may be tried again.
    due: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Here,
    UnderWay,
    /// A probe carries it before its time.
    UnderWayEarly,
    Arrived,
    Buried,
}

impl Window {
    /// A window that takes no more events while so many haven't left.
    pub fn new(most_pending: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            base: 0,
            last: HashMap::new(),
            ready: BTreeSet::new(),
            waiting: BTreeSet::new(),
            aside: None,
            is_barred: false,
            most_pending,
            pending: 0,
            bytes: 0,
        }
    }

    /// Whether another event may be taken.
    pub fn has_room(&self) -> bool {
        !self.is_barred
            && self.pending < self.most_pending
            && self.bytes < MOST_BYTES
            && self.entries.len() < MOST_ENTRIES.max(self.most_pending)
    }

    /// Takes the next event of the stream, if there is room.
    pub fn push(&mut self, event: Outgoing) {
        self.is_barred = event.order == Outgoing::BARRIER;
        if self.is_barred && self.pending > 0 {
            self.aside = Some(event);
        } else {
            self.enter(event);
        }
    }

    fn enter(&mut self, event: Outgoing) {
        let number = self.base + self.entries.len() as u64;
        let before = self.last.insert(event.order, number);
        match before {
            Some(before) => self.entry(before).next = Some(number),
            None => {
                self.ready.insert(number);
            }
        }
        self.pending += 1;
        self.bytes += event.body.len();
        self.entries.push_back(Entry {
            position: event.position,
            order: event.order,
            event: Some(event),
            next: None,
            is_first: before.is_none(),
            stand: Stand::Here,
            tries: 0,
            requests: 0,
            due: None,
        });
    }

    /// Events that leave together now, in the order of the stream; none if nothing
    /// may. One that has failed before leaves alone, so that it can't take others with
    /// it again.
    pub fn take(&mut self, now: Instant, most: usize) -> Vec<Number> {
        while let Some(&(due, number)) = self.waiting.first()
            && due <= now
        {
            self.waiting.pop_first();
            self.ready.insert(number);
        }
        let Some(&first) = self.ready.first() else { return Vec::new() };
        let mut taken = vec![first];
        let mut bytes = self.leave(first);
        let most = if self.entry(first).requests > 1 { 1 } else { most };
        while taken.len() < most && bytes < MOST_BATCH_BYTES {
            let last = taken.last().copied().unwrap_or(first);
            // Behind one of the same row others of it may follow in the same batch.
            if let Some(next) = self.entry(last).next
                && self.entry(next).requests == 0
            {
                self.ready.insert(next);
            }
            let mut behind = self.ready.range(last..).copied();
            let Some(next) = behind.find(|&number| self.peek(number).requests == 0) else { break };
            bytes += self.leave(next);
            taken.push(next);
        }
        for &number in &taken {
            if let Some(next) = self.entry(number).next {
                self.ready.remove(&next);
            }
        }
        taken
    }

    /// The event that is best to ask a dead endpoint with: the one that was asked with
    /// the least often. So an event that it dies of is not the only one it gets to see.
    pub fn take_probe(&mut self, now: Instant) -> Option<Number> {
        let waiting = self.waiting.iter().map(|&(_, number)| number);
        let candidates = self.ready.iter().copied().chain(waiting);
        let number = candidates.min_by_key(|&number| (self.peek(number).requests, number))?;
        self.leave(number);
        if let Some(due) = self.entry(number).due {
            self.waiting.remove(&(due, number));
            if due > now {
                self.entry(number).stand = Stand::UnderWayEarly;
            }
        }
        Some(number)
    }

    /// What was taken.
    pub fn event(&self, number: Number) -> Option<&Outgoing> {
        self.peek(number).event.as_ref()
    }

    /// It arrived.
    pub fn arrived(&mut self, number: Number) {
        self.has_left(number, Stand::Arrived);
    }

    /// It is given up.
    pub fn buried(&mut self, number: Number) {
        self.has_left(number, Stand::Buried);
    }

    /// It didn't arrive, and that was one try more; says how many it has had. `None` if
    /// it wasn't its time, so that it doesn't count: it waits on.
    pub fn tried(&mut self, number: Number) -> Option<u32> {
        let entry = self.entry(number);
        if entry.stand == Stand::UnderWayEarly {
            let due = entry.due;
            self.again(number, due);
            return None;
        }
        entry.tries = entry.tries.saturating_add(1);
        Some(entry.tries)
    }

    /// It is to be tried again then, or as soon as possible.
    pub fn again(&mut self, number: Number, due: Option<Instant>) {
        let entry = self.entry(number);
        entry.stand = Stand::Here;
        entry.due = due;
        if entry.is_first {
            self.offer(number);
        }
    }

    /// Whatever waits need not wait any more.
    pub fn hurry(&mut self) {
        for (_, number) in std::mem::take(&mut self.waiting) {
            self.ready.insert(number);
        }
        for entry in &mut self.entries {
            entry.due = None;
        }
    }

    /// When the first that waits is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.waiting.first().map(|&(due, _)| due)
    }

    /// Whether nothing could be sent even if the endpoint were well.
    pub fn is_idle(&self) -> bool {
        self.ready.is_empty() && self.waiting.is_empty()
    }

    /// The last event before which all have left for good, this one included, and how
    /// many have arrived since this was asked. `None` if nothing has changed.
    pub fn mark(&mut self) -> Option<(Position, u64)> {
        let mut upto = None;
        let mut count = 0;
        while let Some(entry) = self.entries.pop_front_if(|entry| entry.event.is_none()) {
            upto = Some(entry.position);
            count += u64::from(entry.stand == Stand::Arrived);
            self.base += 1;
        }
        upto.map(|position| (position, count))
    }

    fn leave(&mut self, number: Number) -> usize {
        self.ready.remove(&number);
        let entry = self.entry(number);
        entry.stand = Stand::UnderWay;
        entry.requests = entry.requests.saturating_add(1);
        entry.event.as_ref().map_or(0, |event| event.body.len())
    }

    fn has_left(&mut self, number: Number, stand: Stand) {
        let entry = self.entry(number);
        let (event, next, order) = (entry.event.take(), entry.next, entry.order);
        entry.stand = stand;
        self.pending -= 1;
        self.bytes -= event.map_or(0, |event| event.body.len());
        match next {
            Some(next) => {
                self.entry(next).is_first = true;
                self.offer(next);
            }
            None => {
                self.last.remove(&order);
            }
        }
        if order == Outgoing::BARRIER {
            self.is_barred = false;
        }
        if self.pending == 0
            && let Some(event) = self.aside.take()
        {
            self.enter(event);
        }
    }

    /// Lets the first of a row leave, now or when it is due.
    fn offer(&mut self, number: Number) {
        let entry = self.peek(number);
        match entry.due {
            _ if entry.stand != Stand::Here => {}
            Some(due) => {
                self.waiting.insert((due, number));
            }
            None => {
                self.ready.insert(number);
            }
        }
    }

    fn peek(&self, number: Number) -> &Entry {
        &self.entries[place(number, self.base)]
    }

    fn entry(&mut self, number: Number) -> &mut Entry {
        &mut self.entries[place(number, self.base)]
    }
}

/// Numbers are only handed out for entries, and those stay until they have left.
fn place(number: Number, base: Number) -> usize {
    usize::try_from(number - base).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
