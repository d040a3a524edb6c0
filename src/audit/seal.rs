//! Sealing: what is committed gets its place in the chain.

use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::{Client, IsolationLevel};

use super::{log, verify};
use crate::db::Pool;
use crate::error::{Error, Result, chain};

/// How many entries are sealed in one transaction.
const MOST: i32 = 1000;

/// How long to wait for somebody else who seals.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often is looked for what nobody else has sealed: migrations, and what a crash
/// interrupted.
const PAUSE: Duration = Duration::from_secs(5);

/// How often the log says how the chain ends, if it has grown.
const REMINDER: Duration = Duration::from_hours(1);

/// Seals everything that is committed by now; writes it to the log if that was asked
/// for.
pub async fn seal(client: &mut Client) -> Result<()> {
    let mut sealed = MOST;
    while sealed == MOST {
        // Where others are the default it would not see what the one before it did.
        let builder = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted);
        let transaction = builder.read_only(false).start().await?;
        let timeout = PATIENCE.as_millis().to_string();
        let bound = "select set_config('lock_timeout', $1, true)";
        transaction.execute(bound, &[/* milliseconds */ &timeout]).await?;
        let row =
            transaction.query_one("select integratedb.seal_audit($1)", &[/* most */ &MOST]).await?;
        sealed = row.get(0);
        transaction.commit().await?;
    }
    log::write(client).await
}

/// The same, where it is no failure if it can't be done now: whoever seals next does it.
pub async fn seal_if_possible(pool: &Pool) {
    let outcome = async { seal(&mut *pool.get().await?).await };
    if let Err(error) = outcome.await {
        let error = chain(&error);
        tracing::warn!(error, "the audit could not be sealed: it will be with the next change");
    }
}

/// Seals what others leave, for as long as the program runs; and says in the log how the
/// chain ends, so that who keeps the log can tell whether its end was cut off.
pub async fn keep_sealing(pool: Pool) {
    let mut was_possible = true;
    let mut said: Option<(Instant, i64)> = None;
    loop {
        let outcome = async {
            let mut client = pool.get().await?;
            seal(&mut client).await?;
            if said.is_none_or(|(when, _)| when.elapsed() >= REMINDER) {
                let (entries, head) = verify::head(&client).await?;
                if said.is_none_or(|(_, before)| before != entries) {
                    tracing::info!(entries, %head, "the audit");
                }
                said = Some((Instant::now(), entries));
            }
            Ok::<_, Error>(())
        };
        let outcome = outcome.await;
        if let (Err(error), true) = (&outcome, was_possible) {
            let error = chain(error);
            tracing::warn!(error, "the audit can't be sealed");
        }
        was_possible = outcome.is_ok();
        tokio::time::sleep(PAUSE).await;
    }
}
