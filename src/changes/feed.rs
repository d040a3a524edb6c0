//! The log from a position on: out of memory for who keeps up, else out of Postgres.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::tail::Head;
use super::{Changes, Entry, Position, log};
use crate::db::Pool;
use crate::error::{Error, Result};

/// How much is read at once: so many entries, and so many bytes of them.
const PAGE: (usize, usize) = (1000, 1 << 20);

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// At least one, in order. If they were read out of Postgres: how often the fence
    /// was passed by then.
    Entries { entries: Vec<Arc<Entry>>, passed: Option<i64> },
    /// What was between is no longer in the log.
    Gap { from: Position, to: Position },
}

/// A reader of the log.
pub struct Feed {
    changes: Arc<Changes>,
    pool: Pool,
    position: Position,
    head: watch::Receiver<Head>,
    /// What is being read out of Postgres. It goes on while nobody waits: whoever waits
    /// only for a moment at a time would never have read what is large.
    reading: JoinSet<Result<log::Page>>,
}

impl Feed {
    /// Begins after a position.
    pub fn after(changes: Arc<Changes>, pool: Pool, position: Position) -> Self {
        let head = changes.tail.head();
        Self { changes, pool, position, head, reading: JoinSet::new() }
    }

    /// The last that was read.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Waits for what comes next. May be given up and called again.
    pub async fn next(&mut self) -> Result<Next> {
        loop {
            self.head.borrow_and_update();
            if let Some(entries) = self.changes.tail.after(self.position, PAGE) {
                if let Some(last) = entries.last() {
                    self.position = last.position;
                    // What was read in the meantime comes from before that.
                    if !self.reading.is_empty() {
                        self.reading = JoinSet::new();
                    }
                    return Ok(Next::Entries { entries, passed: None });
                }
                // It fails only when the tail is dropped, which holds the sender.
                let _ = self.head.changed().await;
                continue;
            }
            if let Some(next) = self.look().await? {
                return Ok(next);
            }
            tokio::select! {
                // Or this instance reads the stream by now.
                _ = self.head.changed() => {}
                looked = self.changes.news.after(&self.pool, self.position) => looked?,
            }
        }
    }

    async fn look(&mut self) -> Result<Option<Next>> {
        if self.reading.is_empty() {
            let (changes, pool) = (Arc::clone(&self.changes), self.pool.clone());
            self.reading.spawn(page(changes, pool, self.position));
        }
        let Some(page) = self.reading.join_next().await else { return Ok(None) };
        let page = page.map_err(Error::internal)??;
        if self.position < page.floor {
            let gap = Next::Gap { from: self.position, to: page.floor };
            self.position = page.floor;
            return Ok(Some(gap));
        }
        let Some(last) = page.entries.last() else { return Ok(None) };
        self.position = last.position;
        Ok(Some(Next::Entries { entries: page.entries, passed: Some(page.passed) }))
    }
}

async fn page(changes: Arc<Changes>, pool: Pool, after: Position) -> Result<log::Page> {
    let client = pool.get().await?;
    log::read(&client, &changes.shapes, after, PAGE).await
}
