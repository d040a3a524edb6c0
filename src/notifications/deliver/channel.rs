//! One channel, kept going: whatever ends it, it begins again where it was.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::sync::{Notify, mpsc};

use super::pump::{Ended, Pump};
use crate::App;
use crate::error::{Result, chain};
use crate::notifications::channels;
use crate::notifications::store::Stored;
use crate::notifications::{Consumer, Progress};

/// How many events wait between the log and what sends them. They may be large; what
/// sends them counts bytes.
const WAITING: usize = 8;

/// Tells a channel for as long as it is polled, or until it is asked to stop: then it
/// keeps how far it is, so that whoever goes on repeats as little as possible.
pub async fn run(app: App, stored: Stored, epoch: i64, stop: Arc<Notify>) {
    let patience = ExponentialBuilder::new()
        .with_jitter()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_mins(1))
        .without_max_times();
    let mut delays = patience.build();
    loop {
        let progress = Progress::default();
        match attempt(&app, &stored, epoch, &progress, &stop).await {
            Ok(Ended::Changed) => return,
            Ok(Ended::Sender) => {}
            Err(error) => {
                let (owner, channel) = (&stored.owner, &stored.channel.name);
                let error = chain(&error);
                tracing::warn!(owner, channel, error, "a channel ended; it begins again");
            }
        }
        if progress.lock().count > 0 {
            delays = patience.build();
        }
        tokio::select! {
            () = tokio::time::sleep(delays.next().unwrap_or(Duration::from_mins(1))) => {}
            () = stop.notified() => return,
        }
    }
}

async fn attempt(
    app: &App,
    stored: &Stored,
    epoch: i64,
    progress: &Progress,
    stop: &Notify,
) -> Result<Ended> {
    let (sender, events) = mpsc::channel(WAITING);
    let consumer = Consumer { events, progress: progress.clone() };
    let mut pump = Pump::begin(app, stored, epoch, progress.clone()).await?;
    let sent = channels::run(app, stored, consumer);
    tokio::pin!(sent);
    tokio::select! {
        ended = pump.run(sender) => ended,
        () = stop.notified() => {
            pump.save().await?;
            Ok(Ended::Changed)
        }
        ended = &mut sent => {
            if let Err(error) = &ended {
                progress.failed(error);
                pump.save().await?;
            }
            ended.map(|()| Ended::Sender)
        }
    }
}
