//! The URL of a channel, whose password nobody gets to see.

use std::fmt;
use std::ops::Range;

use reqwest::Url;
use serde::{Deserialize, Serialize};

const MASK: &str = "***";

/// A URL as it was written. In a log it is masked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The whole URL, with its password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The same with `***` for the password, or for the user if that stands alone:
    /// then it is a token.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut url = self.0.clone();
        if let Some(secret) = self.secret() {
            url.replace_range(secret, MASK);
        }
        Self(url)
    }

    /// Whether this is a URL that was masked.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.secret().is_some_and(|secret| &self.0[secret] == MASK)
    }

    /// Where the secret stands: behind the first colon before the last `@` of what
    /// comes before the path.
    fn secret(&self) -> Option<Range<usize>> {
        let start = self.0.find("://")? + 3;
        let rest = &self.0[start..];
        let authority = &rest[..rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())];
        let user = &authority[..authority.rfind('@')?];
        let secret = match user.find(':') {
            Some(colon) => start + colon + 1..start + user.len(),
            None => start..start + user.len(),
        };
        (!secret.is_empty()).then_some(secret)
    }

    /// Why no webhook can be posted to it.
    pub(super) fn fault_of_webhook(&self) -> Option<&'static str> {
        self.parsed().err()
    }

    /// Why no Redis can be reached by it. Its clients take a fragment or a query for settings, some
    /// of which would turn the check of certificates off.
    pub(super) fn fault_of_redis(&self) -> Option<&'static str> {
        let url = match self.parsed() {
            Ok(url) => url,
            Err(fault) => return Some(fault),
        };
        let database = url.path().strip_prefix('/').unwrap_or_default();
        if url.query().is_some() {
            Some("The URL of a Redis has no query.")
        } else if !database.is_empty() && database.parse::<u32>().is_err() {
            Some("What follows the host in the URL of a Redis is the number of a database.")
        } else {
            None
        }
    }

    /// Whether it begins with one of these schemes.
    pub(super) fn has_scheme(&self, schemes: [&str; 2]) -> bool {
        let scheme = self.0.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(|scheme| schemes.contains(&scheme))
    }

    fn parsed(&self) -> Result<Url, &'static str> {
        let url = Url::parse(&self.0).map_err(|_| "This is no URL.")?;
        if url.host_str().is_none_or(str::is_empty) {
            Err("A URL needs a host.")
        } else if url.fragment().is_some() {
            Err("A fragment (what follows a #) isn't sent, so it has no place in this URL.")
        } else {
            Ok(url)
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.masked().0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn a_password_is_masked_and_nothing_else() {
        for (url, masked) in [
            ("https://example.com/a:b@c", "https://example.com/a:b@c"),
            ("https://example.com?to=a:b@c", "https://example.com?to=a:b@c"),
            ("https://user:secret@example.com/x", "https://user:***@example.com/x"),
            ("https://user:se:cr@et@example.com", "https://user:***@example.com"),
            ("https://token@example.com", "https://***@example.com"),
            ("redis://:secret@localhost:6379/0", "redis://:***@localhost:6379/0"),
            ("redis://:@localhost", "redis://:@localhost"),
            ("redis://[::1]:6379", "redis://[::1]:6379"),
        ] {
            let address = Address::new(url);
            assert_eq!(address.masked().expose(), masked);
            assert!(!address.is_masked());
            assert_eq!(address.masked().is_masked(), url != masked);
            assert_eq!(format!("{address:?}"), format!("{masked:?}"));
        }
    }
}
