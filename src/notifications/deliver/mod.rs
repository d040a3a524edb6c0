//! The telling: a task for each channel that events are sent through, on the instance
//! that reads the stream.

mod channel;
mod pump;
mod store;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::backfill::Workers;
use super::store::{Stored, channels};
use super::{Ear, Hearings};
use crate::App;
use crate::changes::leader::Audience;
use crate::changes::log::Look;
use crate::db::Pool;
use crate::error::Result;
use crate::spec::ChannelSettings;

/// How long a channel that ends may take to keep how far it is.
const PARTING: Duration = Duration::from_millis(500);

/// The channels that are being told, and the backfills that run, while this instance
/// reads the stream.
pub struct Deliveries {
    app: App,
    /// What channels work with: how far they are may be forgotten by a crash of Postgres,
    /// and is told again.
    channels: App,
    /// Under which epoch; none while another instance reads the stream.
    epoch: Option<i64>,
    revision: Option<i64>,
    running: HashMap<i64, Running>,
    backfills: Workers,
}

/// A channel that is being told.
struct Running {
    fingerprint: Vec<u8>,
    ear: Arc<Ear>,
    stop: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Running {
    /// Lets it keep how far it is, and ends it.
    async fn end(mut self) {
        self.stop.notify_one();
        drop(tokio::time::timeout(PARTING, &mut self.task).await);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Deliveries {
    /// Tells nobody yet. The pool is for what channels keep of how far they are.
    pub fn new(app: App, positions: Pool) -> Self {
        let backfills = Workers::new(app.clone());
        let channels = App { pool: positions, ..app.clone() };
        Self { app, channels, epoch: None, revision: None, running: HashMap::new(), backfills }
    }

    async fn arrange(&mut self, epoch: i64) -> Result<()> {
        let client = self.app.pool.get().await?;
        let channels = channels(&client, &self.app.seal, None).await?;
        drop(client);
        let hearings = self.app.hearings.borrow().clone();
        let wanted: HashMap<i64, Stored> = channels
            .into_iter()
            .filter(|stored| !stored.is_paused)
            .filter(|stored| stored.channel.settings != ChannelSettings::Socket)
            .map(|stored| (stored.id, stored))
            .collect();
        let is_as_before = |id: &i64, running: &Running| {
            wanted.get(id).is_some_and(|stored| {
                running.fingerprint == stored.fingerprint
                    && running.ear == hearings.of(stored.stakeholder)
            })
        };
        let leaving = self.running.extract_if(|id, running| !is_as_before(id, running));
        join_all(leaving.map(|(_, running)| running.end())).await;
        for (id, stored) in wanted {
            self.running.entry(id).or_insert_with(|| {
                let stop = Arc::new(Notify::new());
                Running {
                    fingerprint: stored.fingerprint.clone(),
                    ear: hearings.of(stored.stakeholder),
                    task: tokio::spawn(channel::run(
                        self.channels.clone(),
                        stored,
                        epoch,
                        Arc::clone(&stop),
                    )),
                    stop,
                }
            });
        }
        Ok(())
    }
}

impl Audience for Deliveries {
    /// Begins to tell channels that are new, ends those that are gone or paused, and
    /// begins anew with those that changed or hear something else.
    async fn heed(&mut self, look: Look, epoch: i64) -> Result<()> {
        let is_new_term = self.epoch.replace(epoch) != Some(epoch);
        let hears_else = look.is_reshaped || self.app.hearings.borrow().passed != look.passed;
        if is_new_term {
            self.running.clear();
            self.backfills.stop();
        }
        if is_new_term || hears_else {
            let client = self.app.pool.get().await?;
            let hearings = Hearings::load(&client, look.passed).await?;
            self.app.hearings.send_replace(Arc::new(hearings));
        }
        if is_new_term || hears_else || self.revision != Some(look.revision) {
            self.arrange(epoch).await?;
            self.backfills.arrange(epoch).await?;
            self.revision = Some(look.revision);
        }
        Ok(())
    }

    fn resign(&mut self) {
        self.running.clear();
        self.backfills.stop();
        self.epoch = None;
        self.revision = None;
        // Nobody keeps them up to date any more.
        self.app.hearings.send_replace(Arc::default());
    }
}
