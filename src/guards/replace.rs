//! The story of other guards.

use serde_json::json;

use super::{Guards, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::claims;
use crate::credentials;
use crate::error::Result;
use crate::stakeholders;
use crate::version::{Expected, Version};

/// Puts guards on all roles of a stakeholder, and takes away those that aren't said.
/// They hold for sessions that begin from now on.
pub async fn replace(
    app: &App,
    stakeholder: i64,
    guards: &Guards,
    expected: &Expected,
) -> Result<Guards> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    claims::store::wait_at_most(&transaction, app.lock_timeout).await?;
    let owner = stakeholders::store::lock(&transaction, stakeholder).await?;
    let before = store::of(&transaction, &owner.name).await?;
    expected.admit(&Version::of(&before)?)?;
    store::put(&transaction, &owner.name, guards).await?;
    for username in credentials::store::further_roles(&transaction, stakeholder).await? {
        store::put(&transaction, &username, guards).await?;
    }
    let guards = store::of(&transaction, &owner.name).await?;
    audit::record(
        &transaction,
        Event {
            action: "guards.replace",
            subject: Subject::from(&owner),
            before: Some(json!(before)),
            after: Some(json!(guards)),
        },
    )
    .await?;
    transaction.commit().await?;
    Ok(guards)
}
