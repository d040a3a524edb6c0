//! What the one who reads the stream does now and then: forget what is too old, and look
//! at what nobody validated.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use super::{Changes, log};
use crate::error::{Error, Result};

/// How often the log is looked through for what is too old, and the publications and the
/// claims for what nobody validated.
pub const EVERY: Duration = Duration::from_secs(5);

/// How many times as long as looking through the claims takes nobody looks again.
const PAUSE: u32 = 20;

/// When what is to be done next.
#[derive(Debug)]
pub struct Chores {
    next: Instant,
    /// For claims that became unmet.
    claims: Instant,
}

impl Chores {
    /// Begins in a while.
    pub fn begin() -> Self {
        let now = Instant::now();
        Self { next: now + EVERY, claims: now }
    }

    /// Does what is due.
    pub async fn run(&mut self, changes: &Changes, client: &Client) -> Result<()> {
        if Instant::now() < self.next {
            return Ok(());
        }
        let what = "somebody holds a part of the log that is to be emptied";
        if let Some(emptied @ 1..) =
            unless_held(log::expire(client, changes.retention()).await, what)?
        {
            tracing::info!(emptied, "forgot changes that were too old");
        }
        // A table that lost its key would fail to be updated while it is published.
        client.execute("select * from integratedb.follow_publications()", &[]).await?;
        if self.claims <= Instant::now() {
            let began = Instant::now();
            let noticed = client.execute("select integratedb.notice_unmet()", &[]).await;
            unless_held(noticed.map_err(Error::from), "claims are being changed")?;
            self.claims = Instant::now() + began.elapsed() * PAUSE;
        }
        self.next = Instant::now() + EVERY;
        Ok(())
    }
}

/// What can be done later waits for nobody: a backup, say, reads the log for as long as
/// it takes, and meanwhile the log may become larger than it should.
pub fn unless_held<T>(done: Result<T>, what: &str) -> Result<Option<T>> {
    match done {
        Err(Error::Busy(_)) => {
            tracing::warn!("{what}; trying later");
            Ok(None)
        }
        other => other.map(Some),
    }
}
