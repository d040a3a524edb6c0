//! What has to be done before requests can be served.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use deadpool_postgres::PoolError;
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;

use crate::changes;
use crate::config::{Database, Settings};
use crate::error::{Error, Result, chain};
use crate::housekeeping::{self, Housekeeping};
use crate::notifications::Deliveries;
use crate::{App, audit, db, gate, stakeholders};

/// How many connections the telling of channels has, in each of its two pools.
const TELLING: usize = 4;

/// How many connections the housekeeping has: one holds its lock, two do the work.
const KEEPING: usize = 3;

/// The reading of the stream, the telling of channels and the housekeeping, while it
/// isn't dropped.
pub struct Telling {
    stream: JoinHandle<()>,
    _housekeeping: Housekeeping,
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.stream.abort();
    }
}

/// Brings the database up to date, finishes what a crash interrupted, and begins to tell
/// channels. From then on requests are served.
pub async fn prepare(app: &App, settings: &Settings) -> Result<Telling> {
    // Not as the requests' connections, which may take only so long for anything.
    let pool = db::pool(&Database { pool_size: 1, ..settings.database.clone() })?;
    migrate(&pool).await?;
    let preparing = App { pool: pool.clone(), ..app.clone() };
    stakeholders::finish_deletions(&preparing, Duration::ZERO).await?;
    let few = Database { pool_size: TELLING, ..settings.database.clone() };
    let teller = App { pool: db::pool(&few)?, ..app.clone() };
    let positions = db::hasty_pool(&few)?;
    let sealing = audit::keep_sealing(app.pool.clone());
    let stream = tokio::spawn(async {
        tokio::join!(tell(teller, positions), sealing);
    });
    // Before somebody looks whether it is in force.
    if settings.enables_gate {
        enable_gate(&pool).await?;
    }
    let keeper = Database { pool_size: KEEPING, ..settings.database.clone() };
    let keeper = App { pool: db::pool(&keeper)?, ..app.clone() };
    let housekeeping = housekeeping::start(keeper, settings.housekeeping_interval);
    let telling = Telling { stream, _housekeeping: housekeeping };
    app.is_prepared.store(true, Ordering::Release);
    Ok(telling)
}

/// The same, for as long as it takes Postgres to be there. What waiting doesn't mend fails
/// at once: wrong credentials, a right that is missing, a database of a newer program.
pub async fn prepare_patiently(app: &App, settings: &Settings) -> Result<Telling> {
    let delays = ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(5))
        .without_max_times();
    let mut delays = delays.build();
    loop {
        match prepare(app, settings).await {
            Err(error) if may_pass(&error) => {
                let error = chain(&error);
                let server = db::connection::place(settings.database.url.expose_secret());
                tracing::warn!(server, error, "Postgres can't be used yet; trying again");
            }
            outcome => return outcome,
        }
        tokio::time::sleep(delays.next().unwrap_or(Duration::from_secs(5))).await;
    }
}

/// Whether Postgres may just not be there yet, or be there no longer, or somebody else is at
/// what this needs.
fn may_pass(error: &Error) -> bool {
    if let Error::Busy(_) = error {
        return true;
    }
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(error) = source.downcast_ref::<tokio_postgres::Error>() {
            return error
                .as_db_error()
                .is_none_or(|db| db::is_passing(db.code()) || db::is_contention(db.code()));
        }
        if let Some(PoolError::Timeout(_)) = source.downcast_ref::<PoolError>() {
            return true;
        }
        next = source.source();
    }
    false
}

/// Reads the stream of changes and tells the channels, whenever no other instance
/// does.
async fn tell(app: App, positions: db::Pool) {
    let changes = Arc::clone(&app.changes);
    Box::pin(changes::leader::run(&changes, Deliveries::new(app, positions))).await;
}

/// Puts the gate in force; without the right to, says how and goes on, since
/// explicit calls still protect.
async fn enable_gate(pool: &db::Pool) -> Result<()> {
    let mut client = pool.get().await?;
    match gate::enable(&mut client).await {
        Err(Error::Conflict(_)) => tracing::warn!(
            "the gate is not in force: only a superuser may create its event triggers. \
             `integratedb gate enable` prints the SQL for one"
        ),
        outcome => outcome?,
    }
    Ok(())
}

/// Applies pending migrations and installs the engine; logs which.
pub async fn migrate(pool: &db::Pool) -> Result<()> {
    let mut client = pool.get().await?;
    let applied = db::install(&mut client).await.map_err(Error::internal)?;
    if applied.is_empty() {
        tracing::info!("the database is up to date");
    } else {
        tracing::info!(applied = applied.join(", "), "brought the database up to date");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_may_come_and_a_file_that_is_not_there_may_not() {
        let nowhere = Settings::standard("postgres://x@127.0.0.1:1/x", &"x".repeat(32)).unwrap();
        let pool = db::pool(&nowhere.database).unwrap();
        assert!(may_pass(&migrate(&pool).await.unwrap_err()));
        assert!(may_pass(&Error::Busy("A running migration holds what this needs.")));
        assert!(!may_pass(&Error::internal("no such thing")));
    }
}
