//! What a document says of alerts: which it wants, and by which channels.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ChannelNames;
use super::read::names;

/// What an alert can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A migration was refused for the stakeholder's sake.
    MigrationRefused,
    /// A migration was let through that leaves claims of it unmet.
    Overridden,
    /// Claims became unmet, however that came about.
    ClaimUnmet,
    /// Claims that were unmet are met again.
    ClaimMet,
    /// Its privileges changed.
    GrantsChanged,
    /// A token or a login of it is about to expire.
    CredentialExpiring,
    /// Nobody takes what one of its webhooks sends.
    WebhookDead,
}

impl AlertKind {
    pub const ALL: [Self; 7] = [
        Self::MigrationRefused,
        Self::Overridden,
        Self::ClaimUnmet,
        Self::ClaimMet,
        Self::GrantsChanged,
        Self::CredentialExpiring,
        Self::WebhookDead,
    ];

    /// Its name in documents, and in the types of events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MigrationRefused => "migration_refused",
            Self::Overridden => "overridden",
            Self::ClaimUnmet => "claim_unmet",
            Self::ClaimMet => "claim_met",
            Self::GrantsChanged => "grants_changed",
            Self::CredentialExpiring => "credential_expiring",
            Self::WebhookDead => "webhook_dead",
        }
    }
}

impl fmt::Display for AlertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The alerts that a stakeholder wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    pub kinds: AlertKinds,
    pub channels: ChannelNames,
}

/// Kinds of alert: `["*"]`, or names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub enum AlertKinds {
    /// All that there are, also those of later versions.
    Every,
    /// In the order of [`AlertKind::ALL`].
    Named(Vec<AlertKind>),
}

impl AlertKinds {
    /// Whether a kind is among them.
    #[must_use]
    pub fn contains(&self, kind: AlertKind) -> bool {
        match self {
            Self::Every => true,
            Self::Named(kinds) => kinds.contains(&kind),
        }
    }
}

/// What isn't the name of a kind is left out.
impl From<Vec<String>> for AlertKinds {
    fn from(names: Vec<String>) -> Self {
        if names == ["*"] {
            return Self::Every;
        }
        let is_named = |kind: &AlertKind| names.iter().any(|name| name == kind.as_str());
        Self::Named(AlertKind::ALL.into_iter().filter(is_named).collect())
    }
}

impl From<AlertKinds> for Vec<String> {
    fn from(kinds: AlertKinds) -> Self {
        match kinds {
            AlertKinds::Every => vec!["*".to_owned()],
            AlertKinds::Named(kinds) => kinds.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Alerts {
    /// Reads what a document says; nothing if that is none.
    pub(super) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Array(_) => {
                Some(Self { kinds: names(value).into(), channels: ChannelNames::Every })
            }
            Value::Object(object) => {
                let channels = object.get("channels").filter(|channels| !channels.is_null());
                Some(Self {
                    kinds: names(&value["kinds"]).into(),
                    channels: channels.map_or(ChannelNames::Every, |named| names(named).into()),
                })
            }
            _ => None,
        }
    }

    /// As briefly as it can be said.
    pub(super) fn terse(&self) -> Value {
        let kinds = Vec::from(self.kinds.clone());
        match &self.channels {
            ChannelNames::Every => json!(kinds),
            ChannelNames::Named(names) => json!({ "kinds": kinds, "channels": names }),
        }
    }
}
