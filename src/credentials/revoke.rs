//! The story of a credential's end.
//!
//! A role that is dropped keeps its sessions, and nobody may end them any more. So the
//! end has two acts, as that of a stakeholder has: first the role may no longer log in,
//! and the registry says so; then its sessions end and it goes. What comes between is
//! finished by [`reap`], which also ends what has expired.

use serde_json::json;

use super::{login, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::claims;
use crate::error::{Error, Result, chain};
use crate::stakeholders::{self, objects, role};

/// Revokes a credential of a stakeholder: it can't log in, its sessions have ended, and
/// its role is gone. If the last fails, the former two hold nevertheless.
pub async fn revoke(app: &App, stakeholder: i64, id: i64) -> Result<()> {
    let username = shut_out(app, stakeholder, id).await?;
    finish(app, stakeholder, id, &username).await.map_err(|error| match error {
        Error::Conflict(why) => Error::Conflict(format!(
            "It can't log in any more and has no sessions, but its role isn't gone yet. {why} \
             It is tried again by itself."
        )),
        other => other,
    })
}

/// Revokes what has expired, and finishes what was begun; answers how many. One that
/// fails keeps no other from it.
pub async fn reap(app: &App) -> Result<u64> {
    let overdue = store::overdue(&app.pool.get().await?).await?;
    let (mut reaped, mut failure) = (0, None);
    for (stakeholder, id) in overdue {
        match revoke(app, stakeholder, id).await {
            Ok(()) => reaped += 1,
            // Somebody else was faster.
            Err(Error::NotFound) => {}
            Err(error) => {
                let error = chain(failure.insert(error));
                tracing::warn!(stakeholder, credential = id, error, "can't remove a credential");
            }
        }
    }
    failure.map_or(Ok(reaped), Err)
}

/// The first act: no further log-ins, and the registry says so.
async fn shut_out(app: &App, stakeholder: i64, id: i64) -> Result<String> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    claims::store::wait_at_most(&transaction, app.lock_timeout).await?;
    stakeholders::store::lock(&transaction, stakeholder).await?;
    let credential = store::lock(&transaction, stakeholder, id).await?;
    let about = store::by_id(&transaction, stakeholder, id).await?;
    store::mark_revoked(&transaction, id).await?;
    login::shut_out(&transaction, &credential.username).await?;
    if !about.is_revoked {
        audit::record(
            &transaction,
            Event {
                action: if about.is_expired { "credential.expire" } else { "credential.revoke" },
                subject: Subject::new("credential", id, &credential.username),
                before: Some(json!(about)),
                after: None,
            },
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(credential.username)
}

/// The second act: the sessions end, then the role goes.
async fn finish(app: &App, stakeholder: i64, id: i64, username: &str) -> Result<()> {
    let mut client = app.pool.get().await?;
    // Before others have to wait for us.
    role::end_sessions(&client, username).await?;
    let transaction = client.transaction().await?;
    claims::store::wait_at_most(&transaction, app.lock_timeout).await?;
    stakeholders::store::lock(&transaction, stakeholder).await?;
    let credential = store::lock(&transaction, stakeholder, id).await?;
    role::end_sessions(&transaction, &credential.username).await?;
    store::delete(&transaction, id).await?;
    if !credential.is_primary {
        let has_made_something =
            objects::owns_something(&transaction, &credential.username).await?;
        if has_made_something {
            claims::store::note_faults(&transaction).await?;
        }
        login::drop(&transaction, &credential.stakeholder, &credential.username).await?;
        if has_made_something {
            claims::store::validate(&transaction).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}
