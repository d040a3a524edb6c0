//! The tokens of stakeholders: issued for an application, shown once, and good for
//! what concerns that stakeholder alone.

mod admit;
pub mod routes;
mod secret;
mod store;

pub use admit::{Bearer, admit};
pub use secret::Secret;

use serde::{Deserialize, Serialize};

/// A token as everybody may see it: without itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Token {
    pub id: i64,
    pub name: String,
    /// ISO 8601, as all times here.
    pub inserted_at: String,
    /// Never, if there is none.
    pub expires_at: Option<String>,
    /// To the minute.
    pub last_used_at: Option<String>,
}

/// What the creation of a token answers: the only time it is seen.
#[derive(Debug, Serialize)]
pub struct NewToken {
    #[serde(flatten)]
    pub about: Token,
    pub token: String,
}
