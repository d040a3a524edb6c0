//! One ordered stream of changes out of logical replication.

pub mod pgoutput;
mod position;
pub mod value;

pub use position::{Lsn, Position};
