//! The end of an installation: what would go, what stays, and doing it.
//!
//! By default nobody's access changes: stakeholders keep their roles, their schemas, and
//! what they may read. Only what watches over it goes.

mod outside;
mod run;
mod survey;

pub use run::uninstall;
pub use survey::{Survey, survey};

/// How far it is to go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// Takes back the privileges that claims have brought.
    pub revokes_grants: bool,
    /// Ends the stakeholders' access and drops their roles; what they made stays.
    pub drops_stakeholders: bool,
    /// Ends the sessions of servers that are still connected.
    pub is_forced: bool,
}
