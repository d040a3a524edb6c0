//! The page in a real Chromium, over the real server and a real Postgres: the journeys that
//! people make. `bin/page` installs what they take, and runs them.
//!
//! Each is a file of `journeys/`, which a browser walks through on a stage that is set here.
//! Whatever the browser complains about fails it: a script's error, a breach of the page's
//! policy, a request to somewhere else, an answer that the journey didn't expect.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod journeys;
mod stage;
#[allow(dead_code, unused_imports, reason = "shared with tests/it")]
#[path = "../it/support/mod.rs"]
mod support;
mod walk;
