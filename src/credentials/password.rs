//! Passwords of roles, and what Postgres is given instead of them.

use secrecy::{ExposeSecret, SecretString};

use crate::auth::random_text;
use crate::error::{Error, Result};

/// 32 letters and digits: 190 bits.
pub fn random_password() -> SecretString {
    random_text(32).into()
}

/// The SCRAM-SHA-256 verifier of a password (RFC 5803), computed here so that
/// the password reaches neither Postgres nor its log.
pub fn verifier(password: &SecretString) -> String {
    postgres_protocol::password::scram_sha_256(password.expose_secret().as_bytes())
}

/// The same, computed off the threads that serve requests.
pub async fn verifier_of(password: &SecretString) -> Result<String> {
    let password = password.clone();
    tokio::task::spawn_blocking(move || verifier(&password)).await.map_err(Error::internal)
}
