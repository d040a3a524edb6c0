//! Guards where they are kept: in Postgres's catalog, with the role.

use deadpool_postgres::GenericClient;

use super::Guards;
use crate::db::Ident;
use crate::error::Result;
use crate::stakeholders::role::run;

/// What holds for new sessions of a role in this database.
pub async fn of(client: &impl GenericClient, role: &str) -> Result<Guards> {
    let row = client
        .query_one(
            "select nullif(r.rolconnlimit, -1) as connection_limit,
                    integratedb.role_setting_ms(r.oid, 'statement_timeout') as statement_timeout,
                    integratedb.role_setting_ms(r.oid, 'lock_timeout') as lock_timeout,
                    integratedb.role_setting_ms(r.oid, 'idle_in_transaction_session_timeout') as idle
             from pg_catalog.pg_roles r where r.rolname = $1::text",
            &[/* role */ &role],
        )
        .await?;
    Ok(Guards {
        connection_limit: row.get("connection_limit"),
        statement_timeout_ms: row.get("statement_timeout"),
        lock_timeout_ms: row.get("lock_timeout"),
        idle_in_transaction_timeout_ms: row.get("idle"),
    })
}

/// Puts guards on a role. The timeouts are settings of the role in this database, which
/// win over those of the role everywhere; where there is to be none, both go.
pub async fn put(client: &impl GenericClient, role: &str, guards: &Guards) -> Result<()> {
    let database: String = client.query_one("select current_database()::text", &[]).await?.get(0);
    let (role, database) = (Ident(role), Ident(&database));
    let limit = guards.connection_limit.unwrap_or(-1);
    let mut statements = vec![format!("alter role {role} connection limit {limit}")];
    for (setting, value) in guards.timeouts() {
        let here = format!("alter role {role} in database {database}");
        if let Some(ms) = value {
            statements.push(format!("{here} set {setting} to {ms}"));
        } else {
            statements.push(format!("alter role {role} reset {setting}"));
            statements.push(format!("{here} reset {setting}"));
        }
    }
    run(client, &statements.join("; ")).await
}
