//! The roles that tables are read as: each for one table of one backfill, and no longer than
//! that is being read.
//!
//! Whoever reads a table runs code of its owner: the checks of domains, functions in its
//! indexes. In a session of ours that code could do whatever we may, and no `set role` or
//! function would hold it, since it could come back from there. So the session itself is
//! another role's, which is a member of nothing, and may read that table and what
//! everybody may. Nothing it was given is left to the next table, whose owner is another.
//!
//! It may read the table as a whole: its columns are no secret to the code of its owner, and
//! a grant on columns would be a change of the table to the claims.

use deadpool_postgres::GenericClient;
use rand::RngExt;
use secrecy::SecretString;

use super::store;
use super::table::Table;
use crate::App;
use crate::credentials::{random_password, verifier_of};
use crate::db::Ident;
use crate::error::Result;
use crate::stakeholders::role;

/// Nobody waits long for what we let a reader do.
const QUIETLY: &str = "set local lock_timeout = '2s'";

/// A role that is there.
#[derive(Debug)]
pub struct Reading {
    pub role: String,
    pub backfill: i64,
}

/// Makes the role that reads a table, which nobody else has the password of. Whatever read
/// for this backfill before does so no longer.
pub async fn create(app: &App, backfill: i64, table: &Table) -> Result<(String, SecretString)> {
    let password = random_password();
    let verifier = verifier_of(&password).await?;
    let client = app.pool.get().await?;
    for left in all(&client).await?.iter().filter(|left| left.backfill == backfill) {
        drop(&client, &left.role).await?;
    }
    let name = name(&client, backfill).await?;
    let path = format!("{}.{}", Ident(&table.relation.schema), Ident(&table.relation.table));
    let reader = Ident(&name);
    let schemas = table.schemas.iter();
    let schemas =
        schemas.map(|name| format!("; grant usage on schema {} to {reader}", Ident(name)));
    let schemas = schemas.collect::<String>();
    // The lock keeps ALTER TABLE away, which would let the grant fail.
    let statements = format!(
        "{QUIETLY}; lock table only {path} in access share mode;
         create role {reader} login noinherit connection limit 1 password '{verifier}';
         grant {reader} to current_user; grant select on {path} to {reader}{schemas}"
    );
    role::run(&client, &statements).await?;
    role::let_connect(&client, &name).await?;
    Ok((name, password))
}

async fn name(client: &impl GenericClient, backfill: i64) -> Result<String> {
    let row = client
        .query_one(
            "select format('integratedb_backfill_%s_%s_%s', d.oid, $1::bigint, $2::text)
             from pg_catalog.pg_database d where d.datname = current_database()",
            &[
                /* backfill */ &backfill,
                /* unlike others */ &format!("{:08x}", rand::rng().random::<u32>()),
            ],
        )
        .await?;
    Ok(row.get(0))
}

/// All that are there in this database.
pub async fn all(client: &impl GenericClient) -> Result<Vec<Reading>> {
    let rows = client
        .query(
            "select r.rolname::text as role, split_part(r.rolname, '_', 4)::bigint as backfill
             from pg_catalog.pg_roles r
             join pg_catalog.pg_database d on d.datname = current_database()
             where r.rolname ~ ('^integratedb_backfill_' || d.oid::text || '_[0-9]{1,18}_[0-9a-f]{8}$')
             order by r.rolname",
            &[],
        )
        .await?;
    let reading = |row: &tokio_postgres::Row| Reading {
        role: row.get("role"),
        backfill: row.get("backfill"),
    };
    Ok(rows.iter().map(reading).collect())
}

/// Whether a role is there.
pub async fn exists(client: &impl GenericClient, name: &str) -> Result<bool> {
    let sql = "select exists (select from pg_catalog.pg_roles where rolname = $1::text)";
    Ok(client.query_one(sql, &[/* role */ &name]).await?.get(0))
}

/// Ends the sessions of a role and drops it, if it is there.
pub async fn drop(client: &impl GenericClient, name: &str) -> Result<()> {
    if !exists(client, name).await? {
        return Ok(());
    }
    role::end_sessions(client, name).await?;
    let row = client
        .query_opt(
            "select string_agg(format('only %I.%I', n.nspname, c.relname), ', ' order by c.oid)
             from pg_catalog.pg_roles r
             join pg_catalog.pg_shdepend s
               on s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and s.refobjid = r.oid
             join pg_catalog.pg_database d on d.oid = s.dbid and d.datname = current_database()
             join pg_catalog.pg_class c
               on s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = s.objid
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where r.rolname = $1::text and c.relkind in ('r', 'p')
               and has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT')",
            &[/* role */ &name],
        )
        .await?;
    let lock = row.and_then(|row| row.get::<_, Option<String>>(0));
    let lock = lock.map(|tables| format!("lock table {tables} in access share mode; "));
    let (lock, reader) = (lock.unwrap_or_default(), Ident(name));
    let statements = format!("{QUIETLY}; {lock}drop owned by {reader}; drop role {reader}");
    role::run(client, &statements).await
}

/// Drops what is left of backfills that don't run any more; answers how many there were.
pub async fn reap(app: &App) -> Result<u64> {
    let client = app.pool.get().await?;
    let mut done = 0;
    let mut failed = None;
    // In this order: one that begins meanwhile has its role in neither.
    let left = all(&client).await?;
    let running = store::running(&client, i64::MAX).await?;
    for left in left.iter().filter(|left| !running.contains(&left.backfill)) {
        match drop(&client, &left.role).await {
            Ok(()) => done += 1,
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(done), Err)
}
