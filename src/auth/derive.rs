//! Keys out of `SECRET_KEY_BASE`, one for each purpose, so that it does nothing itself.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use secrecy::{ExposeSecret, SecretString};

/// The key of a purpose. Whoever has it can't tell that of another, or what both come from.
pub fn derive(secret_key_base: &SecretString, purpose: &str) -> [u8; 32] {
    let base = Key::new(HMAC_SHA256, secret_key_base.expose_secret().as_bytes());
    let mut key = [0; 32];
    key.copy_from_slice(sign(&base, purpose.as_bytes()).as_ref());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_and_signed_before_is_so_still() {
        let key = derive(&"a".repeat(32).into(), "integratedb: signing tokens, 1");
        assert_eq!(key[..6], [0x8a, 0xbe, 0x26, 0x68, 0xb6, 0xfd]);
        assert_ne!(key, derive(&"a".repeat(32).into(), "integratedb: kept answers, 1"));
    }
}
