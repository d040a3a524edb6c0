//! Kept answers in the registry.

use deadpool_postgres::GenericClient;

use crate::App;
use crate::error::Result;

/// Keeps others from asking for the same until the commit; answers whether nobody was
/// at it.
pub async fn lock(client: &impl GenericClient, id: &[u8]) -> Result<bool> {
    let row = client
        .query_one(
            "select pg_catalog.pg_try_advisory_xact_lock(
               pg_catalog.hashtextextended(pg_catalog.encode($1::bytea, 'hex'), 10::bigint)
             )",
            &[/* id */ &id],
        )
        .await?;
    Ok(row.get(0))
}

/// The sealed answer that was kept less than a day ago.
pub async fn find(client: &impl GenericClient, id: &[u8]) -> Result<Option<Vec<u8>>> {
    let statement = client
        .prepare_cached(
            "select sealed from integratedb.kept_answers
             where id = $1 and inserted_at > now() - interval '1 day'",
        )
        .await?;
    let row = client.query_opt(&statement, &[/* id */ &id]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// Keeps an answer, in place of one that is older than a day.
pub async fn insert(client: &impl GenericClient, id: &[u8], sealed: &[u8]) -> Result<()> {
    client
        .execute(
            "insert into integratedb.kept_answers (id, sealed) values ($1, $2)
             on conflict on constraint kept_answers_pkey do update
             set sealed = excluded.sealed, inserted_at = excluded.inserted_at",
            &[/* id */ &id, /* sealed */ &sealed],
        )
        .await?;
    Ok(())
}

/// Forgets answers that are older than a day; answers how many.
pub async fn forget(app: &App) -> Result<u64> {
    let sql = "delete from integratedb.kept_answers where inserted_at <= now() - interval '1 day'";
    Ok(app.pool.get().await?.execute(sql, &[]).await?)
}
