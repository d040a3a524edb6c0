//! What applications hear of: who listens to which changes, and a channel for each
//! way of telling them.
//!
//! [`replace`] is the story of a document; [`Hearings`] is what all documents and
//! claims come to. [`Deliveries`] runs a task for each channel, whose pump makes
//! [`event`]s out of the log of changes and hands them to one of the [`channels`]. A
//! [`backfill`] tells what was there before.

mod alerts;
pub mod backfill;
pub mod channels;
mod deliver;
pub mod event;
mod hearings;
mod hub;
mod hubs;
mod letters;
mod live;
mod operate;
mod outgoing;
mod past;
mod plan;
mod position;
mod replace;
mod replay;
pub mod routes;
mod secrets;
mod status;
mod store;
mod subscription;
mod told;

pub use alerts::tell_expiring;
pub use backfill::Backfills;
pub use deliver::Deliveries;
pub use hearings::{Ear, Hearing, Hearings};
pub use hub::{Cut, Hub, Listener};
pub use hubs::Hubs;
pub use outgoing::{Consumer, Outgoing, Progress, State};
pub use plan::Plan;
pub use replace::{Outcome, replace};
pub use secrets::Secrets;
pub use store::announce;
pub use subscription::{Heard, Subscription, subscribe};
