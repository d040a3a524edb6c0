//! Secrets that programs show: what they look like, and what is kept of them.

use rand::RngExt;
use rand::distr::Alphanumeric;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// What a secret is good for. Each kind begins with a prefix of its own, so that
/// people and scanners for leaked secrets recognise one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Opening the streams of a stakeholder.
    Token,
    /// Calling the API.
    Key,
}

impl Purpose {
    const ALL: [Self; 2] = [Self::Token, Self::Key];

    fn prefix(self) -> &'static str {
        match self {
            Self::Token => "idbt_",
            Self::Key => "idbk_",
        }
    }
}

/// So many letters and digits, each worth nearly six bits, that nobody can guess.
pub fn random_text(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}

/// A prefix and 32 letters and digits: 190 bits.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// A new one that nobody can guess.
    pub fn random(purpose: Purpose) -> Self {
        Self((purpose.prefix().to_owned() + &random_text(32)).into())
    }

    /// The secret in a text that looks like one, and what it would be good for.
    pub fn read(text: &str) -> Option<(Purpose, Self)> {
        let purpose = Purpose::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))?;
        Some((purpose, Self(text.into())))
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
        for purpose in Purpose::ALL {
            let (one, other) = (Secret::random(purpose), Secret::random(purpose));
            assert_eq!(one.expose().len(), 37);
            let (read, again) = Secret::read(one.expose()).unwrap();
            assert_eq!((read, again.hash()), (purpose, one.hash()));
            assert_ne!(one.hash(), other.hash());
            assert!(!format!("{one:?}").contains(one.expose()));
        }
        assert!(Secret::read("eyJ0.a.b").is_none());
    }
}
