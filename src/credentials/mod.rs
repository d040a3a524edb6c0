//! What stakeholders log in to Postgres with: the role of their own name, and any
//! number of further ones, so that a password changes without downtime: issue one,
//! deploy it, revoke the other.
//!
//! [`login`] is the role behind one.

pub mod examine;
mod issue;
mod label;
pub mod login;
mod password;
mod revoke;
pub mod routes;
pub mod store;
mod whereabouts;

pub use issue::{Wanted, issue};
pub use label::Label;
pub use password::{random_password, verifier, verifier_of};
pub use revoke::{reap, revoke};
pub use whereabouts::Whereabouts;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use crate::moment::Moment;

/// How many a stakeholder may have, its own role among them.
pub const MOST: i64 = 20;

/// A credential as everybody may see it: without its password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credential {
    pub id: i64,
    pub name: String,
    /// The role that logs in.
    pub username: String,
    /// Whether that is the stakeholder's own role, which was there first.
    pub is_primary: bool,
    pub inserted_at: Moment,
    /// Never, if there is none.
    pub expires_at: Option<Moment>,
    pub is_expired: bool,
    /// It can't log in any more, and its role is about to go.
    pub is_revoked: bool,
    /// How many sessions it has now, on the whole server.
    pub sessions: i64,
}

/// What the issue of a credential answers: the only time its password is seen.
#[derive(Debug, Serialize)]
pub struct NewCredential {
    #[serde(flatten)]
    pub about: Credential,
    #[serde(serialize_with = "shown_once")]
    pub password: SecretString,
    /// Password and all, ready to connect with.
    #[serde(serialize_with = "shown_once")]
    pub uri: SecretString,
    /// Settings of the stakeholder's role that this one could not be given: only a
    /// superuser may.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings_left_out: Vec<String>,
}

/// Writes a secret into the one answer that shows it.
pub fn shown_once<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}
