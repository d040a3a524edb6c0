//! The story of a backfill that is no longer wanted.

use serde_json::json;

use super::store;
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::error::Result;
use crate::notifications;
use crate::stakeholders;

/// Cancels a backfill, if it runs. What has been read by then is told.
pub async fn cancel(app: &App, stakeholder: i64, id: i64) -> Result<()> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    let owner = stakeholders::store::by_id(&transaction, stakeholder).await?;
    if store::cancel(&transaction, stakeholder, id).await? {
        notifications::announce(&transaction).await?;
        let said = |state: &str| Some(json!({ "id": id, "state": state }));
        let event = Event {
            action: "backfill.cancel",
            subject: Subject::from(&owner),
            before: said("running"),
            after: said("cancelled"),
        };
        audit::record(&transaction, event).await?;
    }
    transaction.commit().await?;
    app.changes.stir();
    Ok(())
}
