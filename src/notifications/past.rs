//! What a channel has told before its hub began, a page at a time.

use std::sync::Arc;

use super::Outgoing;
use crate::App;
use crate::changes::Position;
use crate::error::{Error, Result};

/// There is no log to read it from yet.
#[derive(Debug)]
pub enum Past {}

/// A piece of the past.
#[derive(Debug)]
pub struct Page {
    pub events: Vec<Arc<Outgoing>>,
    /// There is nothing more up to here: the next page begins after it.
    pub upto: Position,
}

impl Past {
    /// Begins to read after a position. Refused if what follows it is not kept.
    #[expect(clippy::unused_async, reason = "a log is in the database")]
    pub async fn open(_: &App, _: i64, _: &str, _: Position) -> Result<Self> {
        Err(Error::invalid("from", "is older than what is kept"))
    }

    /// Reads what follows a position, which is always further than that.
    #[expect(clippy::unused_async, reason = "a log is in the database")]
    pub async fn page(&mut self, _: Position) -> Result<Page> {
        match *self {}
    }
}
