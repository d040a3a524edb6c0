//! What one client of a channel of type SOCKET hears: the events after a position, and
//! then as they come.

use std::sync::Arc;

use super::past::Past;
use super::{Cut, Hub, Listener, Outgoing, live, store};
use crate::App;
use crate::changes::Position;
use crate::error::{Error, Result, chain};
use crate::stakeholders;

/// Lives as long as somebody listens; dropping it is all that ends it.
#[derive(Debug)]
pub struct Subscription {
    /// Nothing after this position will be missed.
    pub after: Position,
    pub channel: String,
    hub: Arc<Hub>,
    source: Source,
    /// The position of the last event that was heard.
    heard: Position,
}

/// What became of waiting for events.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// There are some.
    Events,
    /// There will be no more.
    Cut(Cut),
}

#[derive(Debug)]
enum Source {
    /// Pages of what is older than the hub has, until the hub takes over.
    Past(Box<Past>),
    Live(Listener),
}

/// Subscribes to a stakeholder's channel, after a position or from now on.
pub async fn subscribe(
    app: &App,
    stakeholder: i64,
    channel: &str,
    after: Option<Position>,
) -> Result<Subscription> {
    stakeholders::store::by_id(&app.pool.get().await?, stakeholder).await?;
    let hub = live::hub(app, stakeholder, channel).await?;
    if let Some(after) = after {
        refuse_the_future(app, after).await?;
    }
    let after = after.unwrap_or_else(|| hub.newest());
    let source = match hub.listen(after) {
        Some(listener) => Source::Live(listener),
        None => Source::Past(Box::new(Past::open(app, stakeholder, channel, after))),
    };
    Ok(Subscription { after, channel: channel.to_owned(), hub, source, heard: after })
}

/// Refuses a position that nothing has reached yet: whoever waits there would hear of
/// nothing, and not know it.
async fn refuse_the_future(app: &App, after: Position) -> Result<()> {
    let written = store::written(&app.pool.get().await?).await?;
    if after.lsn <= written {
        return Ok(());
    }
    Err(Error::invalid(
        "from",
        "is ahead of the database, which may have been restored: begin without it",
    ))
}

impl Subscription {
    /// Waits for events, and puts a handful of them where there are none yet. Nothing is lost
    /// if the wait is given up.
    pub async fn next(&mut self, events: &mut Vec<Arc<Outgoing>>) -> Heard {
        loop {
            let outcome = match &mut self.source {
                Source::Live(listener) => listener.next(events).await,
                Source::Past(past) => {
                    if let Some(listener) = self.hub.listen(self.heard) {
                        self.source = Source::Live(listener);
                        continue;
                    }
                    match past.page().await {
                        Ok(page) => {
                            self.heard = page.upto;
                            events.extend(page.events);
                            if events.is_empty() {
                                continue;
                            }
                            self.hub.has_told(events.len());
                            return Heard::Events;
                        }
                        Err(error) => {
                            let error = chain(&error);
                            tracing::warn!(error, "a subscriber can't catch up");
                            Err(Cut::Away)
                        }
                    }
                }
            };
            if let Some(last) = events.last() {
                self.heard = last.position;
                self.hub.has_told(events.len());
            }
            return outcome.map_or_else(Heard::Cut, |()| Heard::Events);
        }
    }

    /// The position of the last event that was heard; where it began, before any.
    pub fn heard(&self) -> Position {
        self.heard
    }

    /// Whether it is too slow, though it may not know yet.
    pub fn is_cut(&self) -> bool {
        matches!(&self.source, Source::Live(listener) if listener.is_cut())
    }

    /// Records that the application has processed everything up to here; answers
    /// whether that can be, since it has heard as much.
    pub fn acknowledge(&self, position: Position) -> bool {
        let is_possible = position <= self.heard;
        if is_possible {
            self.hub.acknowledge(position);
        }
        is_possible
    }
}
