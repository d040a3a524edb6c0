//! The doing: round after round, while the server runs.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, timeout};

use super::jobs::Job;
use super::{JOBS, store};
use crate::App;
use crate::error::{Error, Result, chain};

/// How long a job may take, lest one that hangs keeps the others from being done.
const PATIENCE: Duration = Duration::from_mins(5);

/// The housekeeping, while it isn't dropped.
pub struct Housekeeping(JoinHandle<()>);

impl Drop for Housekeeping {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Begins with a round at once, which finishes what a crash interrupted.
pub fn start(app: App, interval: Duration) -> Housekeeping {
    Housekeeping(tokio::spawn(async move {
        let mut turns = tokio::time::interval(interval);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            turns.tick().await;
            if let Err(error) = round(&app).await {
                let error = chain(&error);
                tracing::warn!(error, "could not keep house; trying again");
            }
        }
    }))
}

/// Does every job once, unless another instance is at it, which `false` says. A job that
/// fails keeps no other from being done: the log and the registry say that it did.
pub async fn round(app: &App) -> Result<bool> {
    let mut client = app.pool.get().await?;
    for job in JOBS {
        let transaction = client.transaction().await?;
        if !store::try_lock(&transaction).await? {
            return Ok(false);
        }
        match run(app, job).await {
            Ok(done) => {
                store::succeeded(&transaction, job.name).await?;
                if done > 0 {
                    tracing::info!(job = job.name, done, "kept house");
                }
            }
            Err(error) => {
                let words = chain(&error);
                tracing::error!(job = job.name, error = words, "a job of housekeeping failed");
                store::failed(&transaction, job.name, &words).await?;
            }
        }
        transaction.commit().await?;
    }
    Ok(true)
}

async fn run(app: &App, job: &Job) -> Result<u64> {
    timeout(PATIENCE, (job.run)(app))
        .await
        .unwrap_or_else(|_| Err(Error::internal("it took longer than five minutes")))
}
