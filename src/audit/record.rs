//! The recording of a change, in the transaction that makes it.

use tokio_postgres::Transaction;

use super::actor::{Actor, Attribution};
use super::event::Event;
use crate::db::Pool;
use crate::error::Result;

/// Records a change in its transaction: both are committed, or neither is.
pub async fn record(transaction: &Transaction<'_>, event: Event) -> Result<()> {
    record_as(transaction, &Attribution::current().actor, event).await
}

/// The same, put down to somebody else than who acts in this task.
pub async fn record_as(transaction: &Transaction<'_>, actor: &Actor, event: Event) -> Result<()> {
    debug_assert!(super::ACTIONS.contains(&event.action), "{} is no action", event.action);
    if !event.is_change() {
        return Ok(());
    }
    let attribution = Attribution::current();
    let (origin, Event { action, subject, before, after }) = (&attribution.origin, event);
    transaction
        .execute(
            "select integratedb.record_audit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            &[
                /* actor_kind */ &actor.kind.as_str(),
                /* actor_id */ &actor.id,
                /* actor_name */ &actor.name,
                /* address */ &origin.address,
                /* request_id */ &origin.request_id,
                /* action */ &action,
                /* subject_kind */ &subject.kind,
                /* subject_id */ &subject.id,
                /* subject_name */ &subject.name,
                /* before */ &before,
                /* after */ &after,
            ],
        )
        .await?;
    attribution.note();
    Ok(())
}

/// Records what changes nothing in the database.
pub async fn record_alone(pool: &Pool, event: Event) -> Result<()> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    record(&transaction, event).await?;
    Ok(transaction.commit().await?)
}
