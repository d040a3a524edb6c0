//! Users in the registry.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::{Role, User, Username};
use crate::db::{OnConstraint, Page};
use crate::error::{Error, Result};
use crate::version::Version;

/// What a login is checked against.
pub struct WithPassword {
    pub id: i64,
    pub username: String,
    pub password_hash: String,
    pub token_generation: i32,
}

fn user(row: &Row) -> Result<User> {
    let role = Role::read(row.get("role")).map_err(Error::internal)?;
    Ok(User { id: row.get("id"), username: row.get("username"), role })
}

/// Keeps everybody else from adding or removing users until the commit.
pub async fn lock(client: &impl GenericClient) -> Result<()> {
    client.execute("lock table integratedb.users in share row exclusive mode", &[]).await?;
    Ok(())
}

/// Whether there is a user at all.
pub async fn any_exists(client: &impl GenericClient) -> Result<bool> {
    let row = client.query_one("select exists (select from integratedb.users)", &[]).await?;
    Ok(row.get(0))
}

/// Whether there is an admin.
pub async fn any_admin_exists(client: &impl GenericClient) -> Result<bool> {
    let sql = "select exists (select from integratedb.users where role = 'admin')";
    Ok(client.query_one(sql, &[]).await?.get(0))
}

/// Adds a user; answers its id.
pub async fn insert(
    client: &impl GenericClient,
    username: &Username,
    password_hash: &str,
    role: Role,
) -> Result<i64> {
    let row = client
        .query_one(
            "insert into integratedb.users (username, password_hash, role)
             values ($1, $2, $3) returning id",
            &[
                /* username */ &username.as_str(),
                /* password_hash */ &password_hash,
                /* role */ &role.as_str(),
            ],
        )
        .await
        .on_constraint("users_username_key", taken)?;
    Ok(row.get("id"))
}

/// Changes what is given. A new password starts a new generation of tokens.
pub async fn update(
    client: &impl GenericClient,
    id: i64,
    username: Option<&Username>,
    password_hash: Option<&str>,
    role: Option<Role>,
) -> Result<()> {
    client
        .execute(
            "update integratedb.users
             set username = coalesce($2, username),
                 password_hash = coalesce($3, password_hash),
                 token_generation = token_generation + ($3::text is not null)::integer,
                 role = coalesce($4, role),
                 updated_at = now()
             where id = $1",
            &[
                /* id */ &id,
                /* username */ &username.map(Username::as_str),
                /* password_hash */ &password_hash,
                /* role */ &role.map(Role::as_str),
            ],
        )
        .await
        .on_constraint("users_username_key", taken)?;
    Ok(())
}

/// Removes a user.
pub async fn delete(client: &impl GenericClient, id: i64) -> Result<()> {
    client.execute("delete from integratedb.users where id = $1", &[/* id */ &id]).await?;
    Ok(())
}

/// One user, and its version: also of what isn't shown of it.
pub async fn versioned(client: &impl GenericClient, id: i64) -> Result<Option<(User, Version)>> {
    let statement = client
        .prepare_cached(
            "select id, username, role, extract(epoch from updated_at)::text as changed
             from integratedb.users where id = $1",
        )
        .await?;
    let Some(row) = client.query_opt(&statement, &[/* id */ &id]).await? else { return Ok(None) };
    let user = user(&row)?;
    let version = Version::beside(&user, row.get::<_, &str>("changed").as_bytes())?;
    Ok(Some((user, version)))
}

/// The user that a token of this generation is for.
pub async fn of_token(
    client: &impl GenericClient,
    id: i64,
    generation: i32,
) -> Result<Option<User>> {
    let statement = client
        .prepare_cached(
            "select id, username, role
             from integratedb.users where id = $1 and token_generation = $2",
        )
        .await?;
    let row = client.query_opt(&statement, &[/* id */ &id, /* generation */ &generation]).await?;
    row.as_ref().map(user).transpose()
}

/// The generation of a user's tokens.
pub async fn token_generation(client: &impl GenericClient, id: i64) -> Result<Option<i32>> {
    let row = client
        .query_opt("select token_generation from integratedb.users where id = $1", &[/* id */ &id])
        .await?;
    Ok(row.map(|row| row.get(0)))
}

/// What a login under this name is checked against.
pub async fn with_password(
    client: &impl GenericClient,
    username: &str,
) -> Result<Option<WithPassword>> {
    let row = client
        .query_opt(
            "select id, username, password_hash, token_generation
             from integratedb.users where lower(username) = lower($1)",
            &[/* username */ &username],
        )
        .await?;
    Ok(row.map(|row| WithPassword {
        id: row.get("id"),
        username: row.get("username"),
        password_hash: row.get("password_hash"),
        token_generation: row.get("token_generation"),
    }))
}

/// Users by id.
pub async fn list(client: &impl GenericClient, page: Page) -> Result<Vec<User>> {
    let rows = client
        .query(
            "select id, username, role from integratedb.users where id > $1 order by id limit $2",
            &[/* after */ &page.after, /* limit */ &page.limit],
        )
        .await?;
    rows.iter().map(user).collect()
}

fn taken() -> Error {
    Error::invalid("username", "has already been taken")
}
