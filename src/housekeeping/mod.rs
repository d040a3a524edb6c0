//! What is to be done now and then, by one instance at a time: a closed list of
//! jobs (`jobs.rs`), and for each a row in the registry that says how it went, so that any
//! instance can show it.

mod jobs;
mod run;
mod store;

pub use jobs::JOBS;
pub use run::{Housekeeping, round, start};
pub use store::{Standing, standing};
