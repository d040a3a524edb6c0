//! What a channel must know and nobody else: passwords, and what it signs with.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::channels::webhook::signature;
use crate::auth::Seal;
use crate::error::{Error, Result};
use crate::spec::{Channel, ChannelSettings};

/// For how long the secret before is signed with too, after a rotation.
pub const ROTATION: Duration = Duration::from_hours(24);

/// The secrets of one channel.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets {
    /// The whole URL, if part of it is masked where it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What a webhook signs with, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signing: Vec<Signing>,
}

/// A secret to sign with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// `whsec_…`
    pub secret: String,
    /// Until when it is used, in seconds since 1970; the newest has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

impl Secrets {
    /// Those of a channel that had these before. Answers too what is to be shown,
    /// once: a secret that was made.
    pub fn of(channel: &Channel, before: Option<&Self>) -> (Self, Option<String>) {
        let mut secrets = Self { url: secret_url(channel), ..Self::default() };
        let ChannelSettings::Webhook(_) = channel.settings else { return (secrets, None) };
        secrets.signing = before.map(|before| before.signing.clone()).unwrap_or_default();
        let made = secrets.signing.is_empty().then(|| secrets.rotate());
        (secrets, made)
    }

    /// Signs with another secret from now on, and for a while with the one before.
    pub fn rotate(&mut self) -> String {
        let secret = signature::new_secret().expose_secret().to_owned();
        let until = now() + ROTATION.as_secs();
        self.signing.truncate(1);
        for old in &mut self.signing {
            old.until = Some(until);
        }
        self.signing.insert(0, Signing { secret: secret.clone(), until: None });
        secret
    }

    /// What is signed with now.
    pub fn current(&self) -> Vec<String> {
        let now = now();
        let is_current = |signing: &&Signing| signing.until.is_none_or(|until| until > now);
        self.signing.iter().filter(is_current).map(|signing| signing.secret.clone()).collect()
    }

    /// Seals them for their channel.
    pub fn seal(&self, seal: &Seal, stakeholder: i64, channel: &str) -> Result<Vec<u8>> {
        let text = serde_json::to_string(self).map_err(Error::internal)?;
        seal.close(&owner(stakeholder, channel), &text)
    }

    /// Unseals them; `None` if they were sealed for another channel or with another key.
    pub fn open(seal: &Seal, stakeholder: i64, channel: &str, sealed: &[u8]) -> Option<Self> {
        serde_json::from_str(&seal.open(&owner(stakeholder, channel), sealed)?).ok()
    }
}

/// The whole URL, where not all of it is shown.
fn secret_url(channel: &Channel) -> Option<String> {
    let (whole, masked) = (channel.address()?, channel.masked());
    (masked.address()? != whole).then(|| whole.expose().to_owned())
}

/// Says nothing of them.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

fn owner(stakeholder: i64, channel: &str) -> String {
    format!("{stakeholder}/{channel}")
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
