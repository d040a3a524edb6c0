//! The text of a token, and what is kept of it.

use rand::RngExt;
use rand::distr::Alphanumeric;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// What every token begins with, so that people and scanners for leaked secrets
/// recognise one.
const PREFIX: &str = "idbt_";

/// `idbt_` and 32 letters and digits: 190 bits.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// A new one that nobody can guess.
    pub fn random() -> Self {
        let random = rand::rng().sample_iter(Alphanumeric).take(32).map(char::from);
        Self(PREFIX.chars().chain(random).collect::<String>().into())
    }

    /// The secret in a text that looks like a token of a stakeholder.
    pub fn read(text: &str) -> Option<Self> {
        text.starts_with(PREFIX).then(|| Self(text.into()))
    }

    /// What the registry keeps. A plain hash is enough: the slow ones, and salt, make
    /// up for what people choose, and there are no tables of 190 random bits. And it
    /// has to be quick, and found by an index: it is looked for at every request.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.expose_secret().as_bytes()).to_vec()
    }

    /// The text itself, for the one answer that shows it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognised_and_hashed_as_a_whole() {
        let (one, other) = (Secret::random(), Secret::random());
        assert_eq!(one.expose().len(), 37);
        assert_eq!(Secret::read(one.expose()).map(|read| read.hash()), Some(one.hash()));
        assert_ne!(one.hash(), other.hash());
        assert!(Secret::read("eyJ0.a.b").is_none());
        assert!(!format!("{one:?}").contains(one.expose()));
    }
}
