//! The other ends of channels: real ones, each telling what it gets to an ear.

mod hook;
mod socket;
mod stream;

pub use hook::Hook;
pub use socket::{Door, listen_at_socket};
pub use stream::listen_at_stream;
