//! The live end of a SOCKET channel: a task that tells the hub of this instance, while
//! somebody listens there.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::GenericClient;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::store::{self, Stored};
use super::told::Told;
use super::{Hearings, Hub, Outgoing};
use crate::App;
use crate::changes::Position;
use crate::error::{Error, Result, chain};
use crate::spec::ChannelSettings;

/// How often is looked whether the channel is still there, and kept what was
/// acknowledged.
const LOOK: Duration = Duration::from_secs(1);

/// How long a hub stays open that nobody listens to.
const IDLE: Duration = Duration::from_secs(30);

/// The hub of a stakeholder's channel on this instance; opens it, if nobody has.
pub async fn hub(app: &App, stakeholder: i64, channel: &str) -> Result<Arc<Hub>> {
    let client = app.pool.get().await?;
    if let Some(hub) = app.hubs.find(stakeholder, channel) {
        if is_current(&client, stakeholder, &hub).await? {
            return Ok(hub);
        }
        hub.forget();
        app.hubs.close_this(stakeholder, channel, &hub);
    }
    let mut sockets = store::channels(&client, &app.seal, Some(stakeholder)).await?;
    sockets.retain(|stored| stored.channel.settings == ChannelSettings::Socket);
    let Some(stored) = sockets.iter().find(|stored| stored.channel.name == channel) else {
        return Err(no_socket(channel, &sockets));
    };
    if stored.is_paused {
        return Err(Error::Conflict("The channel is paused.".to_owned()));
    }
    let read = store::read_up_to(&client).await?;
    let read = read.ok_or(Error::Busy("The stream of changes is being set up."))?;
    drop(client);
    let (hub, is_new) = app.hubs.open_new(stakeholder, channel, Position::before(read));
    if is_new {
        let live = Live { app: app.clone(), stakeholder, name: channel.to_owned(), id: stored.id };
        tokio::spawn(live.run(Arc::clone(&hub)));
    }
    Ok(hub)
}

fn no_socket(given: &str, sockets: &[Stored]) -> Error {
    let names: Vec<&str> = sockets.iter().map(|stored| stored.channel.name.as_str()).collect();
    let there_is = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let message = format!(
        "must be the name of a channel of type SOCKET, and {given:?} is not: there is {there_is}"
    );
    Error::invalid("channel", message)
}

/// Whether a hub holds only what may still be told.
async fn is_current(client: &impl GenericClient, stakeholder: i64, hub: &Hub) -> Result<bool> {
    let passed = Hearings::passed(client).await?;
    if hub.is_as_of() == Some(passed) {
        return Ok(true);
    }
    let hearings = Hearings::load(client, passed).await?;
    Ok(hub.is_made_by(passed, &hearings.of(stakeholder)))
}

struct Live {
    app: App,
    stakeholder: i64,
    name: String,
    /// The channel's.
    id: i64,
}

impl Live {
    async fn run(self, hub: Arc<Hub>) {
        if let Err(error) = self.tell(&hub).await {
            let (channel, error) = (&self.name, chain(&error));
            tracing::warn!(channel, error, "a hub closes; its clients may come back");
            hub.lose_touch();
        }
        self.app.hubs.close_this(self.stakeholder, &self.name, &hub);
    }

    async fn tell(&self, hub: &Hub) -> Result<()> {
        let mut told = Told::after(&self.app, self.stakeholder, &self.name, hub.newest());
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard_at = Instant::now();
        loop {
            tokio::select! {
                () = self.app.stop.asked() => break,
                tellings = told.next() => {
                    let tellings = tellings?;
                    let (passed, ear) = told.made_by();
                    if !hub.is_made_by(passed, ear) {
                        hub.forget();
                        break;
                    }
                    let events: Vec<Arc<Outgoing>> =
                        tellings.into_iter().map(|(event, _)| Arc::new(event)).collect();
                    hub.publish(&events).await;
                    hub.pass(told.position());
                }
                _ = look.tick() => {
                    if hub.listeners() > 0 {
                        heard_at = Instant::now();
                    }
                    if !self.keep(hub).await? || heard_at.elapsed() > IDLE {
                        break;
                    }
                    if !is_current(&self.app.pool.get().await?, self.stakeholder, hub).await? {
                        hub.forget();
                        break;
                    }
                }
            }
        }
        self.keep(hub).await?;
        Ok(())
    }

    /// Keeps what clients were told and have processed; answers whether the channel is still
    /// there and goes on.
    async fn keep(&self, hub: &Hub) -> Result<bool> {
        let processed = *hub.acknowledged().borrow();
        store::acknowledge(&self.app, self.id, hub.take_told(), processed).await
    }
}
