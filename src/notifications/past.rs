//! What a channel has told before its hub began, a page at a time.

use std::fmt;
use std::sync::Arc;

use super::Outgoing;
use super::told::Told;
use crate::App;
use crate::changes::Position;
use crate::error::Result;

/// A reading of the log that follows nobody.
pub struct Past(Told);

/// A piece of the past.
#[derive(Debug)]
pub struct Page {
    pub events: Vec<Arc<Outgoing>>,
    /// There is nothing more up to here: the next page begins after it.
    pub upto: Position,
}

impl Past {
    /// Begins to read after a position. What is no longer kept is told to be missing.
    pub fn open(app: &App, stakeholder: i64, channel: &str, after: Position) -> Self {
        Self(Told::after(app, stakeholder, channel, after))
    }

    /// Reads what follows, which may be nothing of the channel's.
    pub async fn page(&mut self) -> Result<Page> {
        let tellings = self.0.next().await?;
        let events = tellings.into_iter().map(|(event, _)| Arc::new(event)).collect();
        Ok(Page { events, upto: self.0.position() })
    }
}

impl fmt::Debug for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Past").finish_non_exhaustive()
    }
}
