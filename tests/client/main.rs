//! The client: the real program against the real server, as a person and as a script use
//! it, each with a home of its own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod asking;
mod claims;
mod editing;
mod folders;
mod front;
mod logins;
mod operating;
mod people;
mod person;
mod profiles;
mod safety;
mod shells;
mod sitting;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the integration tests stand on it too")]
mod support;
mod terminal;
mod trouble;
