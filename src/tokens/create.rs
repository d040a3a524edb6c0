//! The stories of a token's beginning and end.

use serde_json::{Value, json};

use super::{NewToken, Token, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::auth::{self, Caller, Lifetime, Purpose, Secret};
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::stakeholders::{self, Stakeholder};

/// Issues a token of a stakeholder, which ends no later than the key that makes it.
pub async fn create(
    app: &App,
    caller: &Caller,
    stakeholder: i64,
    (name, lifetime): (&str, Lifetime),
    once: &Once,
) -> Result<NewToken> {
    let secret = Secret::random(Purpose::Token);
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    once.begin(&transaction).await?;
    let stakeholder = stakeholders::store::by_id(&transaction, stakeholder).await?;
    let end = auth::end(&transaction, caller, lifetime).await?;
    let about = store::insert(&transaction, stakeholder.id, name, &secret.hash(), end).await?;
    let after = Some(shown(&about, &stakeholder));
    let subject = Subject::new("token", about.id, &about.name);
    let event = Event { action: "token.create", subject, before: None, after };
    audit::record(&transaction, event).await?;
    let token = NewToken { about, token: secret.expose().to_owned() };
    once.keep(&transaction, &token).await?;
    transaction.commit().await?;
    Ok(token)
}

/// Ends a token of a stakeholder.
pub async fn revoke(app: &App, stakeholder: i64, id: i64) -> Result<()> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    let stakeholder = stakeholders::store::by_id(&transaction, stakeholder).await?;
    let about = store::delete(&transaction, stakeholder.id, id).await?.ok_or(Error::NotFound)?;
    let before = Some(shown(&about, &stakeholder));
    let subject = Subject::new("token", about.id, &about.name);
    let event = Event { action: "token.delete", subject, before, after: None };
    audit::record(&transaction, event).await?;
    Ok(transaction.commit().await?)
}

fn shown(token: &Token, stakeholder: &Stakeholder) -> Value {
    json!({
        "id": token.id, "name": token.name, "stakeholder": stakeholder,
        "inserted_at": token.inserted_at, "expires_at": token.expires_at,
    })
}
