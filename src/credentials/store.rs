//! Credentials in the registry.

use deadpool_postgres::GenericClient;
use serde_json::Value;
use tokio_postgres::Row;

use super::{Credential, Label};
use crate::db::{OnConstraint, Page};
use crate::error::{Error, Result};
use crate::moment::Moment;

/// A credential with what only we need to know of it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The stakeholder, and its role.
    pub stakeholder: String,
    /// The role that logs in.
    pub username: String,
    pub is_primary: bool,
}

/// Enters the role of a stakeholder's own name, which may log in from the beginning.
pub async fn insert_primary(client: &impl GenericClient, stakeholder: i64) -> Result<()> {
    client
        .execute(
            "insert into integratedb.credentials (stakeholder_id, name) values ($1, 'primary')",
            &[/* stakeholder_id */ &stakeholder],
        )
        .await?;
    Ok(())
}

/// Enters a further one; answers its id.
pub async fn insert(
    client: &impl GenericClient,
    stakeholder: i64,
    label: &Label,
    username: &str,
    end: Option<Moment>,
) -> Result<i64> {
    let taken = || Error::invalid("name", "has already been taken");
    let row = client
        .query_one(
            "insert into integratedb.credentials (stakeholder_id, name, username, expires_at)
             values ($1, $2, $3::text, $4) returning id",
            &[
                /* stakeholder_id */ &stakeholder,
                /* name */ &label.as_str(),
                /* username */ &username,
                /* expires_at */ &end,
            ],
        )
        .await;
    let row = match row {
        // What another stakeholder left behind when it was renamed.
        Err(error) if breaks(&error, "credentials_username_key") => return Err(taken()),
        row => row.on_constraint("credentials_stakeholder_id_name_key", taken)?,
    };
    Ok(row.get(0))
}

fn breaks(error: &tokio_postgres::Error, constraint: &str) -> bool {
    error.as_db_error().and_then(tokio_postgres::error::DbError::constraint) == Some(constraint)
}

/// How many a stakeholder has, those included whose role is about to go.
pub async fn count(client: &impl GenericClient, stakeholder: i64) -> Result<i64> {
    let sql = "select count(*) from integratedb.credentials where stakeholder_id = $1";
    Ok(client.query_one(sql, &[/* stakeholder_id */ &stakeholder]).await?.get(0))
}

/// The credentials of a stakeholder, by id.
pub async fn list(
    client: &impl GenericClient,
    stakeholder: i64,
    page: Page,
) -> Result<Vec<Credential>> {
    let rows = client
        .query(
            SHOWN,
            &[
                /* stakeholder_id */ &stakeholder,
                /* after */ &page.after,
                /* limit */ &page.limit,
            ],
        )
        .await?;
    rows.iter().map(credential).collect()
}

/// One credential of a stakeholder.
pub async fn by_id(client: &impl GenericClient, stakeholder: i64, id: i64) -> Result<Credential> {
    let page = Page { after: id - 1, before: None, limit: Some(1) };
    let found = list(client, stakeholder, page).await?.into_iter().next();
    found.filter(|credential| credential.id == id).ok_or(Error::NotFound)
}

const SHOWN: &str = "
    select jsonb_build_object(
      'id', c.id, 'name', c.name, 'username', r.name, 'is_primary', c.username is null,
      'inserted_at', c.inserted_at, 'expires_at', c.expires_at,
      'is_expired', coalesce(c.expires_at <= now(), false), 'is_revoked', c.revoked_at is not null,
      'sessions', (select count(*) from pg_catalog.pg_stat_activity a where a.usename = r.name)
    )
    from integratedb.credentials c
    join integratedb.stakeholders s on s.id = c.stakeholder_id
    cross join lateral (select coalesce(c.username, s.name) as name) r
    where c.stakeholder_id = $1 and c.id > $2
    order by c.id limit $3";

/// One credential that nobody else changes until the commit.
pub async fn lock(client: &impl GenericClient, stakeholder: i64, id: i64) -> Result<Held> {
    let row = client
        .query_opt(
            "select s.name::text as stakeholder,
                    coalesce(c.username, s.name)::text as username, c.username is null as is_primary
             from integratedb.credentials c
             join integratedb.stakeholders s on s.id = c.stakeholder_id
             where c.stakeholder_id = $1 and c.id = $2
             for update of c",
            &[/* stakeholder_id */ &stakeholder, /* id */ &id],
        )
        .await?;
    let row = row.ok_or(Error::NotFound)?;
    Ok(Held {
        stakeholder: row.get("stakeholder"),
        username: row.get("username"),
        is_primary: row.get("is_primary"),
    })
}

/// Says that a credential can't log in any more.
pub async fn mark_revoked(client: &impl GenericClient, id: i64) -> Result<()> {
    client
        .execute(
            "update integratedb.credentials set revoked_at = now()
             where id = $1 and revoked_at is null",
            &[/* id */ &id],
        )
        .await?;
    Ok(())
}

/// Removes a credential.
pub async fn delete(client: &impl GenericClient, id: i64) -> Result<()> {
    client.execute("delete from integratedb.credentials where id = $1", &[/* id */ &id]).await?;
    Ok(())
}

/// Stakeholder and id of those that have expired, or whose revocation isn't finished.
pub async fn overdue(client: &impl GenericClient) -> Result<Vec<(i64, i64)>> {
    let rows = client
        .query(
            "select stakeholder_id, id from integratedb.credentials
             where revoked_at is not null or expires_at <= now() order by id",
            &[],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.get("stakeholder_id"), row.get("id"))).collect())
}

/// The roles that a stakeholder logs in with beside its own, as far as they are there.
pub async fn further_roles(client: &impl GenericClient, stakeholder: i64) -> Result<Vec<String>> {
    let rows = client
        .query(
            "select r.rolname::text from integratedb.credentials c
             join pg_catalog.pg_roles r on r.rolname = c.username
             where c.stakeholder_id = $1 order by c.id",
            &[/* stakeholder_id */ &stakeholder],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The roles that a stakeholder may log in with: those that aren't revoked.
pub async fn good_roles(client: &impl GenericClient, stakeholder: i64) -> Result<Vec<String>> {
    let rows = client
        .query(
            "select r.rolname::text from integratedb.credentials c
             join integratedb.stakeholders s on s.id = c.stakeholder_id
             join pg_catalog.pg_roles r on r.rolname = coalesce(c.username, s.name)
             where c.stakeholder_id = $1 and c.revoked_at is null order by c.id",
            &[/* stakeholder_id */ &stakeholder],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn credential(row: &Row) -> Result<Credential> {
    serde_json::from_value(row.get::<_, Value>(0)).map_err(Error::internal)
}
