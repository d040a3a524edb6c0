//! What a stakeholder made in the database, and what becomes of it.

use deadpool_postgres::GenericClient;

use super::role::run;
use crate::db::Ident;
use crate::error::Result;

/// Everything in this database that the role owns or that stands in its schema,
/// as Postgres describes it ("table example.orders").
pub async fn list(client: &impl GenericClient, name: &str) -> Result<Vec<String>> {
    let rows = client
        .query(
            "select pg_catalog.pg_describe_object(classid, objid, objsubid)
             from pg_catalog.pg_shdepend
             where refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
               and refobjid = (select oid from pg_catalog.pg_roles where rolname = $1::text)
               and deptype = 'o'
               and dbid = (select oid from pg_catalog.pg_database where datname = current_database())
             union
             select pg_catalog.pg_describe_object(classid, objid, objsubid)
             from pg_catalog.pg_depend
             where refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
               and refobjid = (select oid from pg_catalog.pg_namespace where nspname = $1::text)
               and deptype = 'n'
             order by 1",
            &[/* name */ &name],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Whether the role owns anything in this database.
pub async fn owns_something(client: &impl GenericClient, role: &str) -> Result<bool> {
    let row = client
        .query_one(
            "select exists (
               select from pg_catalog.pg_shdepend
               where refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
                 and refobjid = (select oid from pg_catalog.pg_roles where rolname = $1::text)
                 and deptype = 'o'
                 and dbid = (select oid from pg_catalog.pg_database where datname = current_database())
             )",
            &[/* role */ &role],
        )
        .await?;
    Ok(row.get(0))
}

/// Whether anything stands in the schema.
pub async fn is_empty(client: &impl GenericClient, schema: &str) -> Result<bool> {
    let row = client
        .query_one(
            "select not exists (
               select from pg_catalog.pg_depend
               where refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
                 and refobjid = (select oid from pg_catalog.pg_namespace where nspname = $1::text)
                 and deptype = 'n'
             )",
            &[/* schema */ &schema],
        )
        .await?;
    Ok(row.get(0))
}

/// Drops the schema with all that is in it or depends on it, and whatever else
/// the role owns.
pub async fn drop(client: &impl GenericClient, role: &str) -> Result<()> {
    let role = Ident(role);
    run(client, &format!("drop schema {role} cascade; drop owned by {role} cascade")).await
}

/// Drops a schema that is empty.
pub async fn drop_empty(client: &impl GenericClient, schema: &str) -> Result<()> {
    run(client, &format!("drop schema {}", Ident(schema))).await
}
