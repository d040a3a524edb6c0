//! What people run IntegrateDB with, each part held against the tool that will read it.
//!
//! The tools are installed by `bin/packaging`, which runs this; plain `cargo test` leaves it out.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod compose;
mod dependencies;
mod image;
mod kubernetes;
mod licences;
mod package;
mod release;
mod scripts;
mod systemd;
mod tool;
