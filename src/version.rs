//! The states of a thing, told apart, so that nobody overwrites one they haven't seen.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// One state of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// The version of what is shown of a thing.
    pub fn of(shown: &impl Serialize) -> Result<Self> {
        Self::beside(shown, &[])
    }

    /// The version of what is shown and of what isn't, as the time of its last change.
    pub fn beside(shown: &impl Serialize, hidden: &[u8]) -> Result<Self> {
        let mut bytes = serde_json::to_vec(shown).map_err(Error::internal)?;
        bytes.push(0); // which no JSON contains
        bytes.extend_from_slice(hidden);
        Ok(Self::of_bytes(&bytes))
    }

    /// The version of a file.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..16]))
    }

    /// Letters, digits, `-` and `_`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Versions that a caller names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Whichever there is.
    Every,
    These(Vec<String>),
}

impl Named {
    /// Whether this one is among them.
    pub fn contains(&self, version: &Version) -> bool {
        match self {
            Self::Every => true,
            Self::These(named) => named.iter().any(|one| one == version.as_str()),
        }
    }
}

/// Of which versions a thing may be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// Of these only.
    pub only: Option<Named>,
    /// Of none of these.
    pub never: Option<Named>,
}

impl Expected {
    /// Fails unless a thing may be changed as it is now: for the transaction to ask that
    /// changes it and has locked it.
    pub fn admit(&self, now: &Version) -> Result<()> {
        let is_other = self.only.as_ref().is_some_and(|only| !only.contains(now));
        let is_known = self.never.as_ref().is_some_and(|never| never.contains(now));
        if is_other || is_known { Err(Error::Outdated(now.clone())) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_of_what_is_shown_and_what_is_not() {
        let shown = Version::of(&"a").unwrap();
        assert_eq!(shown, Version::of(&"a").unwrap());
        assert_ne!(shown, Version::of(&"b").unwrap());
        assert_ne!(shown, Version::beside(&"a", b"hidden").unwrap());
    }

    #[test]
    fn a_change_is_made_of_the_versions_that_are_named() {
        let version = Version::of(&"a").unwrap();
        let this = Named::These(vec![version.as_str().to_owned()]);
        let other = Named::These(vec!["other".to_owned()]);
        let admits = |only: Option<&Named>, never: Option<&Named>| {
            let expected = Expected { only: only.cloned(), never: never.cloned() };
            expected.admit(&version).is_ok()
        };
        assert!(admits(None, None));
        assert!(admits(Some(&this), None));
        assert!(admits(Some(&Named::Every), Some(&other)));
        assert!(!admits(Some(&other), None));
        assert!(!admits(None, Some(&this)));
        assert!(!admits(None, Some(&Named::Every)));
    }
}
