//! Signatures as Standard Webhooks has them: what makes a receiver believe that a
//! request is ours. <https://www.standardwebhooks.com>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

const PREFIX: &str = "whsec_";

/// A new secret for one channel: 32 random bytes, as `whsec_` and base64.
pub fn new_secret() -> SecretString {
    let key: [u8; 32] = rand::rng().random();
    format!("{PREFIX}{}", STANDARD.encode(key)).into()
}

/// Signs with every secret that is good: one, or two during a rotation.
pub struct Signer(Vec<Hmac<Sha256>>);

impl Signer {
    /// Takes secrets of 24 to 64 bytes, the newest first.
    pub fn new(secrets: &[SecretString]) -> Result<Self, &'static str> {
        if secrets.is_empty() {
            return Err("a webhook needs a secret to sign with");
        }
        secrets.iter().map(|secret| key(secret.expose_secret())).collect::<Result<_, _>>().map(Self)
    }

    /// The value of `webhook-signature`: a `v1,…` for each secret. `timestamp` is in
    /// seconds since 1970.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let timestamp = timestamp.to_string();
        let mut signatures = String::with_capacity(self.0.len() * 48);
        for key in &self.0 {
            let mut mac = key.clone();
            for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
                mac.update(part);
            }
            signatures.push_str(if signatures.is_empty() { "v1," } else { " v1," });
            STANDARD.encode_string(mac.finalize().into_bytes(), &mut signatures);
        }
        signatures
    }
}

fn key(secret: &str) -> Result<Hmac<Sha256>, &'static str> {
    secret
        .strip_prefix(PREFIX)
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .filter(|key| (24..=64).contains(&key.len()))
        .and_then(|key| Hmac::new_from_slice(&key).ok())
        .ok_or("a webhook's secret must be whsec_ and 24 to 64 bytes in base64")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use standardwebhooks::Webhook;

    fn secret(key: &[u8]) -> SecretString {
        format!("{PREFIX}{}", STANDARD.encode(key)).into()
    }

    #[test]
    fn new_secrets_are_good_and_differ() {
        let (one, other) = (new_secret(), new_secret());
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert!(Signer::new(&[one, other]).is_ok());
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let long = secret(&[7; 65]);
        for wrong in ["", "whsec_", "whsec_AAAA", "whsec_%", long.expose_secret()] {
            assert!(Signer::new(&[wrong.to_owned().into()]).is_err(), "{wrong}");
        }
        assert!(Signer::new(&[]).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn signatures_are_those_of_standard_webhooks(
            keys in prop::collection::vec(prop::collection::vec(any::<u8>(), 24..=64), 1..=2),
            id in "[ -~]{0,40}",
            timestamp in 0_i64..1 << 40,
            body in ".*",
        ) {
            let secrets: Vec<_> = keys.iter().map(|key| secret(key)).collect();
            let ours = Signer::new(&secrets).unwrap().sign(&id, timestamp, body.as_bytes());
            let theirs: Vec<_> = secrets
                .iter()
                .map(|secret| {
                    let oracle = Webhook::new(secret.expose_secret()).unwrap();
                    oracle.sign(&id, timestamp, body.as_bytes()).unwrap()
                })
                .collect();
            prop_assert_eq!(ours, theirs.join(" "));
        }
    }
}
