//! The story of a new user, and of the very first.

use deadpool_postgres::GenericClient;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{Username, store};
use crate::App;
use crate::auth::{Password, Session, open_session};
use crate::error::{Error, Result};

/// Who asks for a new user.
#[derive(Debug)]
pub enum By {
    User,
    /// Nobody yet: with the bootstrap secret, if one was sent.
    Nobody {
        bootstrap_secret: Option<String>,
    },
}

/// Makes a user. While there is none, nobody needs to be asking; of any number
/// of such requests at the same time exactly one succeeds.
pub async fn create(app: &App, by: By, username: Username, password: Password) -> Result<Session> {
    refuse_strangers(app, &by).await?;
    let hash = app.passwords.hash(password).await?;
    let mut client = app.pool.get().await?;
    let transaction = client.transaction().await?;
    if matches!(by, By::Nobody { .. }) {
        store::lock(&transaction).await?;
        refuse_a_second_first(&transaction).await?;
    }
    let id = store::insert(&transaction, &username, &hash).await?;
    transaction.commit().await?;
    open_session(&app.tokens, id, 1)
}

/// Turns away whoever has no token once there is a user: before the body is read.
pub async fn refuse_unless_first(app: &App) -> Result<()> {
    refuse_a_second_first(&app.pool.get().await?).await
}

/// Turns away whoever has no token once there is a user, or doesn't know the
/// bootstrap secret: before any work, since this door is open to the world.
pub async fn refuse_strangers(app: &App, by: &By) -> Result<()> {
    let By::Nobody { bootstrap_secret } = by else { return Ok(()) };
    refuse_unless_first(app).await?;
    check_bootstrap_secret(app.bootstrap_secret.as_ref(), bootstrap_secret.as_deref())
}

async fn refuse_a_second_first(client: &impl GenericClient) -> Result<()> {
    if store::any_exists(client).await? {
        return Err(Error::Unauthenticated("The header Authorization: Bearer <token> is missing."));
    }
    Ok(())
}

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
    transaction.commit().await?;
    Ok(())
}

fn check_bootstrap_secret(expected: Option<&SecretString>, given: Option<&str>) -> Result<()> {
    match (expected, given) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(Error::Unauthenticated(
            "Creating the first user takes the bootstrap secret in the header X-Bootstrap-Secret.",
        )),
        (Some(expected), Some(given)) => {
            let fits = expected.expose_secret().as_bytes().ct_eq(given.as_bytes());
            if fits.into() { Ok(()) } else { Err(Error::WrongCredentials) }
        }
    }
}
