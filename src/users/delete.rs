//! The story of a user's end.

use serde_json::json;

use super::store;
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::error::{Error, Result};
use crate::version::Expected;

/// Removes a user, unless it is the last one: that would open the door again.
pub async fn delete(app: &App, id: i64, expected: &Expected) -> Result<()> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    store::lock(&transaction).await?;
    let (user, version) = store::versioned(&transaction, id).await?.ok_or(Error::NotFound)?;
    expected.admit(&version)?;
    store::delete(&transaction, id).await?;
    if !store::any_exists(&transaction).await? {
        return Err(Error::Conflict(
            "The last user can't be deleted: anyone could then create the first one again."
                .to_owned(),
        ));
    }
    if !store::any_admin_exists(&transaction).await? {
        return Err(Error::Conflict(
            "The last admin can't be deleted: nobody could then make another.".to_owned(),
        ));
    }
    let subject = Subject::from(&user);
    let event = Event { action: "user.delete", subject, before: Some(json!(user)), after: None };
    audit::record(&transaction, event).await?;
    transaction.commit().await?;
    Ok(())
}
