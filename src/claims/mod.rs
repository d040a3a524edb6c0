//! What stakeholders depend on: the story of replacing a stakeholder's claims,
//! and what doesn't fit, in words.

pub mod mismatch;
mod notice;
mod replace;
pub mod routes;
pub mod store;
mod turns;

pub use notice::notice_unmet;
pub use replace::{Outcome, put, regrant, replace};
pub use turns::{Attempts, Turns, patiently};
