//! The recording of a change, in the transaction that makes it.

use tokio_postgres::Transaction;

use super::actor::{Actor, Attribution, Origin};
use super::event::Event;
use crate::db::Pool;
use crate::error::Result;

/// Records a change in its transaction: both are committed, or neither is.
pub async fn record(transaction: &Transaction<'_>, event: Event) -> Result<()> {
    record_as(transaction, &Attribution::current().actor, event).await
}

/// The same, put down to somebody else than who acts in this task.
pub async fn record_as(transaction: &Transaction<'_>, actor: &Actor, event: Event) -> Result<()> {
    let attribution = Attribution::current();
    record_from(transaction, actor, &attribution.origin, event).await
}

/// The same, from somewhere else.
pub(super) async fn record_from(
    transaction: &Transaction<'_>,
    actor: &Actor,
    origin: &Origin,
    event: Event,
) -> Result<()> {
    if !event.is_change() {
        return Ok(());
    }
    let Event { action, subject, before, after } = event;
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
    Attribution::current().note();
    Ok(())
}

/// Records what changes nothing in the database.
pub async fn record_alone(pool: &Pool, event: Event) -> Result<()> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    record(&transaction, event).await?;
    Ok(transaction.commit().await?)
}
