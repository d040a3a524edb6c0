//! The tools, and what is true of each.

pub mod node;
pub mod python;
pub mod ruby;
pub mod rust;
pub mod sql;
