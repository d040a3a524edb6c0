//! How the program is: whether it can do its work, and how what it works with stands.

mod checks;
pub mod routes;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

pub use checks::{Checks, Readiness};

use crate::error::{Error, chain};
use crate::{App, db};

/// How long an answer is good: whoever asks more often gets the same.
const GOOD: Duration = Duration::from_secs(1);

/// How long Postgres may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is known of the program's readiness. It asks through a connection of its own, so
/// that a pool in full use doesn't look like a database that is gone.
pub struct Health {
    pool: db::Pool,
    last: Mutex<Option<(Instant, Arc<Readiness>)>>,
}

impl Health {
    /// Knows nothing yet. The pool has one connection.
    pub fn new(pool: db::Pool) -> Self {
        Self { pool, last: Mutex::default() }
    }

    /// How things stand, as of a second ago at most. Callers that come at once wait for
    /// the same answer.
    pub async fn readiness(&self, app: &App) -> Arc<Readiness> {
        let mut last = self.last.lock().await;
        if let Some((at, readiness)) = &*last
            && at.elapsed() < GOOD
        {
            return Arc::clone(readiness);
        }
        let readiness = Arc::new(self.look(app).await);
        *last = Some((Instant::now(), Arc::clone(&readiness)));
        readiness
    }

    async fn look(&self, app: &App) -> Readiness {
        let is_prepared = app.is_prepared.load(Ordering::Acquire);
        let state = match (app.stop.is_asked(), is_prepared) {
            (true, _) => "stopping",
            (false, true) => "serving",
            (false, false) => "starting",
        };
        let is_leading = app.changes.tail.head().borrow().is_leading;
        let checks = match tokio::time::timeout(PATIENCE, self.pool.get()).await {
            Ok(Ok(client)) => {
                match tokio::time::timeout(PATIENCE, checks::of_database(&client, is_leading)).await
                {
                    Ok(Ok(checks)) => checks,
                    Ok(Err(error)) => {
                        tracing::warn!(error = chain(&error), "not ready");
                        Checks::without_database("The database can't be asked.")
                    }
                    Err(_) => {
                        // Whatever it says later would be an answer to this question.
                        drop(db::Client::take(client));
                        Checks::without_database("The database doesn't answer.")
                    }
                }
            }
            Ok(Err(error)) => Checks::without_database(why(error.into())),
            Err(_) => Checks::without_database(db::UNREACHED),
        };
        Readiness::of(state, checks)
    }
}

/// Why the database gives no connection, as anybody may know it.
fn why(error: Error) -> &'static str {
    match error {
        Error::Unavailable(source) => db::unavailability(source.as_ref()),
        _ => db::UNREACHED,
    }
}
