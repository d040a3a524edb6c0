//! The notification document: which changes an application hears of, and by which
//! channels.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::contract::Contract;
use super::{Condition, Fault, Pointers, Spec, check};

mod address;
mod alerts;
mod channel;
mod events;
mod read;
mod refer;
mod terse;

pub use address::Address;
pub use alerts::{AlertKind, AlertKinds, Alerts};
pub use channel::{Channel, ChannelSettings, Redis, RedisTarget, Webhook};
pub use events::{Event, Events};

/// The full form of a notification document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notifications {
    /// Each of its matches listens.
    #[serde(flatten)]
    pub spec: Spec,
    /// No two of one name.
    pub channels: Vec<Channel>,
    /// What it wants to be told beside changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<Alerts>,
}

/// What a match listens to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listens {
    pub events: Events,
    pub channels: ChannelNames,
    /// Written `where` in a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// The channels that tell of a match: `["*"]`, or names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub enum ChannelNames {
    /// All that are configured.
    Every,
    Named(Vec<String>),
}

impl ChannelNames {
    /// Whether a channel is among them.
    #[must_use]
    pub fn contains(&self, channel: &str) -> bool {
        match self {
            Self::Every => true,
            Self::Named(names) => names.iter().any(|name| name == channel),
        }
    }
}

impl From<Vec<String>> for ChannelNames {
    fn from(names: Vec<String>) -> Self {
        if names == ["*"] { Self::Every } else { Self::Named(names) }
    }
}

impl From<ChannelNames> for Vec<String> {
    fn from(names: ChannelNames) -> Self {
        match names {
            ChannelNames::Every => vec!["*".to_owned()],
            ChannelNames::Named(names) => names,
        }
    }
}

impl Notifications {
    /// The document as it may be shown, without the passwords of its channels.
    #[must_use]
    pub fn masked(&self) -> Self {
        let channels = self.channels.iter().map(Channel::masked).collect();
        Self { channels, ..self.clone() }
    }

    /// Puts the passwords back that were left as [`Notifications::masked`] shows
    /// them: from the stored channels of the same names.
    ///
    /// # Errors
    ///
    /// The channels of which no such password is stored.
    pub fn unmask(&mut self, stored: &[Channel]) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        for (no, channel) in self.channels.iter_mut().enumerate() {
            if let Some(stored) = stored.iter().find(|stored| stored.name == channel.name) {
                channel.unmask(stored);
            }
            if channel.address().is_some_and(Address::is_masked) {
                let message = "The password is left out of this URL, and none is stored for it; \
                               write it in full.";
                faults.push(check::fault(message.to_owned(), &format!("#/channels/{no}/url")));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

/// Parses a notification document to its full form, and keeps where in the
/// document each part stands.
///
/// # Errors
///
/// Everything that is wrong with the document, in its order, as
/// [`parse`](super::parse) has it.
pub fn parse_notifications(document: &Value) -> Result<(Notifications, Pointers), Vec<Fault>> {
    let breaches = Contract::Notifications.breaches(document);
    let (notifications, pointers, findings) = read::read(document);
    let spec = &notifications.spec;
    let found = [
        check::identifiers(spec, &pointers),
        check::existence(spec, &pointers),
        check::repetition(spec, &pointers),
        findings.faults,
        refer::channels(document, spec, &pointers),
        refer::columns(spec, &findings.mentions),
    ];
    let faults = breaches.with(found.concat());
    if faults.is_empty() {
        Ok((notifications, pointers))
    } else {
        Err(check::in_order(faults, document))
    }
}
