//! How fast a backfill goes: no more rows a second than was asked for, and never far
//! ahead of what the stream has told.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_postgres::Client;

use crate::changes::{Head, Lsn};
use crate::error::{Error, Result};

/// How many chunks may be on their way through the stream.
const ON_THEIR_WAY: usize = 2;

/// The pace of one backfill.
pub struct Pace {
    head: watch::Receiver<Head>,
    /// How far Postgres's log was written after each chunk that is on its way.
    under_way: VecDeque<Lsn>,
    begun: Instant,
}

impl Pace {
    /// Nothing is on its way yet, as far as this knows.
    pub fn new(head: watch::Receiver<Head>) -> Self {
        Self { head, under_way: VecDeque::new(), begun: Instant::now() }
    }

    /// Waits until the stream has told enough of what is on its way.
    pub async fn wait(&mut self) -> Result<()> {
        while self.under_way.len() >= ON_THEIR_WAY {
            self.until_told().await?;
        }
        self.begun = Instant::now();
        Ok(())
    }

    /// Takes note of a chunk, and rests if it came too soon.
    pub async fn rest(&mut self, client: &Client, rows: usize, per_second: i32) -> Result<()> {
        self.mark(client).await?;
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let due = Duration::from_secs(1) * rows / u32::try_from(per_second).unwrap_or(1).max(1);
        tokio::time::sleep(due.saturating_sub(self.begun.elapsed())).await;
        Ok(())
    }

    /// Waits until everything has been told that was committed by now.
    pub async fn settle(&mut self, client: &Client) -> Result<()> {
        self.mark(client).await?;
        while !self.under_way.is_empty() {
            self.until_told().await?;
        }
        Ok(())
    }

    async fn mark(&mut self, client: &Client) -> Result<()> {
        let sql = "select pg_catalog.pg_current_wal_insert_lsn()";
        self.under_way.push_back(client.query_one(sql, &[]).await?.get(0));
        Ok(())
    }

    async fn until_told(&mut self) -> Result<()> {
        if let Some(oldest) = self.under_way.front().copied() {
            let told = self.head.wait_for(|head| head.read >= oldest || !head.is_leading).await;
            if !told.map_err(Error::internal)?.is_leading {
                return Err(Error::Busy("Another instance reads the stream."));
            }
            self.under_way.pop_front();
        }
        Ok(())
    }
}
