//! The client of a running server: where it is and as whom ([`Target`]), what is
//! said to it ([`Server`]), and what it answers ([`Answer`], [`Failure`]).
//!
//! It is a program like any other to the server, and shares nothing with it but the
//! words of the API.

mod address;
mod answer;
mod failure;
mod folder;
mod names;
mod profile;
mod progress;
mod request;
mod server;
mod target;
mod trouble;

pub use address::Address;
pub use answer::{Answer, Listing};
pub use failure::Failure;
pub use folder::Documents;
pub use names::{Named, one_of, stakeholder};
pub use profile::{Book, Profile, Profiles};
pub use progress::Progress;
pub use request::Request;
pub use server::{Login, Server};
pub use target::{Target, Wanted};
pub use trouble::lasting;

/// What the client does, or why not.
pub type Result<T, E = Failure> = std::result::Result<T, E>;
