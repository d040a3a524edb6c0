//! Keys in the registry.

use deadpool_postgres::GenericClient;
use serde_json::Value;
use tokio_postgres::Row;

use super::Key;
use super::create::{Scope, Wanted};
use crate::db::{OnConstraint, Page};
use crate::error::{Error, Result};
use crate::moment::Moment;
use crate::users::Role;

/// A key that was shown and is good.
pub struct Known {
    pub id: i64,
    pub name: String,
    pub role: Option<Role>,
    pub stakeholder: Option<i64>,
    /// Whether its use was recorded longer ago than a minute.
    pub is_unrecorded: bool,
}

/// Adds a key. The one that makes it, if one does, must be there until the commit.
pub async fn insert(
    client: &impl GenericClient,
    wanted: &Wanted,
    hash: &[u8],
    end: Option<Moment>,
) -> Result<Key> {
    let (role, stakeholder) = match wanted.scope {
        Scope::Role(role) => (Some(role.as_str()), None),
        Scope::Stakeholder(id) => (None, Some(id)),
    };
    let row = client
        .query_one(
            "insert into integratedb.keys as k (name, hash, role, stakeholder_id, expires_at)
             values ($1, $2, $3, $4, $5)
             returning to_jsonb(k)",
            &[
                /* name */ &wanted.name,
                /* hash */ &hash,
                /* role */ &role,
                /* stakeholder_id */ &stakeholder,
                /* expires_at */ &end,
            ],
        )
        .await
        .on_constraint("keys_stakeholder_id_fkey", || {
            Error::invalid("stakeholder_id", "is the id of no stakeholder")
        })?;
    key(&row)
}

/// Keys by id.
pub async fn list(client: &impl GenericClient, page: Page) -> Result<Vec<Key>> {
    let rows = client
        .query(
            "select to_jsonb(k) from integratedb.keys k where k.id > $1 order by k.id limit $2",
            &[/* after */ &page.after, /* limit */ &page.limit],
        )
        .await?;
    rows.iter().map(key).collect()
}

/// Removes a key; answers it, if there was one.
pub async fn delete(client: &impl GenericClient, id: i64) -> Result<Option<Key>> {
    let sql = "delete from integratedb.keys k where k.id = $1 returning to_jsonb(k)";
    client.query_opt(sql, &[/* id */ &id]).await?.as_ref().map(key).transpose()
}

/// The key with this hash, unless it has expired.
pub async fn by_hash(client: &impl GenericClient, hash: &[u8]) -> Result<Option<Known>> {
    let statement = client
        .prepare_cached(
            "select id, name, role, stakeholder_id,
                    coalesce(last_used_at < now() - interval '1 minute', true) as is_unrecorded
             from integratedb.keys
             where hash = $1 and coalesce(expires_at > now(), true)",
        )
        .await?;
    let row = client.query_opt(&statement, &[/* hash */ &hash]).await?;
    Ok(row.map(|row| Known {
        id: row.get("id"),
        name: row.get("name"),
        role: row.get::<_, Option<&str>>("role").and_then(|role| Role::read(role).ok()),
        stakeholder: row.get("stakeholder_id"),
        is_unrecorded: row.get("is_unrecorded"),
    }))
}

/// Records that a key is used, unless somebody has within a minute.
pub async fn record_use(client: &impl GenericClient, id: i64) -> Result<()> {
    client
        .execute(
            "update integratedb.keys set last_used_at = now()
             where id = $1 and coalesce(last_used_at < now() - interval '1 minute', true)",
            &[/* id */ &id],
        )
        .await?;
    Ok(())
}

fn key(row: &Row) -> Result<Key> {
    serde_json::from_value(row.get::<_, Value>(0)).map_err(Error::internal)
}
