//! The log from a position on: out of memory for who keeps up, else out of Postgres.

use std::sync::Arc;

use tokio::sync::watch;

use super::tail::Head;
use super::{Changes, Entry, Position, log};
use crate::db::Pool;
use crate::error::Result;

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
}

impl Feed {
    /// Begins after a position.
    pub fn after(changes: Arc<Changes>, pool: Pool, position: Position) -> Self {
        let head = changes.tail.head();
        Self { changes, pool, position, head }
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
        let client = self.pool.get().await?;
        let page = log::read(&client, &self.changes.shapes, self.position, PAGE).await?;
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
