//! The story of a user's end.

use super::store;
use crate::App;
use crate::error::{Error, Result};

/// Removes a user, unless it is the last one: that would open the door again.
pub async fn delete(app: &App, id: i64) -> Result<()> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    store::lock(&transaction).await?;
    if !store::delete(&transaction, id).await? {
        return Err(Error::NotFound);
    }
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
    transaction.commit().await?;
    Ok(())
}
