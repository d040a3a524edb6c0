//! The story of a stakeholder's end.
//!
//! A role that is dropped keeps its sessions, and nobody may end them any more.
//! So the end has two acts: first the role may no longer log in and its sessions
//! end, and the registry says what is to follow; then everything goes in one
//! transaction. What a crash leaves in between is finished at the next start, and by
//! housekeeping.

use std::time::Duration;

use deadpool_postgres::GenericClient;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Name, Stakeholder, handover, objects, role, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::claims;
use crate::credentials::{self, login};
use crate::error::{Error, Result, chain};
use crate::version::{Expected, Version};

/// What becomes of what the stakeholder made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objects {
    /// It stays, and belongs to a role that is made for it and may do nothing else.
    #[default]
    Keep,
    /// It is dropped with all that depends on it.
    Drop,
    /// It stays, and belongs to this stakeholder.
    ReassignTo(String),
}

/// What is left of a stakeholder.
#[derive(Debug, Serialize)]
pub struct Deleted {
    /// The schema, unless it is gone too.
    pub schema: String,
    /// Who owns it all now.
    pub owner: String,
    /// Everything that was kept, as Postgres describes it.
    pub objects: Vec<String>,
}

/// Ends a stakeholder's access and removes its role; answers what was kept.
/// Refused if other stakeholders claim what would go.
pub async fn delete(
    app: &App,
    id: i64,
    objects: Objects,
    expected: &Expected,
) -> Result<Option<Deleted>> {
    if let Objects::ReassignTo(heir) = &objects {
        check_heir(app, id, heir).await?;
    }
    announce(app, id, &objects, expected).await?;
    let attempts = claims::Attempts::within(app.lock_timeout);
    let mut ending = finish(app, id, &objects, expected).await;
    while attempts.go_on_after(&ending) {
        ending = finish(app, id, &objects, expected).await;
    }
    if ending.is_err()
        && let Err(error) = restore_access(app, id).await
    {
        // What is told is why it was refused.
        let error = chain(&error);
        tracing::warn!(
            stakeholder = id,
            error,
            "can't take back a deletion yet; housekeeping will finish it, or take it back"
        );
    }
    ending
}

/// Finishes the deletions that nobody has been at for so long, or takes back what is
/// refused; answers how many are finished.
pub async fn finish_deletions(app: &App, abandoned: Duration) -> Result<u64> {
    let mut finished = 0;
    let mut failed = None;
    for (id, deletion) in announced(app, abandoned).await? {
        let objects: Objects = serde_json::from_value(deletion).map_err(Error::internal)?;
        match delete(app, id, objects, &Expected::default()).await {
            Ok(_) => {
                finished += 1;
                tracing::info!(stakeholder = id, "finished an interrupted deletion");
            }
            // Another instance was faster.
            Err(Error::NotFound) => {}
            Err(error) => {
                let error = chain(&error);
                // It may have been refused before anything was done.
                match restore_access(app, id).await {
                    Ok(()) => {
                        tracing::warn!(
                            stakeholder = id,
                            error,
                            "took back an interrupted deletion"
                        );
                    }
                    Err(error) => failed = Some(error),
                }
            }
        }
    }
    failed.map_or(Ok(finished), Err)
}

/// The deletions that were announced. At a start also by a program that was killed and
/// whose COMMIT Postgres is still working on: the lock waits for that. Nobody is worth it
/// later, when it would stand in the way of those who are at work.
async fn announced(app: &App, abandoned: Duration) -> Result<Vec<(i64, serde_json::Value)>> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    claims::store::wait_at_most(&transaction, app.lock_timeout).await?;
    if abandoned.is_zero() {
        store::lock_all(&transaction).await?;
    }
    let deletions = store::deletions(&transaction, abandoned).await?;
    transaction.commit().await?;
    Ok(deletions)
}

async fn check_heir(app: &App, id: i64, heir: &str) -> Result<()> {
    let client = app.pool.get().await?;
    let name = store::by_id(&client, id).await?.name;
    let is_itself = name == heir;
    let is_a_name = Name::new(heir).is_ok();
    if is_itself || !is_a_name || !store::exists(&client, heir).await? {
        return Err(Error::invalid("reassign_to", "must be the name of another stakeholder"));
    }
    // Again when it is done; but here nobody's session has ended yet.
    handover::refuse_lending(&client, &name, heir).await
}

/// The first act: no further log-ins by any of its roles, and the registry says what is to
/// follow.
async fn announce(app: &App, id: i64, objects: &Objects, expected: &Expected) -> Result<()> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    let stakeholder = store::lock(&transaction, id).await?;
    expected.admit(&Version::of(&stakeholder)?)?;
    let deletion = serde_json::to_value(objects).map_err(Error::internal)?;
    store::mark_deletion(&transaction, id, Some(&deletion)).await?;
    login::allow_all(&transaction, stakeholder.id, false).await?;
    transaction.commit().await?;
    Ok(())
}

/// The second act: the sessions end, then everything goes.
async fn finish(
    app: &App,
    id: i64,
    objects: &Objects,
    expected: &Expected,
) -> Result<Option<Deleted>> {
    let mut client = app.pool.get().await?;
    role::end_sessions(&client, &store::by_id(&client, id).await?.name).await?;
    for username in credentials::store::further_roles(&client, id).await? {
        role::end_sessions(&client, &username).await?;
    }
    let transaction = client.transaction().await?;
    claims::store::wait_at_most(&transaction, app.lock_timeout).await?;
    let stakeholder = store::lock(&transaction, id).await?;
    expected.admit(&Version::of(&stakeholder)?)?;
    let claims = claims::store::spec(&transaction, id, claims::store::Kind::Claims).await?;
    claims::store::note_faults(&transaction).await?;
    claims::store::withdraw(&transaction, id).await?;
    for username in credentials::store::further_roles(&transaction, id).await? {
        login::drop(&transaction, &stakeholder.name, &username).await?;
    }
    let deleted = dispose(&transaction, &stakeholder, objects).await?;
    role::drop(&transaction, &stakeholder.name).await?;
    store::delete(&transaction, id).await?;
    audit::record(
        &transaction,
        Event {
            action: "stakeholder.delete",
            subject: Subject::from(&stakeholder),
            before: Some(json!({ "name": stakeholder.name, "claims": claims.terse() })),
            after: Some(json!({ "objects": objects, "kept": deleted })),
        },
    )
    .await?;
    claims::store::validate(&transaction).await?;
    transaction.commit().await?;
    Ok(deleted)
}

async fn dispose(
    client: &impl GenericClient,
    stakeholder: &Stakeholder,
    objects: &Objects,
) -> Result<Option<Deleted>> {
    let name = stakeholder.name.as_str();
    if *objects == Objects::Drop {
        objects::drop(client, name).await?;
        return Ok(None);
    }
    let kept = objects::list(client, name).await?;
    let owner = if let Objects::ReassignTo(heir) = objects {
        handover::reassign(client, name, heir).await?;
        Some(heir.clone())
    } else {
        handover::retire(client, name, stakeholder.id).await?
    };
    if objects::is_empty(client, name).await? {
        objects::drop_empty(client, name).await?;
    }
    let owner = match owner {
        Some(owner) => owner,
        // What is in its schema is others', and the schema is ours.
        None => client.query_one("select current_user::text", &[]).await?.get(0),
    };
    let deleted = Deleted { schema: name.to_owned(), owner, objects: kept };
    Ok(Some(deleted).filter(|deleted| !deleted.objects.is_empty()))
}

/// The deletion was refused, so the stakeholder is there as before.
async fn restore_access(app: &App, id: i64) -> Result<()> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    match store::lock(&transaction, id).await {
        Ok(_) => {
            store::mark_deletion(&transaction, id, None).await?;
            login::allow_all(&transaction, id, true).await?;
            transaction.commit().await?;
            Ok(())
        }
        Err(Error::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}
