//! One ordered stream of changes out of logical replication.

mod position;

pub use position::{Lsn, Position};
