//! The story of another name.

use serde_json::json;

use super::{Name, Stakeholder, role, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::claims;
use crate::credentials::login;
use crate::error::Result;
use crate::version::{Expected, Version};

/// Renames a stakeholder with its role and schema. Refused if somebody claims a
/// table in the schema under its present name.
pub async fn rename(app: &App, id: i64, name: Name, expected: &Expected) -> Result<Stakeholder> {
    let attempts = claims::Attempts::within(app.lock_timeout);
    let mut outcome = attempt(app, id, &name, expected).await;
    while attempts.go_on_after(&outcome) {
        outcome = attempt(app, id, &name, expected).await;
    }
    outcome
}

async fn attempt(app: &App, id: i64, name: &Name, expected: &Expected) -> Result<Stakeholder> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    claims::store::wait_at_most(&transaction, app.lock_timeout).await?;
    let before = store::lock(&transaction, id).await?;
    expected.admit(&Version::of(&before)?)?;
    if before.name == name.as_str() {
        return Ok(before);
    }
    claims::store::note_faults(&transaction).await?;
    store::rename(&transaction, id, name).await?;
    role::refuse_existing(&transaction, name).await?;
    role::rename(&transaction, &before.name, name).await?;
    let after = Stakeholder { id, name: name.as_str().to_owned() };
    audit::record(
        &transaction,
        Event {
            action: "stakeholder.rename",
            subject: Subject::from(&after),
            before: Some(json!(before)),
            after: Some(json!(after)),
        },
    )
    .await?;
    login::follow_rename(&transaction, id, name.as_str()).await?;
    claims::store::validate(&transaction).await?;
    transaction.commit().await?;
    Ok(after)
}
