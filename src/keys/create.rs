//! The stories of a key's beginning and end. Nobody gives, or takes, more than they
//! have.

use serde_json::json;

use super::{NewKey, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::auth::{self, Caller, Lifetime, Purpose, Secret};
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::users::Role;

/// What a key is to be.
#[derive(Debug)]
pub struct Wanted {
    pub name: String,
    pub scope: Scope,
    pub lifetime: Lifetime,
}

/// What a key is to be good for.
#[derive(Debug, Clone, Copy)]
pub enum Scope {
    Role(Role),
    Stakeholder(i64),
}

/// Issues a key, which ends no later than the one that makes it.
pub async fn create(app: &App, caller: &Caller, wanted: &Wanted, once: &Once) -> Result<NewKey> {
    if let Scope::Role(role) = wanted.scope {
        check_has(caller, role)?;
    }
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    once.begin(&transaction).await?;
    let secret = Secret::random(Purpose::Key);
    let end = auth::end(&transaction, caller, wanted.lifetime).await?;
    let about = store::insert(&transaction, wanted, &secret.hash(), end).await?;
    let event = Event {
        action: "key.create",
        subject: Subject::new("key", about.id, &about.name),
        before: None,
        after: Some(json!(about)),
    };
    audit::record(&transaction, event).await?;
    let key = NewKey { about, key: secret.expose().to_owned() };
    once.keep(&transaction, &key).await?;
    transaction.commit().await?;
    Ok(key)
}

/// Ends a key.
pub async fn revoke(app: &App, caller: &Caller, id: i64) -> Result<()> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    let key = store::delete(&transaction, id).await?.ok_or(Error::NotFound)?;
    if let Some(role) = key.role {
        check_has(caller, role)?;
    }
    let event = Event {
        action: "key.delete",
        subject: Subject::new("key", key.id, &key.name),
        before: Some(json!(key)),
        after: None,
    };
    audit::record(&transaction, event).await?;
    transaction.commit().await?;
    Ok(())
}

fn check_has(caller: &Caller, role: Role) -> Result<()> {
    match caller.role() {
        Some(has) if has >= role => Ok(()),
        Some(has) => Err(Error::Forbidden(format!(
            "A key of the role {role} takes somebody of that role; yours is {has}."
        ))),
        None => Err(Error::Forbidden("Keys are for people and keys with a role.".to_owned())),
    }
}
