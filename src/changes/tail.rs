//! The newest end of the log in memory, so that whoever keeps up reads no table.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::{Entry, Lsn, Position};

/// How much of the log is kept in memory, in bytes.
const KEPT: usize = 16 << 20;

/// How many entries at most.
const KEPT_ENTRIES: usize = 20_000;

/// How far the stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The last entry of the log.
    pub last: Position,
    /// Everything that was committed before this is in the log, or is nobody's.
    pub read: Lsn,
    /// Whether this instance reads the stream.
    pub is_leading: bool,
}

/// The newest entries, as far as this instance reads the stream.
#[derive(Debug)]
pub struct Tail {
    kept: Mutex<Kept>,
    head: watch::Sender<Head>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Everything after this is here.
    after: Position,
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
}

impl Default for Tail {
    fn default() -> Self {
        Self { kept: Mutex::default(), head: watch::Sender::new(Head::default()) }
    }
}

impl Tail {
    /// Begins at the end of the log: this instance now reads the stream.
    pub fn begin(&self, last: Position, read: Lsn) {
        *self.lock() = Kept { after: last, ..Kept::default() };
        self.head.send_replace(Head { last, read, is_leading: true });
    }

    /// Forgets everything: another instance may be reading the stream by now.
    pub fn end(&self) {
        *self.lock() = Kept::default();
        self.head.send_modify(|head| head.is_leading = false);
    }

    /// Takes in what was just put into the log.
    pub fn extend(&self, entries: Vec<Arc<Entry>>, read: Lsn) {
        let last = {
            let mut kept = self.lock();
            kept.bytes += entries.iter().map(|entry| entry.size()).sum::<usize>();
            kept.entries.extend(entries);
            while kept.bytes > KEPT || kept.entries.len() > KEPT_ENTRIES {
                let Some(oldest) = kept.entries.pop_front() else { break };
                kept.bytes -= oldest.size();
                kept.after = oldest.position;
            }
            kept.entries.back().map_or(kept.after, |entry| entry.position)
        };
        self.head.send_modify(|head| {
            head.last = last;
            head.read = head.read.max(read);
        });
    }

    /// Up to so many entries after a position, and no further one once they have so many
    /// bytes; none if some of them are not here.
    pub fn after(
        &self,
        position: Position,
        (most, most_bytes): (usize, usize),
    ) -> Option<Vec<Arc<Entry>>> {
        if !self.head.borrow().is_leading {
            return None;
        }
        let kept = self.lock();
        (position >= kept.after).then(|| {
            let from = kept.entries.partition_point(|entry| entry.position <= position);
            let mut bytes = 0;
            let has_room = |entry: &&Arc<Entry>| {
                let has_room = bytes < most_bytes;
                bytes += entry.size();
                has_room
            };
            kept.entries.range(from..).take(most).take_while(has_room).cloned().collect()
        })
    }

    /// How far the stream is, now and whenever that changes.
    pub fn head(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::changes::Kind;
    use crate::moment::Moment;

    fn entry(lsn: u64, size: usize) -> Arc<Entry> {
        Arc::new(Entry {
            position: at(lsn),
            xid: 1,
            committed_at: Moment(0),
            shape: None,
            kind: Kind::Gap,
            backfill: None,
            message: Bytes::from(vec![0; size]),
        })
    }

    fn at(lsn: u64) -> Position {
        Position { lsn: Lsn(lsn), index: 0 }
    }

    fn lsns(entries: Option<Vec<Arc<Entry>>>) -> Option<Vec<u64>> {
        entries.map(|entries| entries.iter().map(|entry| entry.position.lsn.0).collect())
    }

    const ALL: (usize, usize) = (9, usize::MAX);

    #[test]
    fn what_comes_after_a_position_is_here_or_it_is_said_that_it_is_not() {
        let tail = Tail::default();
        assert_eq!(lsns(tail.after(at(9), ALL)), None, "it doesn't read the stream");
        tail.begin(at(5), Lsn(5));
        assert_eq!(lsns(tail.after(at(4), ALL)), None);
        assert_eq!(lsns(tail.after(at(5), ALL)), Some(vec![]));
        tail.extend(vec![entry(6, 1), entry(7, 1), entry(8, 1)], Lsn(9));
        assert_eq!(lsns(tail.after(at(5), (2, usize::MAX))), Some(vec![6, 7]));
        assert_eq!(lsns(tail.after(at(7), ALL)), Some(vec![8]));
        assert_eq!(*tail.head().borrow(), Head { last: at(8), read: Lsn(9), is_leading: true });
        tail.end();
        assert_eq!(lsns(tail.after(at(7), ALL)), None);
    }

    #[test]
    fn it_forgets_the_oldest_when_it_holds_too_much() {
        let tail = Tail::default();
        tail.begin(at(0), Lsn(0));
        tail.extend((1..=40).map(|lsn| entry(lsn, 1 << 20)).collect(), Lsn(40));
        assert_eq!(lsns(tail.after(at(20), ALL)), None);
        assert_eq!(lsns(tail.after(at(30), (9, 1))), Some(vec![31]));
        assert_eq!(lsns(tail.after(at(30), (9, 2 << 20))), Some(vec![31, 32]));
        assert!(tail.lock().bytes <= KEPT);
    }
}
