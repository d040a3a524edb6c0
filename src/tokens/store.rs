//! Tokens in the registry.

use deadpool_postgres::GenericClient;
use serde_json::Value;
use tokio_postgres::Row;

use super::Token;
use crate::db::{OnConstraint, Page};
use crate::error::{Error, Result};
use crate::moment::Moment;

/// A token that was shown and is good.
pub struct Known {
    pub id: i64,
    pub name: String,
    pub stakeholder: i64,
    /// Whether its use was recorded longer ago than a minute.
    pub is_unrecorded: bool,
}

/// Adds a token.
pub async fn insert(
    client: &impl GenericClient,
    stakeholder: i64,
    name: &str,
    hash: &[u8],
    end: Option<Moment>,
) -> Result<Token> {
    let row = client
        .query_one(
            "insert into integratedb.tokens as t (stakeholder_id, name, hash, expires_at)
             values ($1, $2, $3, $4)
             returning to_jsonb(t)",
            &[
                /* stakeholder_id */ &stakeholder,
                /* name */ &name,
                /* hash */ &hash,
                /* expires_at */ &end,
            ],
        )
        .await
        .on_constraint("tokens_stakeholder_id_fkey", || Error::NotFound)?;
    token(&row)
}

/// The tokens of a stakeholder, by id.
pub async fn list(client: &impl GenericClient, stakeholder: i64, page: Page) -> Result<Vec<Token>> {
    let rows = client
        .query(
            "select to_jsonb(t) from integratedb.tokens t
             where t.stakeholder_id = $1 and t.id > $2 order by t.id limit $3",
            &[
                /* stakeholder_id */ &stakeholder,
                /* after */ &page.after,
                /* limit */ &page.limit,
            ],
        )
        .await?;
    rows.iter().map(token).collect()
}

/// Revokes a token of a stakeholder; answers it, if there was one.
pub async fn delete(
    client: &impl GenericClient,
    stakeholder: i64,
    id: i64,
) -> Result<Option<Token>> {
    let row = client
        .query_opt(
            "delete from integratedb.tokens t where t.id = $2 and t.stakeholder_id = $1
             returning to_jsonb(t)",
            &[/* stakeholder_id */ &stakeholder, /* id */ &id],
        )
        .await?;
    row.as_ref().map(token).transpose()
}

/// The token with this hash, unless it has expired.
pub async fn by_hash(client: &impl GenericClient, hash: &[u8]) -> Result<Option<Known>> {
    let statement = client
        .prepare_cached(
            "select id, name, stakeholder_id,
                    coalesce(last_used_at < now() - interval '1 minute', true) as is_unrecorded
             from integratedb.tokens
             where hash = $1 and coalesce(expires_at > now(), true)",
        )
        .await?;
    let row = client.query_opt(&statement, &[/* hash */ &hash]).await?;
    Ok(row.map(|row| Known {
        id: row.get("id"),
        name: row.get("name"),
        stakeholder: row.get("stakeholder_id"),
        is_unrecorded: row.get("is_unrecorded"),
    }))
}

/// Records that a token is used, unless somebody has within a minute.
pub async fn record_use(client: &impl GenericClient, id: i64) -> Result<()> {
    client
        .execute(
            "update integratedb.tokens set last_used_at = now()
             where id = $1 and coalesce(last_used_at < now() - interval '1 minute', true)",
            &[/* id */ &id],
        )
        .await?;
    Ok(())
}

fn token(row: &Row) -> Result<Token> {
    serde_json::from_value(row.get::<_, Value>(0)).map_err(Error::internal)
}
