//! Looking for claims that became unmet with nobody validating.

use super::store;
use crate::App;
use crate::error::{Error, Result};

/// Notes which claims are unmet, so that no later migration is taken to have broken them;
/// waits for nobody who is at it, as it is done again soon. Answers 0: it removes nothing.
pub async fn notice_unmet(app: &App) -> Result<u64> {
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    store::wait_at_most(&transaction, store::PATIENCE).await?;
    match store::note_faults(&transaction).await {
        Err(Error::Busy(_)) => Ok(0),
        Err(error) => Err(error),
        Ok(()) => {
            transaction.commit().await?;
            Ok(0)
        }
    }
}
