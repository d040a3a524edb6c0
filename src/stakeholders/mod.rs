//! The applications that share the database: each a name, the Postgres role and
//! the schema of that name, and credentials that are shown once.

mod create;
mod delete;
pub mod examine;
pub mod handover;
mod name;
pub mod objects;
mod rename;
pub mod role;
pub mod routes;
pub mod store;

pub use create::{Credentials, NewStakeholder, create, establish, random_verifier};
pub use delete::{Deleted, Objects, delete, finish_deletions};
pub use name::Name;
pub use rename::rename;

use serde::Serialize;

/// A stakeholder as everybody may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stakeholder {
    pub id: i64,
    pub name: String,
}
