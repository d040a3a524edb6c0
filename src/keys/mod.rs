//! Keys of programs: issued once, shown once, and good for a role or for what is one
//! stakeholder's own.

mod create;
pub mod routes;
mod store;

pub use create::{Wanted, create, revoke};

use deadpool_postgres::GenericClient;
use serde::{Deserialize, Serialize};

use crate::auth::{Caller, Own, Secret};
use crate::error::Result;
use crate::moment::Moment;
use crate::users::Role;

/// A key as everybody may see it: without itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Key {
    pub id: i64,
    pub name: String,
    /// What it may do, or none if it is a stakeholder's.
    pub role: Option<Role>,
    pub stakeholder_id: Option<i64>,
    pub inserted_at: Moment,
    /// Never, if there is none.
    pub expires_at: Option<Moment>,
    /// To the minute.
    pub last_used_at: Option<Moment>,
}

/// What the creation of a key answers: the only time it is seen.
#[derive(Debug, Serialize)]
pub struct NewKey {
    #[serde(flatten)]
    pub about: Key,
    pub key: String,
}

/// Whose key this is, if it is good.
pub async fn identify(client: &impl GenericClient, secret: &Secret) -> Result<Option<Caller>> {
    let Some(known) = store::by_hash(client, &secret.hash()).await? else { return Ok(None) };
    if known.is_unrecorded {
        store::record_use(client, known.id).await?;
    }
    let (id, name) = (known.id, known.name);
    Ok(match (known.role, known.stakeholder) {
        (Some(role), _) => Some(Caller::Key { id, name, role }),
        (None, Some(stakeholder)) => {
            Some(Caller::Stakeholder { id: stakeholder, by: Own::Key { id, name } })
        }
        (None, None) => None,
    })
}
