//! The hubs of this instance, one for each channel of type SOCKET.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Hub;
use crate::changes::Position;

/// Which hub is whose: a stakeholder, and the name of its channel.
type Key = (i64, String);

/// All the hubs. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Hubs(Arc<Mutex<HashMap<Key, Arc<Hub>>>>);

impl Hubs {
    /// The hub of a channel; a new one begins after this position.
    pub fn open(&self, stakeholder: i64, channel: &str, after: Position) -> Arc<Hub> {
        let mut hubs = self.lock();
        let hub = hubs.entry((stakeholder, channel.to_owned()));
        Arc::clone(hub.or_insert_with(|| Arc::new(Hub::new(after))))
    }

    /// The same, and whether it is a new one.
    pub fn open_new(&self, stakeholder: i64, channel: &str, after: Position) -> (Arc<Hub>, bool) {
        match self.find(stakeholder, channel) {
            Some(hub) => (hub, false),
            None => (self.open(stakeholder, channel, after), true),
        }
    }

    /// The hub of a channel, if it is open here.
    pub fn find(&self, stakeholder: i64, channel: &str) -> Option<Arc<Hub>> {
        self.lock().get(&(stakeholder, channel.to_owned())).map(Arc::clone)
    }

    /// Ends a channel: it was removed or changed, or another instance has taken over.
    pub fn close(&self, stakeholder: i64, channel: &str) {
        let hub = self.lock().remove(&(stakeholder, channel.to_owned()));
        if let Some(hub) = hub {
            hub.end();
        }
    }

    /// The same, unless it is another hub by now.
    pub fn close_this(&self, stakeholder: i64, channel: &str, hub: &Arc<Hub>) {
        let mut hubs = self.lock();
        let key = (stakeholder, channel.to_owned());
        if hubs.get(&key).is_some_and(|open| Arc::ptr_eq(open, hub)) {
            hubs.remove(&key);
        }
        drop(hubs);
        hub.end();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Hub>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
