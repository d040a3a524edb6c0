//! Webhooks: each event is posted to a URL, signed as Standard Webhooks has it.

pub mod client;
pub mod guard;
pub mod signature;
