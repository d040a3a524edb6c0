//! Checking a migration command before anything shared is touched.

mod private;

pub use private::Private;

use crate::embedded;
use crate::error::Error;

/// Why nothing could be found out.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Postgres(#[from] embedded::Error),
    #[error("the private Postgres failed: {0}")]
    Database(#[from] Error),
    #[error("the claims of {name} in the snapshot can't be used: {why}")]
    Stakeholder { name: String, why: String },
}
