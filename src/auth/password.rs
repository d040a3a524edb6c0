//! Passwords of people: checked once, hashed with Argon2id off the async
//! threads, and never kept.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// A password that is long enough and not absurdly long.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    /// 10 to 1024 characters, counted as people count them.
    pub fn new(text: String) -> Result<Self, &'static str> {
        match text.chars().count() {
            0 => Err("can't be blank"),
            1..10 => Err("should be at least 10 character(s)"),
            10..=1024 => Ok(Self(text.into())),
            _ => Err("should be at most 1024 character(s)"),
        }
    }
}

/// Hashes and verifies, on as many threads as there are cores: each hash takes
/// 19 MiB of memory, so a crowd at the door waits in line.
#[derive(Debug, Clone)]
pub struct Passwords(Arc<Semaphore>);

/// Verified against where there is no user, so that the answer takes as long.
static NOBODY: LazyLock<Option<String>> =
    LazyLock::new(|| hash_of("nobody has this password").ok());

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }
}

impl Passwords {
    /// The PHC string of a password.
    pub async fn hash(&self, password: Password) -> Result<String> {
        self.off_thread(move || hash_of(password.0.expose_secret())).await?
    }

    /// Whether a password fits a hash; `None` takes as long and never fits.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool> {
        self.off_thread(move || {
            let exists = hash.is_some();
            let hash = hash.or_else(|| NOBODY.clone()).unwrap_or_default();
            let fits = PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.expose_secret().as_bytes(), &hash)
                    .is_ok()
            });
            exists && fits
        })
        .await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _turn = self.0.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn hash_of(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_not_bytes() {
        assert!(Password::new("ääääääääää".to_owned()).is_ok());
        assert_eq!(
            Password::new("ääääääääa".to_owned()).unwrap_err(),
            "should be at least 10 character(s)"
        );
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_and_no_other() {
        let passwords = Passwords::default();
        let password = Password::new("correct horse".to_owned()).unwrap();
        let hash = passwords.hash(password).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct mouse".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody has this password".into(), None).await.unwrap());
    }
}
