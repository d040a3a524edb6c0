//! What applications hear of: who listens to which changes, and a channel for each
//! way of telling them.

pub mod channels;
mod hub;
mod hubs;
mod outgoing;
mod past;
mod subscription;

pub use hub::{Cut, Hub, Listener};
pub use hubs::Hubs;
pub use outgoing::{Consumer, Outgoing, Progress, State};
pub use subscription::{Heard, Subscription, subscribe};
