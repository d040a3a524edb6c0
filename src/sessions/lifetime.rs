//! How long sessions last.

use std::time::Duration;

/// How long a session lasts from its beginning, and how long when nothing is done in it.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime {
    pub whole: Duration,
    pub idle: Duration,
}

impl Default for Lifetime {
    fn default() -> Self {
        Self { whole: Duration::from_hours(12), idle: Duration::from_hours(1) }
    }
}
