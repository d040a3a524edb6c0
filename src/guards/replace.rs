//! The story of other guards.

use super::{Guards, store};
use crate::App;
use crate::claims;
use crate::credentials;
use crate::error::Result;
use crate::stakeholders;

/// Puts guards on all roles of a stakeholder, and takes away those that aren't said.
/// They hold for sessions that begin from now on.
pub async fn replace(app: &App, stakeholder: i64, guards: &Guards) -> Result<Guards> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    claims::store::wait_at_most(&transaction, app.lock_timeout).await?;
    let owner = stakeholders::store::lock(&transaction, stakeholder).await?;
    store::put(&transaction, &owner.name, guards).await?;
    for username in credentials::store::further_roles(&transaction, stakeholder).await? {
        store::put(&transaction, &username, guards).await?;
    }
    let guards = store::of(&transaction, &owner.name).await?;
    transaction.commit().await?;
    Ok(guards)
}
