//! A place in the stream that nobody gets past, and when it is given up.
//!
//! Postgres would say the same for ever, keep its log for it, and nobody would hear of
//! anything any more. So the slot is made anew behind such a place, and everybody is
//! told of a gap.

use std::time::{Duration, Instant};

use super::Lsn;

/// What is in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A change, or a message that somebody left in the log, takes more bytes than this
    /// program takes in.
    TooLarge { bytes: usize },
    /// Postgres fails to say what comes next, for this reason. It may be a passing one.
    Undecodable(String),
}

/// Whether the stream gets on.
#[derive(Debug)]
pub struct Obstacles {
    /// How long the same place is tried.
    patience: Duration,
    /// What had been read when the stream was last begun.
    begun: Lsn,
    /// What has been in the way since then, and for how long.
    met: Option<(Obstacle, Instant)>,
}

impl Obstacles {
    /// Nothing was in the way yet.
    pub fn new(patience: Duration) -> Self {
        Self { patience, begun: Lsn(0), met: None }
    }

    /// The stream begins behind this; if it didn't the last time, it has got on.
    pub fn begin(&mut self, read: Lsn) {
        if self.begun != read {
            self.begun = read;
            self.met = None;
        }
    }

    /// This was in the way.
    pub fn meet(&mut self, obstacle: Obstacle, now: Instant) {
        let since = self.met.take().map_or(now, |(_, since)| since);
        self.met = Some((obstacle, since));
    }

    /// Why the place behind this is given up, if it is.
    pub fn give_up(&self, read: Lsn, now: Instant) -> Option<String> {
        let (obstacle, since) = self.met.as_ref().filter(|_| self.begun == read)?;
        match obstacle {
            Obstacle::TooLarge { bytes } => Some(format!(
                "a change or message of {bytes} bytes is larger than CHANGES_LARGEST_MB"
            )),
            Obstacle::Undecodable(why) => (now.duration_since(*since) >= self.patience)
                .then(|| format!("Postgres can't decode what comes next: {why}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn undecodable() -> Obstacle {
        Obstacle::Undecodable("invalid memory alloc request size".to_owned())
    }

    #[test]
    fn what_may_pass_is_tried_for_a_while_and_what_is_too_large_is_not() {
        let (mut obstacles, now) = (Obstacles::new(SECOND * 10), Instant::now());
        obstacles.begin(Lsn(5));
        assert_eq!(obstacles.give_up(Lsn(5), now), None);
        obstacles.meet(undecodable(), now);
        obstacles.begin(Lsn(5));
        obstacles.meet(undecodable(), now + SECOND * 9);
        assert_eq!(obstacles.give_up(Lsn(5), now + SECOND * 9), None);
        let why = obstacles.give_up(Lsn(5), now + SECOND * 10).unwrap();
        assert_eq!(why, "Postgres can't decode what comes next: invalid memory alloc request size");
        obstacles.meet(Obstacle::TooLarge { bytes: 70 }, now);
        let why = obstacles.give_up(Lsn(5), now).unwrap();
        assert_eq!(why, "a change or message of 70 bytes is larger than CHANGES_LARGEST_MB");
    }

    #[test]
    fn a_stream_that_gets_on_is_not_given_up() {
        let (mut obstacles, now) = (Obstacles::new(SECOND), Instant::now());
        obstacles.begin(Lsn(5));
        obstacles.meet(undecodable(), now);
        // Another instance got on, meanwhile.
        assert_eq!(obstacles.give_up(Lsn(6), now + SECOND), None);
        obstacles.begin(Lsn(6));
        obstacles.meet(undecodable(), now + SECOND);
        assert_eq!(obstacles.give_up(Lsn(6), now + SECOND), None);
    }
}
