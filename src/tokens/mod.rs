//! The tokens of stakeholders: issued for an application, shown once, and good for
//! what concerns that stakeholder alone.

mod create;
pub mod routes;
mod store;

pub use create::{create, revoke};

use deadpool_postgres::GenericClient;
use serde::{Deserialize, Serialize};

use crate::auth::{Caller, Own, Secret};
use crate::error::Result;
use crate::moment::Moment;

/// A token as everybody may see it: without itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Token {
    pub id: i64,
    pub name: String,
    pub inserted_at: Moment,
    /// Never, if there is none.
    pub expires_at: Option<Moment>,
    /// To the minute.
    pub last_used_at: Option<Moment>,
}

/// What the creation of a token answers: the only time it is seen.
#[derive(Debug, Serialize)]
pub struct NewToken {
    #[serde(flatten)]
    pub about: Token,
    pub token: String,
}

/// Whose token this is, if it is good.
pub async fn identify(client: &impl GenericClient, secret: &Secret) -> Result<Option<Caller>> {
    let Some(known) = store::by_hash(client, &secret.hash()).await? else { return Ok(None) };
    if known.is_unrecorded {
        store::record_use(client, known.id).await?;
    }
    let by = Own::Token { id: known.id, name: known.name };
    Ok(Some(Caller::Stakeholder { id: known.stakeholder, by }))
}
