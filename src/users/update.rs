//! The story of a user's change.

use super::{Role, User, Username, store};
use crate::App;
use crate::auth::{Caller, Password};
use crate::error::{Error, Result};

/// What is to become of a user; what isn't given stays.
#[derive(Debug)]
pub struct Change {
    pub username: Option<Username>,
    pub password: Option<Password>,
    pub role: Option<Role>,
}

/// Changes a user. Roles are for admins to give, and one of them always stays.
pub async fn update(app: &App, caller: &Caller, id: i64, change: Change) -> Result<User> {
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
    let username = change.username.as_ref();
    let user = store::update(&transaction, id, username, hash.as_deref(), change.role).await?;
    let user = user.ok_or(Error::NotFound)?;
    if !store::any_admin_exists(&transaction).await? {
        return Err(Error::Conflict(
            "The last admin stays one: nobody could then make another.".to_owned(),
        ));
    }
    transaction.commit().await?;
    Ok(user)
}
