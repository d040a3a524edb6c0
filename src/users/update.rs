//! The story of a user's change.

use serde_json::json;

use super::{Role, User, Username, store};
use crate::App;
use crate::audit::{self, Event, Subject};
use crate::auth::{Caller, Password};
use crate::error::{Error, Result};
use crate::version::{Expected, Version};

/// What is to become of a user; what isn't given stays.
#[derive(Debug)]
pub struct Change {
    pub username: Option<Username>,
    pub password: Option<Password>,
    pub role: Option<Role>,
}

/// Changes a user. Roles are for admins to give, and one of them always stays.
/// Answers it with its version.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: i64,
    change: Change,
    expected: &Expected,
) -> Result<(User, Version)> {
    if change.role.is_some() && caller.role() != Some(Role::Admin) {
        return Err(Error::Forbidden("Only an admin can change a role.".to_owned()));
    }
    let hash = match change.password {
        Some(password) => Some(app.passwords.hash(password).await?),
        None => None,
    };
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    store::lock(&transaction).await?;
    let (before, version) = store::versioned(&transaction, id).await?.ok_or(Error::NotFound)?;
    expected.admit(&version)?;
    let username = change.username.as_ref();
    store::update(&transaction, id, username, hash.as_deref(), change.role).await?;
    let (user, version) = store::versioned(&transaction, id).await?.ok_or(Error::NotFound)?;
    if !store::any_admin_exists(&transaction).await? {
        return Err(Error::Conflict(
            "The last admin stays one: nobody could then make another.".to_owned(),
        ));
    }
    let mut after = json!(user);
    if hash.is_some() {
        after["password"] = json!("changed");
    }
    let event = Event {
        action: "user.update",
        subject: Subject::from(&user),
        before: Some(json!(before)),
        after: Some(after),
    };
    audit::record(&transaction, event).await?;
    transaction.commit().await?;
    Ok((user, version))
}
