//! How changes of claims wait: for one another in order, and for everybody else in short
//! attempts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::store::PATIENCE;
use crate::error::{Error, Result};

/// Where the changes of claims of one instance stand in line.
#[derive(Debug, Clone, Default)]
pub struct Turns(Arc<Mutex<()>>);

/// For how long a change is attempted that somebody else may stand in the way of.
#[derive(Debug)]
pub struct Attempts(Instant);

impl Attempts {
    pub fn within(timeout: Duration) -> Self {
        Self(Instant::now() + timeout)
    }

    /// Whether somebody stood in the way, and there is time for another.
    pub fn go_on_after<T>(&self, outcome: &Result<T>) -> bool {
        matches!(outcome, Err(Error::Busy(_))) && Instant::now() < self.0
    }
}

/// Attempts a change of claims until nobody else is at it, for as long as the
/// settings say.
///
/// It waits in short attempts, which hold nothing from one to the next: a
/// migration that needs what an attempt holds gets it before anybody looks for a
/// deadlock. Each attempt is told how long it may wait.
///
/// With an attempt a change gives up its place in Postgres's queue, so that in a crowd one
/// might never come first. The first attempt is therefore made by one at a time, in the order
/// in which they came, and those in line have no connection. Who is still kept waiting then
/// waits for somebody else, such as a migration of its tables, and stands in nobody's way.
pub async fn patiently<T>(
    turns: &Turns,
    timeout: Duration,
    mut attempt: impl AsyncFnMut(Duration) -> Result<T>,
) -> Result<T> {
    let patience = PATIENCE.min(timeout);
    let turn = turns.0.lock().await;
    let attempts = Attempts::within(timeout);
    let mut outcome = attempt(patience).await;
    drop(turn);
    while attempts.go_on_after(&outcome) {
        outcome = attempt(patience).await;
    }
    outcome
}
