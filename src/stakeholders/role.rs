//! The Postgres role and schema behind a stakeholder.
//!
//! The schema belongs to the control plane, which grants the role everything in
//! it: so the role can't drop or rename what others may depend on. The control
//! plane is a member of the role, and may therefore grant to others what the
//! role creates.

use deadpool_postgres::GenericClient;
use tokio_postgres::error::SqlState;

use super::Name;
use crate::db::Ident;
use crate::error::{Error, Result};

/// Refuses a name that a role or schema bears which isn't ours: adopting it
/// would hand it over.
pub async fn refuse_existing(client: &impl GenericClient, name: &Name) -> Result<()> {
    let row = client
        .query_one(
            "select exists (select from pg_catalog.pg_roles where rolname = $1::text) as is_role,
                    exists (select from pg_catalog.pg_namespace where nspname = $1::text) as is_schema",
            &[/* name */ &name.as_str()],
        )
        .await?;
    match (row.get("is_role"), row.get("is_schema")) {
        (true, _) => Err(Error::invalid("name", "is the name of an existing role")),
        (_, true) => Err(Error::invalid("name", "is the name of an existing schema")),
        _ => Ok(()),
    }
}

/// Makes the role and its schema.
pub async fn create(client: &impl GenericClient, name: &Name, verifier: &str) -> Result<()> {
    let role = Ident(name.as_str());
    run(
        client,
        &format!(
            "create role {role} login password '{verifier}';
             grant {role} to current_user;
             create schema {role};
             grant usage, create on schema {role} to {role}"
        ),
    )
    .await?;
    let_connect(client, name.as_str()).await
}

/// Lets the role connect to this database, where not everybody may.
pub async fn let_connect(client: &impl GenericClient, name: &str) -> Result<()> {
    let role = Ident(name);
    let row = client
        .query_one(
            "select pg_catalog.has_database_privilege($1::text, current_database(), 'CONNECT'),
                    current_database()",
            &[/* role */ &name],
        )
        .await?;
    if !row.get::<_, bool>(0) {
        let database = Ident(row.get(1)).to_string();
        run(client, &format!("grant connect on database {database} to {role}")).await?;
    }
    Ok(())
}

/// Gives the role and its schema another name. Its password, which is a SCRAM
/// verifier, goes on working.
pub async fn rename(client: &impl GenericClient, from: &str, to: &Name) -> Result<()> {
    let (from, to) = (Ident(from), Ident(to.as_str()));
    run(client, &format!("alter role {from} rename to {to}; alter schema {from} rename to {to}"))
        .await
}

/// Lets the role log in, or not.
pub async fn allow_login(client: &impl GenericClient, name: &str, is_allowed: bool) -> Result<()> {
    let attribute = if is_allowed { "login" } else { "nologin" };
    run(client, &format!("alter role {} {attribute}", Ident(name))).await
}

/// Ends the role's sessions and waits until none is left.
pub async fn end_sessions(client: &impl GenericClient, name: &str) -> Result<()> {
    // Again, since somebody may have been logging in at the first look.
    for _ in 0..3 {
        // A transaction would see what it saw before.
        client.execute("select pg_catalog.pg_stat_clear_snapshot()", &[]).await?;
        let sessions = client
            .query(
                "select pg_catalog.pg_terminate_backend(pid, 10000)
                 from pg_catalog.pg_stat_activity where usename = $1::text",
                &[/* role */ &name],
            )
            .await?;
        if sessions.is_empty() {
            return Ok(());
        }
    }
    Err(Error::Busy("A session of it has not ended yet."))
}

/// Takes from the role what it still may do in this database, and drops it. It
/// must own nothing any more.
pub async fn drop(client: &impl GenericClient, name: &str) -> Result<()> {
    let role = Ident(name);
    run(client, &format!("drop owned by {role}; drop role {role}")).await
}

/// Runs statements that take no parameters, since Postgres binds none in DDL:
/// every name in them is quoted.
pub async fn run(client: &impl GenericClient, statements: &str) -> Result<()> {
    client.batch_execute(statements).await.map_err(|error| {
        let code = error.code().cloned();
        match code {
            Some(code) if code == SqlState::DEPENDENT_OBJECTS_STILL_EXIST => Error::Conflict(
                "Its role still owns something, or may do something, in another database of \
                 this server. Let somebody who may run `DROP OWNED BY` there."
                    .to_owned(),
            ),
            // The last is how Postgres says that another transaction made it just now.
            Some(code)
                if code == SqlState::DUPLICATE_OBJECT
                    || code == SqlState::DUPLICATE_SCHEMA
                    || code == SqlState::UNIQUE_VIOLATION =>
            {
                Error::invalid("name", "has already been taken")
            }
            _ => Error::from(error),
        }
    })
}
