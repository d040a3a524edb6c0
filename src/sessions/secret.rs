//! What a session is known by: the secret in its cookie, and the token against requests
//! that another site makes the browser send.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::auth::random_text;

const LENGTH: usize = 43;

/// 43 letters and digits: 256 bits.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// A new one that nobody can guess.
    pub fn random() -> Self {
        Self(random_text(LENGTH).into())
    }

    /// The secret that a cookie holds, if it looks like one of ours.
    pub fn read(text: &str) -> Option<Self> {
        let is_ours = text.len() == LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric());
        is_ours.then(|| Self(text.into()))
    }

    /// What the registry keeps: nobody who reads it can log in with that.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.expose_secret().as_bytes()).to_vec()
    }

    /// What unsafe requests carry beside the cookie. It follows from the secret alone, so
    /// nothing has to be kept, and leads back to neither the secret nor its hash.
    pub fn csrf_token(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(b"integratedb: csrf, 1\0");
        digest.update(self.0.expose_secret().as_bytes());
        base16(&digest.finalize())
    }

    /// Whether a request carries what belongs to this session.
    pub fn is_vouched_for(&self, csrf_token: &str) -> bool {
        self.csrf_token().as_bytes().ct_eq(csrf_token.as_bytes()).into()
    }

    /// The text itself, for the cookie.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

fn base16(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_of_the_same_session_vouches_for_it() {
        let (one, other) = (Secret::random(), Secret::random());
        assert!(one.is_vouched_for(&one.csrf_token()));
        assert!(!one.is_vouched_for(&other.csrf_token()));
        assert!(!one.is_vouched_for(""));
        assert!(!one.csrf_token().contains(one.expose()));
        assert_ne!(one.csrf_token(), base16(&one.hash()));
    }

    #[test]
    fn what_is_no_secret_of_ours_is_looked_for_nowhere() {
        let ours = Secret::random();
        assert_eq!(Secret::read(ours.expose()).map(|read| read.hash()), Some(ours.hash()));
        for text in ["", "x", "idbk_0123456789", &"ä".repeat(LENGTH), &";".repeat(LENGTH)] {
            assert!(Secret::read(text).is_none(), "{text}");
        }
    }
}
