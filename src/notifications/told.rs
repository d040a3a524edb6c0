//! The log as one channel is told it: what comes after a position, made into events
//! by what its stakeholder hears and may read just then.

use std::sync::Arc;

use super::event::Projector;
use super::{Ear, Hearings, Outgoing};
use crate::App;
use crate::changes::{Entry, Feed, Kind, Next, Position};
use crate::error::Result;

/// A channel's reading of the log.
pub struct Told {
    app: App,
    stakeholder: i64,
    feed: Feed,
    projector: Projector,
    /// How often the fence had been passed when it was looked what may be told; none
    /// before anything is.
    passed: Option<i64>,
    /// What was read and not yet made into events.
    read: Option<Next>,
    position: Position,
}

/// An event, and the entry of the log that it was made of.
pub type Telling = (Outgoing, Arc<Entry>);

impl Told {
    /// Begins after a position.
    pub fn after(app: &App, stakeholder: i64, channel: &str, position: Position) -> Self {
        let ear = app.hearings.borrow().of(stakeholder);
        Self {
            app: app.clone(),
            stakeholder,
            feed: Feed::after(Arc::clone(&app.changes), app.pool.clone(), position),
            projector: Projector::new(Arc::clone(&app.source), stakeholder, channel, ear),
            passed: None,
            read: None,
            position,
        }
    }

    /// Everything up to here is among what was answered, or isn't the channel's.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Waits for what comes next, which may be nothing of the channel's. May be given
    /// up and called again.
    pub async fn next(&mut self) -> Result<Vec<Telling>> {
        if self.read.is_none() {
            self.read = Some(self.feed.next().await?);
        }
        let mut passed = None;
        if let Some(Next::Entries { passed: read, entries }) = &self.read {
            passed = *read;
            let backfills = entries.iter().filter_map(|entry| entry.backfill);
            self.app.backfills.learn(&self.app.pool, backfills).await?;
        }
        self.hear(passed).await?;
        let mut tellings = Vec::new();
        match self.read.take() {
            Some(Next::Gap { from, to }) => {
                let gap = self.projector.gap(from, to, "the log no longer has what was between");
                tellings.push((gap, Arc::new(Entry::gap(to, String::new()))));
            }
            Some(Next::Entries { entries, .. }) => {
                for entry in entries {
                    let outgoing = if entry.kind == Kind::Gap {
                        Some(self.lost(&entry))
                    } else {
                        let asked = entry.backfill;
                        let asked =
                            asked.and_then(|id| self.app.backfills.of(self.stakeholder, id));
                        self.projector.project(&entry, asked.as_deref())?
                    };
                    tellings.extend(outgoing.map(|outgoing| (outgoing, entry)));
                }
            }
            None => {}
        }
        self.position = self.feed.position();
        Ok(tellings)
    }

    /// What the stakeholder hears, by which what was answered last was made, and how often
    /// the fence had been passed when it was looked.
    pub fn made_by(&self) -> (i64, &Arc<Ear>) {
        (self.passed.unwrap_or_default(), self.projector.ear())
    }

    /// Makes sure that what is told is told by rights that are as new: as what was read
    /// out of Postgres, and as the beginning, before which some may have been withdrawn.
    async fn hear(&mut self, read: Option<i64>) -> Result<()> {
        let known = self.app.hearings.borrow().clone();
        let least = match read.or(self.passed) {
            Some(passed) => passed,
            None => Hearings::passed(&self.app.pool.get().await?).await?,
        };
        let hearings = if known.passed >= least {
            known
        } else if read.is_none() && self.passed.is_some() {
            // This instance knows only older ones yet.
            return Ok(());
        } else {
            Arc::new(Hearings::load(&self.app.pool.get().await?, least).await?)
        };
        self.passed = Some(hearings.passed);
        let mine = hearings.of(self.stakeholder);
        if *self.projector.ear() != mine {
            self.projector.hear(mine);
        }
        Ok(())
    }

    /// The gap that the log itself has.
    fn lost(&self, entry: &Entry) -> Outgoing {
        let text = String::from_utf8_lossy(&entry.message);
        let (since, reason) = text.split_once(' ').unwrap_or(("0/0", &text));
        let from = Position { lsn: since.parse().unwrap_or_default(), index: 0 };
        self.projector.gap(from, entry.position, reason)
    }
}
