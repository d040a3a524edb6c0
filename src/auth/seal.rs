//! The sealing of secrets that have to be known again: those that channels send with,
//! and those in answers that may be asked for again.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use secrecy::SecretString;

use super::derive;
use crate::error::{Error, Result};

/// Seals and opens, with a key that is derived from `SECRET_KEY_BASE`.
pub struct Seal(RandomizedNonceKey);

impl Seal {
    /// Derives the key, so that `SECRET_KEY_BASE` itself seals nothing.
    pub fn new(secret_key_base: &SecretString) -> Result<Self> {
        Self::with(&derive(secret_key_base, "integratedb: sealing secrets of channels, 1"))
    }

    /// Seals with this key, of 32 bytes, and no other.
    pub fn with(key: &[u8]) -> Result<Self> {
        RandomizedNonceKey::new(&AES_256_GCM, key)
            .map(Self)
            .map_err(|_| Error::internal("the key for sealing can't be used"))
    }

    /// Seals a text for one owner: it opens for nobody else.
    pub fn close(&self, owner: &str, text: &str) -> Result<Vec<u8>> {
        let mut sealed = text.as_bytes().to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(owner.as_bytes()), &mut sealed)
            .map_err(|_| Error::internal("a secret can't be sealed"))?;
        let mut whole = nonce.as_ref().to_vec();
        whole.append(&mut sealed);
        Ok(whole)
    }

    /// What was sealed for the owner; `None` if it was sealed for another, with
    /// another `SECRET_KEY_BASE`, or was tampered with.
    pub fn open(&self, owner: &str, sealed: &[u8]) -> Option<String> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        let text = self.0.open_in_place(nonce, Aad::from(owner.as_bytes()), &mut rest).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Seal;

    #[test]
    fn what_is_sealed_opens_for_its_owner_and_key_only() {
        let seal = Seal::new(&"a".repeat(32).into()).unwrap();
        let sealed = seal.close("7/hook", "whsec_secret").unwrap();
        assert_eq!(seal.open("7/hook", &sealed).as_deref(), Some("whsec_secret"));
        assert_eq!(seal.open("8/hook", &sealed), None);
        assert_eq!(Seal::new(&"b".repeat(32).into()).unwrap().open("7/hook", &sealed), None);
        assert_eq!(seal.open("7/hook", &sealed[1..]), None);
        assert_eq!(seal.open("7/hook", b"short"), None);
        assert!(!sealed.windows(5).any(|part| part == b"whsec"));
    }
}
