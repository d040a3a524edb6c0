//! The story of one more credential.

use serde_json::json;

use super::{Label, MOST, NewCredential, examine, login, random_password, store, verifier_of};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::auth::{self, Caller, Lifetime};
use crate::claims;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::stakeholders;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A random one, if none.
    pub label: Option<Label>,
    pub lifetime: Lifetime,
}

/// Gives a stakeholder one more role to log in with, all or nothing. It ends no later than
/// the key that makes it.
pub async fn issue(
    app: &App,
    caller: &Caller,
    stakeholder: i64,
    wanted: Wanted,
    once: &Once,
) -> Result<NewCredential> {
    let password = random_password();
    let verifier = verifier_of(&password).await?;
    let label = wanted.label.unwrap_or_else(Label::random);

    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    once.begin(&transaction).await?;
    claims::store::wait_at_most(&transaction, app.lock_timeout).await?;
    let owner = stakeholders::store::lock(&transaction, stakeholder).await?;
    if stakeholders::store::is_being_deleted(&transaction, owner.id).await? {
        return Err(Error::Conflict("The stakeholder is being deleted.".to_owned()));
    }
    examine::refuse_broken(&*transaction).await?;
    if store::count(&transaction, owner.id).await? >= MOST {
        let most = format!("It has {MOST} credentials, the most there may be. Revoke one first.");
        return Err(Error::Conflict(most));
    }
    let username = label.username(&owner.name);
    let end = auth::end(&transaction, caller, wanted.lifetime).await?;
    let id = store::insert(&transaction, owner.id, &label, &username, end).await?;
    login::refuse_existing(&transaction, &username).await?;
    let settings_left_out =
        login::create(&transaction, &owner.name, &username, &verifier, end).await?;
    let about = store::by_id(&transaction, owner.id, id).await?;
    audit::record(
        &transaction,
        Event {
            action: "credential.issue",
            subject: Subject::new("credential", about.id, &about.username),
            before: None,
            after: Some(json!(about)),
        },
    )
    .await?;
    let uri = app.whereabouts.uri(&username, &password);
    let credential = NewCredential { about, password, uri, settings_left_out };
    once.keep(&transaction, &credential).await?;
    transaction.commit().await?;
    Ok(credential)
}
