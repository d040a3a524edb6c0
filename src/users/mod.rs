//! The people who administer: who they are, and the first of them.

mod create;
mod delete;
pub mod first;
mod role;
pub mod routes;
pub mod store;
mod update;
mod username;

pub use create::create;
pub use delete::delete;
pub use role::Role;
pub use update::{Change, update};
pub use username::Username;

use serde::Serialize;

/// A user as everybody may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    pub id: i64,
    pub username: String,
    pub role: Role,
}
