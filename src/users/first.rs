//! The door through which the first user comes without a token. It is open to the
//! world, so it is looked at before anything is done, the body not even read.

use deadpool_postgres::GenericClient;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::store;
use crate::App;
use crate::auth::MISSING;
use crate::error::{Error, Result};

/// Lets in whoever has no token: while there is no user, and with the bootstrap
/// secret if the operator set one.
pub async fn admit(app: &App, bootstrap_secret: Option<&str>) -> Result<()> {
    refuse_a_second(&app.pool.get().await?).await?;
    check_bootstrap_secret(app.bootstrap_secret.as_ref(), bootstrap_secret)
}

/// Fails if there is a user.
pub async fn refuse_a_second(client: &impl GenericClient) -> Result<()> {
    if store::any_exists(client).await? {
        return Err(Error::Unauthenticated(MISSING));
    }
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
