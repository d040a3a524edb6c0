//! The story of another name.

use super::{Name, Stakeholder, role, store};
use crate::App;
use crate::claims;
use crate::error::Result;

/// Renames a stakeholder with its role and schema. Refused if somebody claims a
/// table in the schema under its present name.
pub async fn rename(app: &App, id: i64, name: Name) -> Result<Stakeholder> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    claims::store::wait_at_most(&transaction, app.lock_timeout).await?;
    let before = store::lock(&transaction, id).await?;
    if before.name == name.as_str() {
        return Ok(before);
    }
    store::rename(&transaction, id, &name).await?;
    role::refuse_existing(&transaction, &name).await?;
    role::rename(&transaction, &before.name, &name).await?;
    claims::store::validate(&transaction).await?;
    transaction.commit().await?;
    Ok(Stakeholder { id, name: name.as_str().to_owned() })
}
