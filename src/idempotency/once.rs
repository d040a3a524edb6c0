//! A request that may come again.

use std::future::Future;
use std::sync::Arc;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use deadpool_postgres::GenericClient;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::store;
use crate::App;
use crate::auth::{Seal, derive};
use crate::error::{Error, Result};

/// What all keys of answers are derived from.
#[derive(Clone)]
pub struct Keys(Key);

impl Keys {
    /// Derives it from `SECRET_KEY_BASE`.
    pub fn new(secret_key_base: &SecretString) -> Self {
        Self(Key::new(HMAC_SHA256, &derive(secret_key_base, "integratedb: kept answers, 1")))
    }

    fn derive(&self, purpose: &str, caller: &str, key: &str) -> Vec<u8> {
        // None of them contains a NUL, so no two can make the same text.
        sign(&self.0, [purpose, caller, key].join("\0").as_bytes()).as_ref().to_vec()
    }
}

/// What is kept, sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    request: Value,
    answer: Value,
}

/// A request under an `Idempotency-Key`, or under none.
#[derive(Clone, Default)]
pub struct Once(Option<Arc<Asked>>);

struct Asked {
    id: Vec<u8>,
    seal: Seal,
    request: Value,
}

impl Once {
    /// A request of a caller, whose every detail is in `request`.
    pub fn new(keys: &Keys, caller: &str, key: &str, request: Value) -> Result<Self> {
        let seal = Seal::with(&keys.derive("seal", caller, key))?;
        Ok(Self(Some(Arc::new(Asked { id: keys.derive("id", caller, key), seal, request }))))
    }

    /// The answer that was kept, or else that of `act`, which is a story that begins and
    /// keeps. While another one is at it, it is a conflict.
    pub async fn answer<T: Serialize>(
        &self,
        app: &App,
        act: impl Future<Output = Result<T>>,
    ) -> Result<Value> {
        if let Some(kept) = self.kept(app).await? {
            return Ok(kept);
        }
        match act.await {
            Ok(answer) => serde_json::to_value(answer).map_err(Error::internal),
            // The other one may have ended meanwhile.
            Err(Error::Running) => self.kept(app).await?.ok_or(Error::Running),
            Err(error) => Err(error),
        }
    }

    /// Keeps others from doing the same until the commit; fails if they are, or have.
    pub async fn begin(&self, transaction: &impl GenericClient) -> Result<()> {
        let Some(asked) = &self.0 else { return Ok(()) };
        let is_alone = store::lock(transaction, &asked.id).await?
            && store::find(transaction, &asked.id).await?.is_none();
        if is_alone { Ok(()) } else { Err(Error::Running) }
    }

    /// Keeps the answer together with what it is about.
    pub async fn keep(
        &self,
        transaction: &impl GenericClient,
        answer: &impl Serialize,
    ) -> Result<()> {
        let Some(asked) = &self.0 else { return Ok(()) };
        let answer = serde_json::to_value(answer).map_err(Error::internal)?;
        let kept = Kept { request: asked.request.clone(), answer };
        let text = serde_json::to_string(&kept).map_err(Error::internal)?;
        store::insert(transaction, &asked.id, &asked.seal.close(OWNER, &text)?).await
    }

    async fn kept(&self, app: &App) -> Result<Option<Value>> {
        let Some(asked) = &self.0 else { return Ok(None) };
        let sealed = store::find(&app.pool.get().await?, &asked.id).await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let text = asked.seal.open(OWNER, &sealed);
        let text = text.ok_or_else(|| Error::internal("a kept answer can't be opened"))?;
        let kept: Kept = serde_json::from_str(&text).map_err(Error::internal)?;
        if kept.request == asked.request {
            return Ok(Some(kept.answer));
        }
        Err(Error::invalid("Idempotency-Key", "was used for another request"))
    }
}

/// What kept answers are sealed for; their key is nobody else's.
const OWNER: &str = "answer";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_callers_or_keys_have_one_id() {
        let keys = Keys::new(&"a".repeat(32).into());
        let id = |caller, key| keys.derive("id", caller, key);
        assert_eq!(id("user:1", "k"), id("user:1", "k"));
        assert_ne!(id("user:1", "k"), id("user:2", "k"));
        assert_ne!(id("user:1", "k"), id("user:1", "l"));
        assert_ne!(id("user:1", "k"), keys.derive("seal", "user:1", "k"));
        assert_ne!(
            id("user:1", "k"),
            Keys::new(&"b".repeat(32).into()).derive("id", "user:1", "k")
        );
    }
}
