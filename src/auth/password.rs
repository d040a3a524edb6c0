//! Passwords of people: checked once, hashed with Argon2id off the async
//! threads, and never kept.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use argon2::password_hash::phc::{Output, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, PasswordHash, Version};
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

/// Hashes and verifies. Each hash takes 19 MiB, so a crowd at the door waits in line. The
/// memory stays here for the next one: given back, an allocator keeps it for each thread that
/// ever hashed, hundreds of megabytes. It needs no wiping, since every hash overwrites it all,
/// and says less of a password than the request that it came with.
#[derive(Debug, Clone)]
pub struct Passwords(Arc<Desk>);

#[derive(Debug)]
struct Desk {
    turns: Arc<Semaphore>,
    /// One for each turn that was ever taken at the same time, but for those in use.
    memories: Mutex<Vec<Memory>>,
}

/// The most that are hashed at once, however many cores there are: 152 MiB.
const MOST: usize = 8;

/// Verified against where there is no user, so that the answer takes as long.
static NOBODY: OnceLock<Option<String>> = OnceLock::new();

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self::of(cores.min(MOST))
    }
}

impl Passwords {
    fn of(turns: usize) -> Self {
        Self(Arc::new(Desk { turns: Arc::new(Semaphore::new(turns)), memories: Mutex::default() }))
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: Password) -> Result<String> {
        self.off_thread(move |memory| memory.hash(password.0.expose_secret())).await?
    }

    /// Whether a password fits a hash; `None` takes as long and never fits.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool> {
        self.off_thread(move |memory| {
            let exists = hash.is_some();
            let nobody = NOBODY.get_or_init(|| memory.hash("nobody has this password").ok());
            let hash = hash.or_else(|| nobody.clone()).unwrap_or_default();
            let fits = memory.verify(password.expose_secret(), &hash);
            exists && fits
        })
        .await
    }

    /// The turn ends with the work, which goes on when nobody waits for it any more.
    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T> {
        let desk = Arc::clone(&self.0);
        let turn = Arc::clone(&desk.turns).acquire_owned().await.map_err(Error::internal)?;
        let work = move || {
            let mut memory = desk.memories().pop().unwrap_or_default();
            let outcome = work(&mut memory);
            desk.memories().push(memory);
            drop(turn);
            outcome
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

impl Desk {
    fn memories(&self) -> MutexGuard<'_, Vec<Memory>> {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a hash is computed in.
#[derive(Default)]
struct Memory(Vec<Block>);

impl Memory {
    fn hash(&mut self, password: &str) -> Result<String> {
        let argon2 = Argon2::default();
        let salt: [u8; Salt::RECOMMENDED_LENGTH] = rand::random();
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        self.compute(&argon2, password, &salt, &mut output).map_err(in_words)?;
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::default().into()),
            params: argon2.params().try_into().map_err(in_words)?,
            salt: Some(Salt::new(&salt).map_err(in_words)?),
            hash: Some(Output::new(&output).map_err(in_words)?),
        };
        Ok(hash.to_string())
    }

    /// Whether a password fits; none fits what is no hash.
    fn verify(&mut self, password: &str, hash: &str) -> bool {
        let again = || {
            let hash = PasswordHash::new(hash).ok()?;
            let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
            let version = Version::try_from(hash.version?).ok()?;
            let argon2 = Argon2::new(algorithm, version, Params::try_from(&hash).ok()?);
            Some((argon2, hash.salt?, hash.hash?))
        };
        let Some((argon2, salt, expected)) = again() else { return false };
        let mut output = vec![0; expected.len()];
        self.compute(&argon2, password, &salt, &mut output).is_ok()
            && Output::new(&output).is_ok_and(|output| output == expected) // in constant time
    }

    fn compute(
        &mut self,
        argon2: &Argon2<'_>,
        password: &str,
        salt: &[u8],
        output: &mut [u8],
    ) -> argon2::Result<()> {
        let needed = argon2.params().block_count();
        if self.0.len() < needed {
            self.0.resize(needed, Block::new());
        }
        argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, &mut self.0)
    }
}

/// Says nothing of it.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

fn in_words(error: impl fmt::Display) -> Error {
    Error::internal(error.to_string())
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

    #[test]
    fn a_hash_of_before_fits_still() {
        use argon2::PasswordHasher;
        let other = Params::new(1 << 10, 1, 2, Some(16)).unwrap();
        for argon2 in [Argon2::default(), Argon2::from(other)] {
            let hash = argon2.hash_password(b"correct horse").unwrap().to_string();
            assert!(Memory::default().verify("correct horse", &hash), "{hash}");
            assert!(!Memory::default().verify("correct mouse", &hash), "{hash}");
        }
    }

    #[tokio::test]
    async fn who_hangs_up_leaves_no_room_for_another_hash_until_theirs_is_done() {
        let passwords = Passwords::of(1);
        let (go_on, told) = std::sync::mpsc::channel::<()>();
        let mut first = Box::pin(passwords.off_thread(move |_| told.recv().is_ok()));
        assert!(futures_util::poll!(first.as_mut()).is_pending());
        drop(first);
        assert_eq!(passwords.0.turns.available_permits(), 0);
        go_on.send(()).unwrap();
        assert!(passwords.off_thread(|_| true).await.unwrap());
        assert_eq!(passwords.0.memories().len(), 1, "the second hash took what the first had");
    }
}
