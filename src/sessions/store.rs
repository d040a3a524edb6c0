//! Sessions in the registry.

use deadpool_postgres::GenericClient;

use super::Lifetime;
use crate::error::Result;

/// A session that goes on.
pub struct Known {
    pub id: i64,
    pub user: i64,
    /// Of the user's tokens, when it began.
    pub generation: i32,
    /// Whether its use was recorded longer ago than a minute.
    pub is_unrecorded: bool,
}

/// Adds a session.
pub async fn insert(
    client: &impl GenericClient,
    user: i64,
    generation: i32,
    hash: &[u8],
    lifetime: &Lifetime,
) -> Result<()> {
    client
        .execute(
            "insert into integratedb.sessions (user_id, token_generation, hash, expires_at)
             values ($1, $2, $3, now() + make_interval(secs => $4))",
            &[
                /* user_id */ &user,
                /* token_generation */ &generation,
                /* hash */ &hash,
                /* whole */ &lifetime.whole.as_secs_f64(),
            ],
        )
        .await?;
    Ok(())
}

/// The session with this hash, unless it has ended.
pub async fn by_hash(
    client: &impl GenericClient,
    hash: &[u8],
    lifetime: &Lifetime,
) -> Result<Option<Known>> {
    let statement = client
        .prepare_cached(
            "select id, user_id, token_generation,
                    last_used_at < now() - interval '1 minute' as is_unrecorded
             from integratedb.sessions
             where hash = $1
               and expires_at > now() and last_used_at > now() - make_interval(secs => $2)",
        )
        .await?;
    let idle = lifetime.idle.as_secs_f64();
    let row = client.query_opt(&statement, &[/* hash */ &hash, /* idle */ &idle]).await?;
    Ok(row.map(|row| Known {
        id: row.get("id"),
        user: row.get("user_id"),
        generation: row.get("token_generation"),
        is_unrecorded: row.get("is_unrecorded"),
    }))
}

/// Records that a session is used, unless another request has within a minute.
pub async fn record_use(client: &impl GenericClient, id: i64) -> Result<()> {
    client
        .execute(
            "update integratedb.sessions set last_used_at = now()
             where id = $1 and last_used_at < now() - interval '1 minute'",
            &[/* id */ &id],
        )
        .await?;
    Ok(())
}

/// Removes a session.
pub async fn delete(client: &impl GenericClient, hash: &[u8]) -> Result<()> {
    let sql = "delete from integratedb.sessions where hash = $1";
    client.execute(sql, &[/* hash */ &hash]).await?;
    Ok(())
}

/// Removes the sessions that have ended.
pub async fn forget_expired(client: &impl GenericClient, lifetime: &Lifetime) -> Result<u64> {
    let count = client
        .execute(
            "delete from integratedb.sessions s
             where s.expires_at <= now()
               or s.last_used_at <= now() - make_interval(secs => $1)
               or not exists (
                 select from integratedb.users u
                 where u.id = s.user_id and u.token_generation = s.token_generation
               )",
            &[/* idle */ &lifetime.idle.as_secs_f64()],
        )
        .await?;
    Ok(count)
}
