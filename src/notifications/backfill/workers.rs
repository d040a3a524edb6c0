//! The workers of an instance, while it reads the stream.

use std::collections::HashMap;

use tokio::task::JoinHandle;

use super::{role, store, worker};
use crate::App;
use crate::error::{Result, chain};

/// How many backfills run at once. The others wait.
const AT_ONCE: i64 = 4;

/// A task for each backfill that runs.
pub struct Workers {
    app: App,
    running: HashMap<i64, Running>,
}

struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Workers {
    /// Nothing runs yet.
    pub fn new(app: App) -> Self {
        Self { app, running: HashMap::new() }
    }

    /// Begins with those that were asked for, and ends those that were cancelled.
    pub async fn arrange(&mut self, epoch: i64) -> Result<()> {
        let client = self.app.pool.get().await?;
        let wanted = store::running(&client, AT_ONCE).await?;
        drop(client);
        let before = self.running.len();
        self.running.retain(|id, running| wanted.contains(id) && !running.0.is_finished());
        if self.running.len() < before {
            self.tidy_up();
        }
        for id in wanted {
            let run = || Running(tokio::spawn(worker::run(self.app.clone(), id, epoch)));
            self.running.entry(id).or_insert_with(run);
        }
        Ok(())
    }

    /// Drops the roles that those which were cancelled have read as.
    fn tidy_up(&self) {
        let app = self.app.clone();
        tokio::spawn(async move {
            if let Err(error) = role::reap(&app).await {
                let error = chain(&error);
                tracing::warn!(error, "roles that read for backfills are left");
            }
        });
    }

    /// Ends all: another instance may have begun by now.
    pub fn stop(&mut self) {
        self.running.clear();
    }
}
