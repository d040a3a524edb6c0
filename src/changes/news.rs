//! Whether the log has grown, for an instance that doesn't read the stream itself:
//! however many wait there, one of them looks for all.

use std::time::Duration;

use tokio::sync::{Mutex, watch};

use super::{Position, log};
use crate::db::Pool;
use crate::error::Result;

/// How often is looked.
const LOOK: Duration = Duration::from_millis(20);

/// What those who wait share.
#[derive(Debug)]
pub struct News {
    turn: Mutex<()>,
    /// The last position that somebody found in the log.
    last: watch::Sender<Position>,
}

impl Default for News {
    fn default() -> Self {
        Self { turn: Mutex::new(()), last: watch::Sender::default() }
    }
}

impl News {
    /// Waits until somebody finds something after a position. Comes back now and then
    /// without.
    pub async fn after(&self, pool: &Pool, position: Position) -> Result<()> {
        let mut last = self.last.subscribe();
        // It fails only when this is dropped.
        let found = async { drop(last.wait_for(|last| *last > position).await) };
        tokio::select! {
            () = found => Ok(()),
            _turn = self.turn.lock() => {
                tokio::time::sleep(LOOK).await;
                let client = pool.get().await?;
                let found = log::last(&client).await?;
                self.last.send_if_modified(|last| std::mem::replace(last, found) != found);
                Ok(())
            }
        }
    }
}
