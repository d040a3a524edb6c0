//! The audit: every change, who made it, from where, what was before and what is now,
//! in a chain of hashes in which a change of the past shows.
//!
//! A story records what it does in its own transaction, right where it does it:
//!
//! ```ignore
//! audit::record(
//!     &transaction,
//!     Event {
//!         action: "token.create",
//!         subject: Subject::new("token", token.id, &token.name),
//!         before: None,
//!         after: Some(json!(token)),
//!     },
//! )
//! .await?;
//! transaction.commit().await?;
//! ```
//!
//! Who it is and from where comes from [`ACTOR`], which the middleware sets for requests
//! and the commands for themselves; what is done outside of both, the program does
//! (`system`). Actions are `<what>.<verb>`, of those in [`ACTIONS`]; the subject is what a person would look for.
//! `before` and `after` are what the API shows of it, so that they hold no secret: that a
//! password changed is said by `"password": "changed"`. Equal ones are no change, and
//! leave no entry. Record before the claims are validated, so that a migration of our own
//! isn't entered twice; what has no transaction is recorded with [`record_alone`]. Nobody
//! has to seal: the middleware does after the answer is made, the commands at their end,
//! and [`keep_sealing`] what is left. A route that changes something belongs into
//! `tests/it/audit_routes.rs`, which fails without it.

mod actions;
mod actor;
mod event;
pub mod examine;
mod filter;
mod list;
mod log;
mod record;
pub mod routes;
mod seal;
mod verify;

pub use actions::ACTIONS;
pub use actor::{ACTOR, Actor, Attribution, Kind, Origin, carry};
pub use event::{Event, Subject};
pub use filter::Filter;
pub use list::list;
pub use record::{record, record_alone, record_as};
pub use seal::{keep_sealing, seal, seal_if_possible};
pub use verify::{Hash, Verification, verify};
