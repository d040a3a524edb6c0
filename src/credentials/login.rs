//! The Postgres role behind a credential.
//!
//! A further login is a member of the stakeholder's role, and its sessions begin as
//! that role (`alter role … set role`): what it makes belongs to the stakeholder, and
//! a grant is one ACL entry however many log in. It inherits nothing, so a session that
//! leaves the stakeholder's role (`set role none`) can neither read nor make anything;
//! `reset role` and `discard all`, which pools send, bring it back there.

use deadpool_postgres::GenericClient;

use super::store;
use crate::db::Ident;
use crate::error::{Error, Result};
use crate::moment::Moment;
use crate::stakeholders::role::{self, run};

/// Refuses the name of a role that isn't ours: adopting it would hand it over.
pub async fn refuse_existing(client: &impl GenericClient, username: &str) -> Result<()> {
    if exists(client, username).await? {
        let message = format!("would be the role {username}, which exists already");
        return Err(Error::invalid("name", message));
    }
    Ok(())
}

async fn exists(client: &impl GenericClient, username: &str) -> Result<bool> {
    let sql = "select exists (select from pg_catalog.pg_roles where rolname = $1::text)";
    Ok(client.query_one(sql, &[/* role */ &username]).await?.get(0))
}

/// Makes a further login for a stakeholder's role, with the settings and the limit of
/// connections which that has now. Answers the settings that only a superuser could
/// give it.
pub async fn create(
    client: &impl GenericClient,
    stakeholder: &str,
    username: &str,
    verifier: &str,
    end: Option<Moment>,
) -> Result<Vec<String>> {
    let (group, login) = (Ident(stakeholder), Ident(username));
    let until = end.map(|end| format!(" valid until '{end}'")).unwrap_or_default();
    run(
        client,
        &format!(
            "create role {login} login noinherit password '{verifier}'{until};
             grant {group} to {login};
             grant {login} to current_user;
             alter role {login} set role to {group}"
        ),
    )
    .await?;
    role::let_connect(client, username).await?;
    let row = client
        .query_one(
            "select integratedb.take_settings($1::text::name, $2::text::name)",
            &[/* from */ &stakeholder, /* by */ &username],
        )
        .await?;
    Ok(row.get(0))
}

/// Lets all roles that a stakeholder may log in with do so, or none of them.
pub async fn allow_all(
    client: &impl GenericClient,
    stakeholder: i64,
    is_allowed: bool,
) -> Result<()> {
    for username in store::good_roles(client, stakeholder).await? {
        role::allow_login(client, &username, is_allowed).await?;
    }
    Ok(())
}

/// Keeps a role from logging in for good, if it is there. The primary one stays, without
/// a password, since it owns what the stakeholder made.
pub async fn shut_out(client: &impl GenericClient, username: &str) -> Result<()> {
    if exists(client, username).await? {
        run(client, &format!("alter role {} nologin password null", Ident(username))).await?;
    }
    Ok(())
}

/// Lets the sessions of a stakeholder's further logins begin as its role, which has just
/// been renamed: Postgres keeps that setting as a text. The logins keep their names.
pub async fn follow_rename(client: &impl GenericClient, stakeholder: i64, to: &str) -> Result<()> {
    for username in store::further_roles(client, stakeholder).await? {
        let (login, group) = (Ident(&username), Ident(to));
        run(client, &format!("alter role {login} set role to {group}")).await?;
    }
    Ok(())
}

/// Drops a further login, if it is there. What it made after all goes to the
/// stakeholder's role.
pub async fn drop(client: &impl GenericClient, stakeholder: &str, username: &str) -> Result<()> {
    if exists(client, username).await? {
        let (login, group) = (Ident(username), Ident(stakeholder));
        run(client, &format!("reassign owned by {login} to {group}")).await?;
        role::drop(client, username).await?;
    }
    Ok(())
}
