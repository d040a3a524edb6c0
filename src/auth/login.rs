//! The stories of getting in: with a password, with a refresh token, and with
//! the token of every other request.

use std::net::IpAddr;

use secrecy::SecretString;
use serde::Serialize;

use super::attempts::Attempt;
use super::token::{Kind, Tokens};
use crate::App;
use crate::audit::{self, Actor, Event, Subject};
use crate::error::{Error, Result};
use crate::users::User;
use crate::users::store::{self, WithPassword};

/// Why a token of any kind is refused.
pub const NOT_VALID: &str = "The token is not valid, or not any more.";

/// What a login answers.
#[derive(Debug, Serialize)]
pub struct Session {
    pub id: i64,
    pub token: String,
    #[serde(rename = "refreshToken")]
    pub refresh_token: String,
}

/// Logs in with a password. Takes as long and answers the same whether the user
/// doesn't exist or the password is wrong.
/// How often somebody may is limited by account and address.
pub async fn log_in(
    app: &App,
    username: &str,
    password: SecretString,
    address: IpAddr,
) -> Result<Session> {
    let user = check_password(app, username, password, address).await?;
    open_session(&app.tokens, user.id, user.token_generation)
}

/// The user with this name and password.
pub async fn check_password(
    app: &App,
    username: &str,
    password: SecretString,
    address: IpAddr,
) -> Result<WithPassword> {
    let attempt = Attempt::new(username, address);
    let user = {
        let client = app.pool.get().await?;
        attempt.begin(&client).await?;
        // Others name nobody, and must not become a name by how a locale folds them.
        if username.is_ascii() { store::with_password(&client, username).await? } else { None }
    };
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let fits = app.passwords.verify(password, hash).await?;
    match user {
        Some(user) if fits => {
            let mut client = app.pool.get().await?;
            let transaction = client.transaction().await?;
            attempt.succeed(&transaction).await?;
            let actor = Actor::known(audit::Kind::User, user.id, &user.username);
            audit::record_as(&transaction, &actor, entry("user.login", Some(&user))).await?;
            transaction.commit().await?;
            Ok(user)
        }
        user => {
            audit::record_alone(&app.pool, entry("user.login_failed", user.as_ref())).await?;
            Err(Error::WrongCredentials)
        }
    }
}

/// What the audit says of an attempt. Not the name of a user that isn't there: it may be
/// a password in the wrong field.
fn entry(action: &'static str, user: Option<&WithPassword>) -> Event {
    let subject = match user {
        Some(user) => Subject::new("user", user.id, &user.username),
        None => Subject::of("user"),
    };
    Event { action, subject, before: None, after: None }
}

/// Exchanges a refresh token for new tokens.
pub async fn renew(app: &App, refresh_token: &str) -> Result<Session> {
    let bearer = app.tokens.read(refresh_token, Kind::Refresh).ok_or(Error::WrongCredentials)?;
    let generation = store::token_generation(&app.pool.get().await?, bearer.sub).await?;
    if generation != Some(bearer.generation) {
        return Err(Error::WrongCredentials);
    }
    open_session(&app.tokens, bearer.sub, bearer.generation)
}

/// Whose token this is.
pub async fn identify(app: &App, token: &str) -> Result<User> {
    let ended = Error::Unauthenticated(NOT_VALID);
    let Some(bearer) = app.tokens.read(token, Kind::Access) else { return Err(ended) };
    store::of_token(&app.pool.get().await?, bearer.sub, bearer.generation).await?.ok_or(ended)
}

/// Issues the tokens of a user.
pub fn open_session(tokens: &Tokens, id: i64, generation: i32) -> Result<Session> {
    Ok(Session {
        id,
        token: tokens.issue(id, generation, Kind::Access)?,
        refresh_token: tokens.issue(id, generation, Kind::Refresh)?,
    })
}
