//! A database as `docs/install.md` tells operators to prepare one: a role
//! without SUPERUSER for the control plane, and an application that owns the
//! tables.

use super::Cluster;
use crate::db::{Ident, connection};
use crate::error::Result;

/// The roles and the database to make. Passwords are put into SQL as verifiers.
#[derive(Debug, Clone)]
pub struct Provision<'a> {
    pub database: &'a str,
    /// The control plane's role and password.
    pub control: (&'a str, &'a str),
    /// The role and password of the application that owns the tables.
    pub owner: (&'a str, &'a str),
}

impl Provision<'_> {
    /// Makes what isn't there yet; may be repeated.
    pub async fn apply(&self, cluster: &Cluster) -> Result<()> {
        let (control, owner) = (Ident(self.control.0), Ident(self.owner.0));
        let database = Ident(self.database);
        let server = connection::connect(&cluster.superuser_url("postgres")).await?;
        for (role, password) in [self.control, self.owner] {
            if !exists(&server, "select 1 from pg_roles where rolname = $1::text", role).await? {
                let verifier = postgres_protocol::password::scram_sha_256(password.as_bytes());
                let role = Ident(role);
                run(&server, &format!("create role {role} login password '{verifier}'")).await?;
            }
        }
        run(&server, &format!("alter role {control} createrole replication")).await?;
        run(&server, &format!("grant {owner} to {control}")).await?;
        let is_there = "select 1 from pg_database where datname = $1::text";
        if !exists(&server, is_there, self.database).await? {
            run(&server, &format!("create database {database}")).await?;
        }
        run(&server, &format!("grant create on database {database} to {control}, {owner}")).await?;
        let inside = connection::connect(&cluster.superuser_url(self.database)).await?;
        run(&inside, &format!("grant usage, create on schema public to {control}, {owner}"))
            .await?;
        // As PostgreSQL 15 and newer have it from the start.
        run(&inside, "revoke create on schema public from public").await
    }
}

async fn exists(client: &tokio_postgres::Client, sql: &str, name: &str) -> Result<bool> {
    Ok(client.query_opt(sql, &[/* name */ &name]).await?.is_some())
}

/// DDL takes no parameters; every name in it is quoted.
async fn run(client: &tokio_postgres::Client, statement: &str) -> Result<()> {
    client.simple_query(statement).await?;
    Ok(())
}
