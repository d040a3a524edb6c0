//! What a stakeholder made, given to another role: a further stakeholder, or one that is
//! made for it and may do nothing else.
//!
//! Code goes with the rights of its owner: functions with `SECURITY DEFINER`, and views and
//! rules, which read what their owner may read. So what a stakeholder leaves never becomes
//! ours, and becomes another's only where it would lend nothing of theirs to anybody.

use deadpool_postgres::GenericClient;

use super::objects;
use super::role::run;
use crate::db::Ident;
use crate::error::{Error, Result};

/// The roles that [`retire`] has made and that own something in this database.
pub const RETIRED: &str = include_str!("retired.sql");

/// Gives everything the role owns to a role that is made for it: it can't log in, and has
/// nothing but that and the use of the schema. Answers its name; none, if there was nothing.
pub async fn retire(
    client: &impl GenericClient,
    name: &str,
    stakeholder: i64,
) -> Result<Option<String>> {
    if !objects::owns_something(client, name).await? {
        return Ok(None);
    }
    let retired = free_name(client, stakeholder).await?;
    let (role, schema) = (Ident(&retired), Ident(name));
    run(
        client,
        &format!(
            "create role {role} nologin;
             grant {role} to current_user;
             comment on role {role} is 'Owns what the removed stakeholder {name} made.';
             grant usage, create on schema {schema} to {role}"
        ),
    )
    .await?;
    hand_over(client, name, &retired).await?;
    run(client, &format!("revoke create on schema {schema} from {role}")).await?;
    Ok(Some(retired))
}

/// A name of the database and the stakeholder, since roles belong to the whole server; with
/// one more number where an earlier installation in this database has left it.
async fn free_name(client: &impl GenericClient, stakeholder: i64) -> Result<String> {
    let row = client
        .query_one(
            "select c.name
             from pg_catalog.pg_database d
             cross join pg_catalog.generate_series(1, 10000) n
             cross join lateral (
               select pg_catalog.concat_ws('_', 'integratedb_removed', d.oid, $1::bigint, nullif(n, 1)) as name
             ) c
             where d.datname = current_database()
               and not exists (select from pg_catalog.pg_roles where rolname = c.name)
             order by n limit 1",
            &[/* stakeholder */ &stakeholder],
        )
        .await?;
    Ok(row.get(0))
}

/// Makes another stakeholder the owner of everything the role owns, and gives it the schema
/// to work in. Refused if that would let others act with its rights.
pub async fn reassign(client: &impl GenericClient, name: &str, heir: &str) -> Result<()> {
    refuse_lending(client, name, heir).await?;
    let sql = format!("grant usage, create on schema {} to {}", Ident(name), Ident(heir));
    run(client, &sql).await?;
    hand_over(client, name, heir).await
}

/// Refuses to give to an heir what would run, or read, with the heir's rights for others.
pub async fn refuse_lending(client: &impl GenericClient, name: &str, heir: &str) -> Result<()> {
    let rows = client.query(include_str!("lending.sql"), &[/* role */ &name]).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    Err(Error::Conflict(format!(
        "What {name} made would act for others with the rights of {heir}: {}. Drop that, or let \
         it act with the rights of whoever uses it (ALTER FUNCTION … SECURITY INVOKER, from \
         PostgreSQL 15 on ALTER VIEW … SET (security_invoker = true)); or keep the objects, \
         which leaves them to a role without rights.",
        found.join(", ")
    )))
}

/// Postgres asks of some kinds of objects, such as functions, that their new owner may
/// create in their schema, also where tables don't take that; so it may for that moment.
async fn hand_over(client: &impl GenericClient, from: &str, to: &str) -> Result<()> {
    let closed = closed_schemas(client, from, to).await?;
    for schema in &closed {
        run(client, &format!("grant create on schema {schema} to {}", Ident(to))).await?;
    }
    let still = closed_schemas(client, from, to).await?;
    if !still.is_empty() {
        return Err(Error::Conflict(format!(
            "{from} owns something in {}, where {to} may not own anything. Let the owner of the \
             schema GRANT CREATE ON it to the control plane WITH GRANT OPTION, or drop that.",
            still.join(", ")
        )));
    }
    let sql = format!("reassign owned by {} to {}", Ident(from), Ident(to));
    run(client, &sql).await?;
    for schema in &closed {
        run(client, &format!("revoke create on schema {schema} from {}", Ident(to))).await?;
    }
    Ok(())
}

/// The schemas, quoted, in which one role owns what another couldn't own.
async fn closed_schemas(
    client: &impl GenericClient,
    owner: &str,
    role: &str,
) -> Result<Vec<String>> {
    let rows = client
        .query(
            "select distinct i.schema
             from pg_catalog.pg_shdepend d
             cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, 0) i
             join pg_catalog.pg_namespace n on pg_catalog.quote_ident(n.nspname) = i.schema
             where d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
               and d.refobjid = (select oid from pg_catalog.pg_roles where rolname = $1::text)
               and d.deptype = 'o'
               and d.classid not in ('pg_catalog.pg_class'::pg_catalog.regclass,
                                     'pg_catalog.pg_type'::pg_catalog.regclass)
               and d.dbid = (select oid from pg_catalog.pg_database where datname = current_database())
               and not pg_catalog.has_schema_privilege($2::text, n.oid, 'CREATE')
             order by 1",
            &[/* owner */ &owner, /* role */ &role],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
