//! The story of another password for our own role.
//!
//! Whatever ends it in the middle leaves a way in: what is to be the password is written
//! down before Postgres knows it, beside the one that still is.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio_postgres::{Client, GenericClient, Transaction};

use super::{Ident, advisory, connection, password};
use crate::audit::{self, Event, Subject};
use crate::credentials::verifier_of;
use crate::error::{Error, Result};

/// "integrdp" as a number: the advisory lock of rotations.
const LOCK: i64 = 0x696e_7465_6772_6470;

/// It waits for nobody for longer than that.
const SETTINGS: &str = "-c lock_timeout=5s";

/// A session that nobody else changes the password beside, as long as it is there: until
/// what was written down is final, or another rotation would write over it.
async fn begin(url: &str) -> Result<Client> {
    let client = connection::connect_with(url, SETTINGS, "integratedb rotate").await?;
    super::refuse_newer(&client).await?;
    if !advisory::try_lock(&client, LOCK).await? && !advisory::claim_back(&client, LOCK).await? {
        return Err(Error::Conflict("Somebody else is changing the password now.".to_owned()));
    }
    Ok(client)
}

/// Gives our role another password, which `keep` has written down by then. Answers the
/// role.
async fn change(
    client: &mut Client,
    fresh: &SecretString,
    keep: impl FnOnce() -> std::io::Result<()>,
) -> Result<String> {
    let role: String = client.query_one("select session_user::text", &[]).await?.get(0);
    let is_plain = is_plain(client).await?;
    if !is_plain && !may_be_asked(client).await? {
        // What a superuser is asked for stands there.
        super::require_installation(client).await?;
        return Err(Error::Conflict(format!(
            "Before version 16, PostgreSQL lets only superusers change the password of a role that \
             may replicate. Let one run this, once:\n\n{}\n\nNothing was changed.",
            enabling_sql(&role)
        )));
    }
    let verifier = verifier_of(fresh).await?;
    keep().map_err(Error::internal)?;
    let transaction = client.transaction().await?;
    if is_plain {
        let statement = format!("alter role {} password '{verifier}'", Ident(&role));
        transaction.simple_query(&statement).await?;
    } else {
        let sql = "select integratedb.change_own_password($1)";
        transaction.query_one(sql, &[/* verifier */ &verifier]).await?;
    }
    record(&transaction, &role).await?;
    transaction.commit().await?;
    Ok(role)
}

/// Puts it into the audit, if that is installed.
async fn record(transaction: &Transaction<'_>, role: &str) -> Result<()> {
    let sql = "select to_regclass('integratedb.audit') is not null";
    if !transaction.query_one(sql, &[]).await?.get::<_, bool>(0) {
        return Ok(());
    }
    let mut subject = Subject::of("control_plane");
    subject.name = Some(role.to_owned());
    let after = Some(json!({ "password": "changed" }));
    let event = Event { action: "control_plane.rotate_password", subject, before: None, after };
    audit::record(transaction, event).await
}

/// Whether the role may change its password as any role may.
async fn is_plain(client: &impl GenericClient) -> Result<bool> {
    let sql = "select rolsuper or not rolreplication
                 or current_setting('server_version_num')::integer >= 160000
               from pg_catalog.pg_roles where rolname = session_user";
    Ok(client.query_one(sql, &[]).await?.get(0))
}

/// Whether a superuser has left the function of [`enabling_sql`].
async fn may_be_asked(client: &impl GenericClient) -> Result<bool> {
    let sql = "select coalesce(has_function_privilege(
                 to_regprocedure('integratedb.change_own_password(text)'), 'EXECUTE'), false)";
    Ok(client.query_one(sql, &[]).await?.get(0))
}

/// Whether a role may change its password.
pub async fn is_possible(client: &impl GenericClient) -> Result<bool> {
    Ok(is_plain(client).await? || may_be_asked(client).await?)
}

/// What a superuser runs so that a role that may replicate can change its own password
/// before version 16, and nobody else's.
pub fn enabling_sql(role: &str) -> String {
    let role = Ident(role);
    format!(
        "CREATE OR REPLACE FUNCTION integratedb.change_own_password(verifier text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF verifier !~ '^SCRAM-SHA-256[$]' THEN RAISE 'only a SCRAM-SHA-256 verifier is taken'; END IF;
  EXECUTE format('ALTER ROLE %I PASSWORD %L', session_user, verifier);
END $$;
REVOKE EXECUTE ON FUNCTION integratedb.change_own_password(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION integratedb.change_own_password(text) TO {role};"
    )
}

/// Changes the password that stands in a file, which running servers read at each new
/// connection. Answers the role.
pub async fn in_file(url: &str, file: &Path, fresh: &SecretString) -> Result<String> {
    let mut client = begin(url).await?;
    // Those that may be the present one, if an earlier rotation was interrupted.
    let present = password::read(file).await.map_err(Error::internal)?;
    let both: Vec<&SecretString> = [fresh].into_iter().chain(&present).collect();
    let role = change(&mut client, fresh, || password::write(file, &both)).await?;
    check(url, fresh).await?;
    password::write(file, &[fresh]).map_err(Error::internal)?;
    drop(client);
    Ok(role)
}

/// Changes the password that stands in the URL. `keep` is given the URL with the new one
/// and has to keep it before Postgres knows it. Answers the role.
pub async fn in_url(
    url: &str,
    fresh: &SecretString,
    keep: impl FnOnce(&SecretString) -> std::io::Result<()>,
) -> Result<String> {
    let changed = connection::with_password(url, fresh)
        .ok_or_else(|| Error::Conflict("DATABASE_URL names no user.".to_owned()))?;
    let role = change(&mut begin(url).await?, fresh, || keep(&changed)).await?;
    check(url, fresh).await?;
    Ok(role)
}

/// Connects with nothing but the new password.
async fn check(url: &str, fresh: &SecretString) -> Result<()> {
    let (url, _) = connection::take_parameter(url, "password_file");
    let url = connection::with_password(&url, fresh).unwrap_or_else(|| url.into());
    connection::connect(url.expose_secret()).await.map(drop)
}
