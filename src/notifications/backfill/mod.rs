//! Backfills: on request, the rows that are there already are told to one stakeholder,
//! in the midst of the changes and as if they were some.
//!
//! [`ask`] is the story of a request. The instance that reads the stream also runs the
//! [`Workers`]. A worker reads a table by its key, some rows at a time, as a [`role`] that
//! may do nothing else; each time a transaction leaves them in the stream
//! (`changes/chunk.rs`) and remembers how far it is: so neither can be without the other,
//! whatever ends.

mod ask;
mod asked;
mod cancel;
mod chunk;
mod pace;
mod reader;
pub mod role;
pub mod routes;
mod store;
mod table;
mod worker;
mod workers;

pub use ask::{Asking, ask};
pub use asked::{Asked, Backfills};
pub use workers::Workers;
