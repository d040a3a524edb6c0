//! The stories of a key's beginning and end. Nobody gives, or takes, more than they
//! have.

use serde_json::json;

use super::{NewKey, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::auth::{Caller, Purpose, Secret};
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::users::Role;

/// What a key is to be.
#[derive(Debug)]
pub struct Wanted {
    pub name: String,
    pub scope: Scope,
    /// For how many days; for ever, if it isn't said.
    pub days: Option<i32>,
}

/// What a key is to be good for.
#[derive(Debug, Clone, Copy)]
pub enum Scope {
    Role(Role),
    Stakeholder(i64),
}

/// Issues a key. One that a key with an end has made ends no later than that.
pub async fn create(app: &App, caller: &Caller, wanted: &Wanted, once: &Once) -> Result<NewKey> {
    if let Scope::Role(role) = wanted.scope {
        check_has(caller, role)?;
    }
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    once.begin(&transaction).await?;
    let secret = Secret::random(Purpose::Key);
    let about = store::insert(&transaction, wanted, &secret.hash(), maker(caller)).await?;
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

/// The key that makes a key, if it is one.
fn maker(caller: &Caller) -> Option<i64> {
    match caller {
        Caller::Key { id, .. } => Some(*id),
        _ => None,
    }
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
