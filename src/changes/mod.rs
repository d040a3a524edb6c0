//! One ordered stream of changes out of logical replication, kept in a log that
//! everybody is told from.
//!
//! One instance reads it at a time: [`leader`] tells how that comes about. What the
//! stream says goes through the [`Reader`] into the [`log`], and from there to
//! whoever follows a [`Feed`].

pub mod alert;
mod chores;
mod chunk;
mod entry;
mod feed;
pub mod leader;
pub mod log;
mod marks;
mod news;
mod obstacle;
pub mod pgoutput;
mod position;
mod reader;
mod recent;
mod session;
mod slot;
mod snapshot;
mod tail;
mod unflushed;
pub mod value;
mod wire;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Notify, watch};

pub use chunk::{Chunk, fields};
pub use entry::{Entry, Kind, Shape};
pub use feed::{Feed, Next};
pub use position::{Lsn, Position};
pub use reader::Reader;
pub use snapshot::Snapshot;
pub use tail::{Head, Tail};
pub use wire::{Heard, Wire};

/// How long and how large the log may become.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    pub age: Duration,
    /// In bytes, without indexes.
    pub bytes: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { age: Duration::from_hours(72), bytes: 4 << 30 }
    }
}

/// What is taken in of the stream.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How large a change, or a message that somebody left in the stream, may be: its
    /// bytes as Postgres tells it, a row old and new. Memory takes a multiple of it.
    pub largest: usize,
    /// How long a place is tried that Postgres can't decode, before it is given up.
    pub patience: Duration,
    /// How long an instance that reads the stream may show no sign of life. Then it
    /// hangs, and another one takes over.
    pub silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            largest: 64 << 20,
            patience: Duration::from_mins(1),
            silence: Duration::from_secs(3),
        }
    }
}

/// What stands around a message in the stream, in bytes at most.
const AROUND: usize = 1 << 10;

/// The partitions of the log.
const SEGMENTS: u64 = 8;

/// What an instance knows of the stream.
pub struct Changes {
    pub tail: Tail,
    pub shapes: log::Shapes,
    url: SecretString,
    retention: Retention,
    limits: Limits,
    stirred: Notify,
    news: news::News,
    /// How often the audience has taken note of how things stand.
    heeded: watch::Sender<u64>,
}

impl Changes {
    /// Knows nothing yet. The URL is where the stream comes from.
    pub fn new(url: SecretString, retention: Retention, limits: Limits) -> Self {
        Self {
            tail: Tail::default(),
            shapes: log::Shapes::default(),
            url,
            retention,
            limits,
            stirred: Notify::new(),
            news: news::News::default(),
            heeded: watch::Sender::default(),
        }
    }

    /// Lets the leader look at once, if it is here.
    pub fn stir(&self) {
        self.stirred.notify_one();
    }

    /// Lets the leader look at once, and waits until it has taken note of what was just
    /// committed, so that whoever changed what may be told can rely on it; for a second at
    /// most, and only where this instance leads. Another one takes note by its next beat.
    pub async fn until_heeded(&self) {
        self.stir();
        if !self.tail.head().borrow().is_leading {
            return;
        }
        let mut heeded = self.heeded.subscribe();
        // The next time it may have looked before.
        let wanted = *heeded.borrow() + 2;
        let taken_note = async {
            while *heeded.borrow_and_update() < wanted {
                self.stir();
                if heeded.changed().await.is_err() {
                    return;
                }
            }
        };
        drop(tokio::time::timeout(Duration::from_secs(1), taken_note).await);
    }

    /// Waits for a while, or until somebody stirs.
    async fn beat(&self, most: Duration) {
        tokio::select! {
            () = tokio::time::sleep(most) => {}
            () = self.stirred.notified() => {}
        }
    }

    /// Where the stream comes from.
    pub fn url(&self) -> &str {
        self.url.expose_secret()
    }

    /// How many bytes may be left in the stream at once: what stands around them there
    /// counts as well.
    pub fn largest_left(&self) -> usize {
        self.limits.largest - AROUND
    }

    fn retention(&self) -> Duration {
        self.retention.age
    }

    /// How large a partition becomes. The oldest is emptied before it is written
    /// again, so all but one are full at most.
    fn segment_bytes(&self) -> i64 {
        i64::try_from(self.retention.bytes / SEGMENTS).unwrap_or(i64::MAX)
    }
}
