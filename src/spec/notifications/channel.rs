//! A channel: its name and its settings.

use serde::{Deserialize, Serialize};

use super::Address;

/// A way by which events reach an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its type, unless the document gives it another.
    pub name: String,
    #[serde(flatten)]
    pub settings: ChannelSettings,
}

/// The settings of a channel, by its type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "UPPERCASE")]
pub enum ChannelSettings {
    Webhook(Webhook),
    Redis(Redis),
    Socket,
}

/// Where events are posted to, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    pub url: Address,
    /// The most events in one request.
    pub batch: u32,
    /// The most requests under way at once.
    pub concurrency: u32,
    pub timeout_ms: u32,
    /// After so many an event is a dead letter.
    pub max_attempts: u32,
}

impl Webhook {
    pub const BATCH: u32 = 1;
    pub const CONCURRENCY: u32 = 8;
    pub const TIMEOUT_MS: u32 = 15_000;
    pub const MAX_ATTEMPTS: u32 = 12;
}

/// Which Redis, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redis {
    pub url: Address,
    #[serde(flatten)]
    pub target: RedisTarget,
}

/// Where in a Redis events go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RedisTarget {
    Stream {
        stream: String,
        /// About how many entries are kept; `None` keeps all.
        #[serde(skip_serializing_if = "Option::is_none")]
        maxlen: Option<u64>,
    },
    Channel {
        channel: String,
    },
}

impl ChannelSettings {
    /// The type as documents name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "WEBHOOK",
            Self::Redis(_) => "REDIS",
            Self::Socket => "SOCKET",
        }
    }
}

impl Channel {
    /// The channel as it may be shown, without the password in its URL.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut masked = self.clone();
        if let Some(address) = masked.address_mut() {
            *address = address.masked();
        }
        masked
    }

    /// Puts the stored password back where the URL is as [`Channel::masked`] shows
    /// the stored one.
    pub fn unmask(&mut self, stored: &Self) {
        if let (Some(given), Some(stored)) = (self.address_mut(), stored.address())
            && *given == stored.masked()
        {
            given.clone_from(stored);
        }
    }

    /// Its URL, if it has one.
    pub fn address(&self) -> Option<&Address> {
        match &self.settings {
            ChannelSettings::Webhook(Webhook { url, .. })
            | ChannelSettings::Redis(Redis { url, .. }) => Some(url),
            ChannelSettings::Socket => None,
        }
    }

    /// Gives it another URL, if it has one.
    pub fn set_address(&mut self, address: Address) {
        if let Some(old) = self.address_mut() {
            *old = address;
        }
    }

    fn address_mut(&mut self) -> Option<&mut Address> {
        match &mut self.settings {
            ChannelSettings::Webhook(Webhook { url, .. })
            | ChannelSettings::Redis(Redis { url, .. }) => Some(url),
            ChannelSettings::Socket => None,
        }
    }
}
