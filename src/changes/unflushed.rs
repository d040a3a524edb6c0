//! What is in the log, but perhaps not on disk yet: until it is, Postgres must not
//! forget the changes it was made of.

use std::collections::VecDeque;

use super::Lsn;
use super::log::Look;

/// What was put into the log, the oldest first.
#[derive(Debug)]
pub struct Unflushed(VecDeque<Batch>);

#[derive(Debug)]
struct Batch {
    /// What may be acknowledged once it is on disk.
    read: Lsn,
    /// It is when Postgres's log is on disk up to here; none: not known yet.
    until: Option<Lsn>,
}

impl Unflushed {
    /// The log has everything up to here, of which nobody knows when it was written.
    pub fn of(read: Lsn) -> Self {
        Self(VecDeque::from([Batch { read, until: None }]))
    }

    /// Everything up to here was put into the log, by a transaction that looked around
    /// before its end: so the look says nothing of itself, only of those before it.
    pub fn put(&mut self, read: Lsn, look: &Look) {
        self.bound(look);
        self.0.push_back(Batch { read, until: None });
    }

    /// What was committed before somebody looked is on disk as soon as all is that
    /// was written then.
    pub fn bound(&mut self, look: &Look) {
        for batch in self.0.iter_mut().rev() {
            if batch.until.is_some() {
                break;
            }
            batch.until = Some(look.inserted);
        }
    }

    /// Forgets what is on disk by now; answers up to where that is, if it is anything.
    pub fn settle(&mut self, look: &Look) -> Option<Lsn> {
        let mut sound = None;
        while let Some(Batch { read, until: Some(until) }) = self.0.front()
            && *until <= look.flushed
        {
            sound = Some(*read);
            self.0.pop_front();
        }
        sound
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(inserted: u64, flushed: u64) -> Look {
        Look {
            passed: 0,
            revision: 0,
            inserted: Lsn(inserted),
            flushed: Lsn(flushed),
            is_reshaped: false,
        }
    }

    #[test]
    fn a_batch_is_sound_when_all_is_on_disk_that_was_written_after_it() {
        let mut unflushed = Unflushed::of(Lsn(0));
        assert_eq!(unflushed.settle(&look(10, 10)), None, "nobody knows");
        unflushed.put(Lsn(1), &look(10, 10));
        assert_eq!(
            unflushed.settle(&look(10, 10)),
            Some(Lsn(0)),
            "its commit is written after the look"
        );
        unflushed.bound(&look(12, 10));
        assert_eq!(unflushed.settle(&look(12, 11)), None);
        assert_eq!(unflushed.settle(&look(12, 12)), Some(Lsn(1)));
        assert!(unflushed.is_empty());
    }

    #[test]
    fn the_next_batch_bounds_the_one_before() {
        let mut unflushed = Unflushed::of(Lsn(1));
        unflushed.put(Lsn(2), &look(20, 10));
        assert_eq!(unflushed.settle(&look(30, 30)), Some(Lsn(1)));
        assert!(!unflushed.is_empty());
        unflushed.bound(&look(30, 30));
        assert_eq!(unflushed.settle(&look(30, 30)), Some(Lsn(2)));
    }
}
