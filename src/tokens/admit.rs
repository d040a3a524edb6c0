//! The story of letting somebody act for a stakeholder: a user, or the application
//! itself with one of its tokens.

use super::{Secret, store};
use crate::App;
use crate::auth;
use crate::error::{Error, Result};
use crate::users::User;

/// Whose token it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    User(User),
    /// The stakeholder's own, by this token.
    Stakeholder {
        id: i64,
        token: i64,
    },
}

/// Lets in whoever may act for a stakeholder. The token of another one gets the
/// answer that stakeholders get that aren't there, so that it tells nothing.
pub async fn admit(app: &App, stakeholder: Option<i64>, token: &str) -> Result<Bearer> {
    let Some(secret) = Secret::read(token) else {
        return Ok(Bearer::User(auth::identify(app, token).await?));
    };
    let client = app.pool.get().await?;
    let known = store::by_hash(&client, &secret.hash()).await?;
    let known = known.ok_or(Error::Unauthenticated(auth::NOT_VALID))?;
    if stakeholder != Some(known.stakeholder) {
        return Err(Error::NotFound);
    }
    if known.is_unrecorded {
        store::record_use(&client, known.id).await?;
    }
    Ok(Bearer::Stakeholder { id: known.stakeholder, token: known.id })
}
