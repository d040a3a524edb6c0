//! The people who administer: who they are, and the first of them.

pub mod create;
pub mod routes;
pub mod store;
mod username;

pub use username::Username;

use serde::Serialize;

/// A user as everybody may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    pub id: i64,
    pub username: String,
}
