//! What the roles of a private Postgres may do. What a snapshot describes is code that others
//! wrote, stakeholders among them, and it runs in a server on this machine: so nobody whom it
//! may run as is a superuser, and none of them can reach the machine's files and programs.
//!
//! The superuser says nothing by which it could run as the superuser itself: its sessions find
//! the functions and operators of Postgres only.

use tokio_postgres::Client;

use crate::db::Ident;
use crate::error::Result;

/// Takes away the roles that reach files and programs. Up to PostgreSQL 15 whoever may
/// create roles may grant them to himself.
pub async fn shut_in(superuser: &Client) -> Result<()> {
    superuser
        .simple_query(
            "begin;
             set local allow_system_table_mods = on;
             delete from pg_authid
             where rolname in ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files');
             commit",
        )
        .await?;
    Ok(())
}

/// Lets the owner write rows in whatever order, as far as keys are concerned, in sessions
/// that begin from here on.
pub async fn begin_loading(superuser: &Client, owner: &str) -> Result<()> {
    let owner = Ident(owner);
    superuser
        .simple_query(&format!("alter role {owner} set session_replication_role = replica"))
        .await?;
    Ok(())
}

/// Lets the owner make things in the schemas of stakeholders and of extensions.
pub async fn open_schemas(superuser: &Client, owner: &str) -> Result<()> {
    let grant = "select format('grant usage, create on schema %I to %I', n.nspname, $1::text) ";
    in_schemas_of_others(superuser, owner, grant).await
}

/// Makes the owner what it is while the command runs: it may create roles, act as every role
/// that the snapshot names, and see what is in the schemas of others.
pub async fn end_loading(superuser: &Client, owner: &str) -> Result<()> {
    let revoke = "select format('revoke create on schema %I from %I', n.nspname, $1::text) ";
    in_schemas_of_others(superuser, owner, revoke).await?;
    let role = Ident(owner);
    superuser
        .simple_query(&format!(
            "alter role {role} reset session_replication_role; alter role {role} createrole"
        ))
        .await?;
    let roles = "select format('grant %I to %I', r.rolname, $1::text) from pg_roles r
                 where not r.rolsuper and not r.rolcanlogin and r.rolname !~ '^pg_'";
    run_each(superuser, owner, roles).await
}

async fn in_schemas_of_others(superuser: &Client, owner: &str, select: &str) -> Result<()> {
    let others = "from pg_namespace n
                  where n.nspname !~ '^pg_'
                    and n.nspname not in ('public', 'information_schema', 'integratedb')
                    and n.nspowner <> (select r.oid from pg_roles r where r.rolname = $1::text)";
    run_each(superuser, owner, &format!("{select}{others}")).await
}

/// Runs the statements that a query writes.
async fn run_each(superuser: &Client, owner: &str, query: &str) -> Result<()> {
    for row in superuser.query(query, &[/* owner */ &owner]).await? {
        superuser.simple_query(row.get(0)).await?;
    }
    Ok(())
}
