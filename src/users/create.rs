//! The story of a new user.

use serde_json::json;

use super::{Role, User, Username, first, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::auth::{Password, Session, open_session};
use crate::error::Result;
use crate::idempotency::Once;

/// Makes a user; as the first one (`is_first`) only while there is none, and of
/// any number of such requests at the same time exactly one succeeds.
pub async fn create(
    app: &App,
    is_first: bool,
    username: Username,
    password: Password,
    role: Role,
    once: &Once,
) -> Result<Session> {
    let hash = app.passwords.hash(password).await?;
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    once.begin(&transaction).await?;
    if is_first {
        store::lock(&transaction).await?;
        first::refuse_a_second(&transaction).await?;
    }
    let id = store::insert(&transaction, &username, &hash, role).await?;
    let user = User { id, username: username.as_str().to_owned(), role };
    let subject = Subject::from(&user);
    let event = Event { action: "user.create", subject, before: None, after: Some(json!(user)) };
    audit::record(&transaction, event).await?;
    let session = open_session(&app.tokens, id, 1)?;
    once.keep(&transaction, &session).await?;
    transaction.commit().await?;
    Ok(session)
}
