//! The end of the program, as all hear of it that would go on for ever.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether it is time to stop. Clones share the answer.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Asks everything to stop.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Whether somebody has asked.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until somebody has asked.
    pub async fn asked(&self) {
        // The sender lives as long as this, so waiting never fails.
        drop(self.0.subscribe().wait_for(|asked| *asked).await);
    }
}
