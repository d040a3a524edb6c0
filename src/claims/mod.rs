//! What stakeholders depend on: the story of replacing a stakeholder's claims,
//! and what doesn't fit, in words.

pub mod mismatch;
mod replace;
pub mod routes;
pub mod store;

pub use replace::{Outcome, patiently, put, regrant, replace};
