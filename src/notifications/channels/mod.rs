//! The ways of telling an application, one module each.

pub mod redis;
pub mod webhook;
pub mod socket;
