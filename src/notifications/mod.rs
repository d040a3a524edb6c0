//! What applications hear of: who listens to which changes, and a channel for each
//! way of telling them.

pub mod channels;
mod outgoing;

pub use outgoing::{Consumer, Outgoing, Progress, State};
