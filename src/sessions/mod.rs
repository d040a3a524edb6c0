//! Sessions of browsers: somebody who has logged in on the page, known by a cookie that
//! scripts can't read, and by a second token that only the page itself can send.

mod lifetime;
pub mod routes;
mod secret;
mod store;

pub use lifetime::Lifetime;
pub use secret::Secret;

use std::net::IpAddr;

use secrecy::SecretString;
use serde::Serialize;

use crate::App;
use crate::audit::{self, Event, Subject};
use crate::auth;
use crate::error::{Error, Result};
use crate::users::{self, User};

/// Who is logged in, and what their unsafe requests have to carry.
#[derive(Debug, Serialize)]
pub struct Session {
    #[serde(flatten)]
    pub user: User,
    pub csrf_token: String,
}

/// Why a request with a cookie that is good no more is refused.
pub const ENDED: &str = "The session has ended. Log in again.";

/// Logs in with a password. The session is always a new one, so that nobody can have
/// known its cookie before; the one that was `left` ends.
pub async fn begin(
    app: &App,
    username: &str,
    password: SecretString,
    address: IpAddr,
    left: Option<&Secret>,
) -> Result<(Secret, Session)> {
    let known = auth::check_password(app, username, password, address).await?;
    let secret = Secret::random();
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    if let Some(left) = left {
        store::delete(&transaction, &left.hash()).await?;
    }
    store::insert(
        &transaction,
        known.id,
        known.token_generation,
        &secret.hash(),
        &app.session_lifetime,
    )
    .await?;
    let user = users::store::of_token(&transaction, known.id, known.token_generation)
        .await?
        .ok_or(Error::WrongCredentials)?;
    transaction.commit().await?;
    let csrf_token = secret.csrf_token();
    Ok((secret, Session { user, csrf_token }))
}

/// Whose session it is; nobody's if it has ended: by its time, a log-out, a new password
/// or with its user.
pub async fn identify(app: &App, secret: &Secret) -> Result<Option<User>> {
    let client = app.pool.get().await?;
    let Some(known) = store::by_hash(&client, &secret.hash(), &app.session_lifetime).await? else {
        return Ok(None);
    };
    if known.is_unrecorded {
        store::record_use(&client, known.id).await?;
    }
    users::store::of_token(&client, known.user, known.generation).await
}

/// Forgets the sessions that have ended; answers how many.
pub async fn forget(app: &App) -> Result<u64> {
    store::forget_expired(&app.pool.get().await?, &app.session_lifetime).await
}

/// Ends a session, if there is one.
pub async fn end(app: &App, secret: &Secret) -> Result<()> {
    let user = identify(app, secret).await?;
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    store::delete(&transaction, &secret.hash()).await?;
    if let Some(user) = user {
        let subject = Subject::from(&user);
        let event = Event { action: "user.logout", subject, before: None, after: None };
        audit::record(&transaction, event).await?;
    }
    Ok(transaction.commit().await?)
}
