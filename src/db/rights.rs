//! What the connected role may and may not do in this database: of each lack what is,
//! why it matters, and what to do.

mod registry;

use postgres_protocol::escape::escape_literal;
use serde::Serialize;
use tokio_postgres::{Client, Row};

use super::{Ident, Standing, rotate};
use crate::error::Result;

/// How much something matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Fine,
    /// It works, but not everything or not as safely as it could.
    Advice,
    /// IntegrateDB can't do its work without it.
    Lack,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub verdict: Verdict,
    /// What is.
    pub what: String,
    /// Why it matters, unless all is fine.
    pub why: Option<&'static str>,
    /// What mends it: mostly SQL, for the owner or a superuser to run.
    pub remedy: Option<String>,
}

/// The oldest server that the engine runs on (`server_version_num`).
const OLDEST: i32 = 140_000;

/// Looks at everything; changes nothing.
pub async fn examine(client: &Client) -> Result<Vec<Finding>> {
    let mut findings = basics(client).await?;
    findings.extend(foreign_tables(client).await?);
    let standing = super::standing(client).await?;
    findings.extend(registry::examine(client, standing).await?);
    findings.push(own_password(client, standing).await?);
    findings.extend(replication(client).await?);
    Ok(findings)
}

async fn basics(client: &Client) -> Result<Vec<Finding>> {
    let row = client
        .query_one(
            "select current_setting('server_version_num')::integer as version,
                    current_setting('server_version') as version_text,
                    current_user::text as role, current_database()::text as database,
                    r.rolsuper as is_superuser, r.rolsuper or r.rolcreaterole as creates_roles,
                    has_database_privilege(current_database(), 'CREATE') as creates_schemas,
                    has_schema_privilege('public', 'CREATE')
                      and has_schema_privilege('public', 'USAGE') as creates_in_public,
                    exists (
                      select from pg_catalog.pg_namespace n
                      cross join lateral pg_catalog.aclexplode(n.nspacl) a
                      where n.nspname = 'public' and a.grantee = 0 and a.privilege_type = 'CREATE'
                    ) as public_creates,
                    exists (
                      select from pg_catalog.pg_namespace n
                      where n.nspname = 'integratedb' and n.nspowner = r.oid
                    ) as has_installed,
                    (select o.rolname::text from pg_catalog.pg_namespace n
                     join pg_catalog.pg_roles o on o.oid = n.nspowner
                     where n.nspname = 'integratedb' and not o.rolsuper) as installed_by
             from pg_catalog.pg_roles r where r.rolname = current_user",
            &[],
        )
        .await?;
    let (role, database): (String, String) = (row.get("role"), row.get("database"));
    let (role, database) = (Ident(&role), Ident(&database));
    let version: String = row.get("version_text");
    let is_recent = row.get::<_, i32>("version") >= OLDEST;
    Ok(vec![
        if is_recent {
            fine(format!("The server is PostgreSQL {version}."))
        } else {
            lack(
                format!("The server is PostgreSQL {version}."),
                "The engine runs on 14 and newer.",
                "Upgrade the server.",
            )
        },
        if row.get("is_superuser") {
            advice(
                format!("{role} is a superuser."),
                "IntegrateDB needs none, and whoever takes it over would have the whole server.",
                instead_of_superuser(&row, &database),
            )
        } else {
            fine(format!("{role} is no superuser."))
        },
        if row.get("creates_roles") {
            fine(format!("{role} may create roles."))
        } else {
            lack(
                format!("{role} may not create roles."),
                "Each stakeholder is a role, so none could be added.",
                format!("ALTER ROLE {role} CREATEROLE;"),
            )
        },
        if row.get("creates_schemas") {
            fine(format!("{role} may create schemas."))
        } else {
            lack(
                format!("{role} may not create schemas in the database {database}."),
                "Each stakeholder has a schema, and IntegrateDB itself.",
                format!("GRANT CREATE ON DATABASE {database} TO {role};"),
            )
        },
        if row.get("creates_in_public") {
            fine(format!("{role} may create functions in the schema public."))
        } else {
            lack(
                format!("{role} may not create functions in the schema public."),
                "There migrations find those that they call.",
                format!("GRANT USAGE, CREATE ON SCHEMA public TO {role};"),
            )
        },
        if row.get("public_creates") {
            advice(
                "Every role may create objects in the schema public.",
                "A stakeholder could put there what other applications take for their own.",
                "REVOKE CREATE ON SCHEMA public FROM PUBLIC;",
            )
        } else {
            fine("Only roles that were granted it may create objects in the schema public.")
        },
    ])
}

/// What to do with a superuser: leave it one, as the server may have no other, and let the
/// program connect as a role of its own, which there may be already.
fn instead_of_superuser(row: &Row, database: &Ident) -> String {
    if let Some(owner) = row.get("installed_by") {
        return format!(
            "Let DATABASE_URL name the role {}, whose IntegrateDB is here; leave this one as it is.",
            Ident(owner)
        );
    }
    let when = if row.get("has_installed") {
        "What is installed here belongs to it, and goes on. For another database, make"
    } else {
        "Leave it as it is. Make"
    };
    format!(
        "{when} a role for the control plane, and let DATABASE_URL name that:\n\
         CREATE ROLE integratedb_control LOGIN CREATEROLE REPLICATION PASSWORD '…';\n\
         GRANT CREATE ON DATABASE {database} TO integratedb_control;\n\
         GRANT USAGE, CREATE ON SCHEMA public TO integratedb_control;\n\
         GRANT … TO integratedb_control; -- the roles that own the tables: see docs/install.md"
    )
}

/// Tables that can't be claimed, since nobody let us grant on them.
async fn foreign_tables(client: &Client) -> Result<Vec<Finding>> {
    let rows = client
        .query(
            "select r.rolname::text as owner, current_user::text as role, count(*) as tables,
                    (array_agg(c.oid::regclass::text order by c.oid::regclass::text))[1:3] as examples
             from pg_catalog.pg_class c
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             join pg_catalog.pg_roles r on r.oid = c.relowner
             where c.relkind in ('r', 'p', 'v', 'm', 'f')
               and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'integratedb')
               and not has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION')
             group by r.rolname order by r.rolname",
            &[],
        )
        .await?;
    let findings: Vec<Finding> = rows
        .iter()
        .map(|row| {
            let (owner, role): (String, String) = (row.get("owner"), row.get("role"));
            let examples: Vec<String> = row.get("examples");
            let what = format!(
                "{role} may not grant on {} table(s) of the role {owner}, such as {}.",
                row.get::<_, i64>("tables"),
                examples.join(", ")
            );
            advice(
                what,
                "What IntegrateDB may not grant on, nobody can claim.",
                format!("GRANT {} TO {};", Ident(&owner), Ident(&role)),
            )
        })
        .collect();
    if findings.is_empty() {
        return Ok(vec![fine("Every table can be claimed: IntegrateDB may grant on all of them.")]);
    }
    Ok(findings)
}

async fn own_password(client: &Client, standing: Standing) -> Result<Finding> {
    let role: String = client.query_one("select session_user::text", &[]).await?.get(0);
    if rotate::is_possible(client).await? {
        return Ok(fine(format!("{} may change its own password.", Ident(&role))));
    }
    Ok(advice(
        format!("{} may not change its own password.", Ident(&role)),
        "`integratedb rotate-password` can't be used.",
        match standing {
            // The SQL needs what that makes.
            Standing::Absent => {
                "Run `integratedb migrate`, and ask again: then the SQL is here.".to_owned()
            }
            _ => rotate::enabling_sql(&role),
        },
    ))
}

/// What notifications need, and nothing else does.
async fn replication(client: &Client) -> Result<Vec<Finding>> {
    let row = client
        .query_one(
            "select r.rolname::text as role, r.rolreplication or r.rolsuper as replicates,
                    current_setting('wal_level') = 'logical' as is_logical,
                    current_setting('max_slot_wal_keep_size') <> '-1' as is_bounded,
                    not exists (
                      select from pg_catalog.pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                      where p.proname = 'pg_logical_emit_message' and a.grantee = 0
                    ) as is_closed
             from pg_catalog.pg_roles r where r.rolname = current_user",
            &[],
        )
        .await?;
    let role: String = row.get("role");
    let ident = Ident(&role);
    Ok(vec![
        if row.get("replicates") {
            fine(format!("{ident} may read the stream of changes."))
        } else {
            advice(
                format!("{ident} may not read the stream of changes."),
                "There are no notifications without it; claims and migrations don't need it.",
                format!("ALTER ROLE {ident} REPLICATION;"),
            )
        },
        if row.get("is_logical") {
            fine("The server's wal_level is logical: changes can be read from its log.")
        } else {
            advice(
                "The server's wal_level isn't logical.",
                "Changes can't be read from its log, so there are no notifications.",
                "ALTER SYSTEM SET wal_level = 'logical'; -- then restart the server",
            )
        },
        if row.get("is_bounded") {
            fine("The server limits what it keeps for a replication slot that nobody reads.")
        } else {
            advice(
                "The server keeps without limit what a replication slot has not read.",
                "If IntegrateDB is away for long, its slot could fill the server's disk.",
                "ALTER SYSTEM SET max_slot_wal_keep_size = '20GB'; SELECT pg_reload_conf();",
            )
        },
        if row.get("is_closed") {
            fine("Only roles that were granted it may leave messages in the stream of changes.")
        } else {
            advice(
                "Every role may leave messages in the stream of changes.",
                "One that is too large to be read leaves everybody a gap in the changes.",
                closing_sql(&role),
            )
        },
    ])
}

/// Lets the control plane alone leave messages in the stream. The function has another
/// signature in each version, and its rights are a superuser's to change.
fn closing_sql(role: &str) -> String {
    format!(
        "DO $$ DECLARE f regprocedure; BEGIN \
         FOR f IN SELECT oid FROM pg_proc WHERE proname = 'pg_logical_emit_message' LOOP \
         EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f); \
         EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f, {}); \
         END LOOP; END $$;",
        escape_literal(role)
    )
}

/// Something that is as it should be.
pub fn fine(what: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::Fine, what: what.into(), why: None, remedy: None }
}

/// Something that had better be otherwise.
pub fn advice(what: impl Into<String>, why: &'static str, remedy: impl Into<String>) -> Finding {
    let remedy = Some(remedy.into());
    Finding { verdict: Verdict::Advice, what: what.into(), why: Some(why), remedy }
}

/// Something that has to be otherwise.
pub fn lack(what: impl Into<String>, why: &'static str, remedy: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::Lack, ..advice(what, why, remedy) }
}
