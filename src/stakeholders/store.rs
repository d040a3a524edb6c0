//! Stakeholders in the registry.

use std::time::Duration;

use deadpool_postgres::GenericClient;
use serde_json::Value;
use tokio_postgres::Row;

use super::{Name, Stakeholder};
use crate::db::{OnConstraint, Page};
use crate::error::{Error, Result};

fn stakeholder(row: &Row) -> Stakeholder {
    Stakeholder { id: row.get("id"), name: row.get("name") }
}

/// Adds a stakeholder; answers its id. Whoever adds the same name at the same
/// time waits here.
pub async fn insert(client: &impl GenericClient, name: &Name) -> Result<i64> {
    let row = client
        .query_one(
            "insert into integratedb.stakeholders (name) values ($1::text) returning id",
            &[/* name */ &name.as_str()],
        )
        .await
        .on_constraint("stakeholders_name_key", taken)?;
    Ok(row.get("id"))
}

/// Gives a stakeholder another name.
pub async fn rename(client: &impl GenericClient, id: i64, name: &Name) -> Result<()> {
    client
        .execute(
            "update integratedb.stakeholders set name = $2::text, updated_at = now() where id = $1",
            &[/* id */ &id, /* name */ &name.as_str()],
        )
        .await
        .on_constraint("stakeholders_name_key", taken)?;
    Ok(())
}

/// Says what is to become of a stakeholder that is being deleted, or (`None`)
/// that it isn't any more.
pub async fn mark_deletion(
    client: &impl GenericClient,
    id: i64,
    deletion: Option<&Value>,
) -> Result<()> {
    client
        .execute(
            "update integratedb.stakeholders set deletion = $2, updated_at = now() where id = $1",
            &[/* id */ &id, /* deletion */ &deletion],
        )
        .await?;
    Ok(())
}

/// The deletions that were begun so long ago and aren't finished.
pub async fn deletions(
    client: &impl GenericClient,
    abandoned: Duration,
) -> Result<Vec<(i64, Value)>> {
    let rows = client
        .query(
            "select id, deletion from integratedb.stakeholders
             where deletion is not null
               and updated_at <= clock_timestamp() - make_interval(secs => $1)
             order by id",
            &[/* seconds */ &abandoned.as_secs_f64()],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.get("id"), row.get("deletion"))).collect())
}

/// Removes a stakeholder and all that the registry knows of it.
pub async fn delete(client: &impl GenericClient, id: i64) -> Result<()> {
    client.execute("delete from integratedb.stakeholders where id = $1", &[/* id */ &id]).await?;
    Ok(())
}

/// One stakeholder.
pub async fn by_id(client: &impl GenericClient, id: i64) -> Result<Stakeholder> {
    let statement = client
        .prepare_cached("select id, name from integratedb.stakeholders where id = $1")
        .await?;
    let row = client.query_opt(&statement, &[/* id */ &id]).await?;
    row.as_ref().map(stakeholder).ok_or(Error::NotFound)
}

/// One stakeholder, that nobody else changes until the commit.
pub async fn lock(client: &impl GenericClient, id: i64) -> Result<Stakeholder> {
    let row = client
        .query_opt(
            "select id, name from integratedb.stakeholders where id = $1 for update",
            &[/* id */ &id],
        )
        .await?;
    row.as_ref().map(stakeholder).ok_or(Error::NotFound)
}

/// Whether a stakeholder's deletion has begun.
pub async fn is_being_deleted(client: &impl GenericClient, id: i64) -> Result<bool> {
    let sql = "select deletion is not null from integratedb.stakeholders where id = $1";
    let row = client.query_opt(sql, &[/* id */ &id]).await?;
    row.map(|row| row.get(0)).ok_or(Error::NotFound)
}

/// Waits for everybody who is changing a stakeholder, and keeps others from it
/// until the commit.
pub async fn lock_all(client: &impl GenericClient) -> Result<()> {
    client.execute("lock table integratedb.stakeholders in share row exclusive mode", &[]).await?;
    Ok(())
}

/// Whether there is a stakeholder of this name.
pub async fn exists(client: &impl GenericClient, name: &str) -> Result<bool> {
    let row = client
        .query_one(
            "select exists (select from integratedb.stakeholders where name = $1::text)",
            &[/* name */ &name],
        )
        .await?;
    Ok(row.get(0))
}

/// Stakeholders by id.
pub async fn list(client: &impl GenericClient, page: Page) -> Result<Vec<Stakeholder>> {
    let rows = client
        .query(
            "select id, name from integratedb.stakeholders where id > $1 order by id limit $2",
            &[/* after */ &page.after, /* limit */ &page.limit],
        )
        .await?;
    Ok(rows.iter().map(stakeholder).collect())
}

fn taken() -> Error {
    Error::invalid("name", "has already been taken")
}
