//! The specification language: folders of cases, and what holds for any document.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cases;
mod claims;
mod conditions;
mod documents;
mod event;
mod notifications;
