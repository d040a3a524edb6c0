//! What the connected role may and may not do in this database: of each lack what is,
//! why it matters, and what to do.

use postgres_protocol::escape::escape_literal;
use serde::Serialize;
use tokio_postgres::Client;

use super::{Ident, rotate};
use crate::credentials;
use crate::error::Result;
use crate::gate;
use crate::stakeholders;

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
    findings.extend(registry(client).await?);
    findings.extend(credentials::examine::examine(client).await?);
    findings.extend(stakeholders::examine::examine(client).await?);
    findings.push(gate(client).await?);
    findings.push(own_password(client).await?);
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
                    ) as public_creates
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
                format!("ALTER ROLE {role} NOSUPERUSER CREATEROLE;"),
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

async fn registry(client: &Client) -> Result<Vec<Finding>> {
    let installed: bool = client
        .query_one("select to_regclass('integratedb.stakeholders') is not null", &[])
        .await?
        .get(0);
    if !installed {
        return Ok(vec![advice(
            "IntegrateDB isn't installed in this database yet.",
            "Until then there is nothing to claim with, and nothing that refuses a migration.",
            "Run `integratedb migrate`, or `integratedb serve`, which does it too.",
        )]);
    }
    let rows = client
        .query(
            "select s.name::text as name, current_user::text as role,
                    r.oid is not null as has_role, n.oid is not null as has_schema,
                    r.oid is null or pg_has_role(r.oid, 'USAGE') as is_member
             from integratedb.stakeholders s
             left join pg_catalog.pg_roles r on r.rolname = s.name
             left join pg_catalog.pg_namespace n on n.nspname = s.name
             order by s.name",
            &[],
        )
        .await?;
    let mut findings = Vec::new();
    for row in &rows {
        let (name, role): (String, String) = (row.get("name"), row.get("role"));
        let ident = Ident(&name);
        if !row.get::<_, bool>("has_role") {
            let remedy = format!("CREATE ROLE {ident} LOGIN; GRANT {ident} TO {};", Ident(&role));
            let what = format!("The stakeholder {name} has no role in Postgres.");
            findings.push(lack(what, "It can't log in, and nothing can be granted to it.", remedy));
        }
        if !row.get::<_, bool>("has_schema") {
            let remedy =
                format!("CREATE SCHEMA {ident}; GRANT USAGE, CREATE ON SCHEMA {ident} TO {ident};");
            let what = format!("The stakeholder {name} has no schema.");
            findings.push(lack(what, "It has no place for tables of its own.", remedy));
        }
        if !row.get::<_, bool>("is_member") {
            let remedy = format!("GRANT {ident} TO {} WITH ADMIN OPTION;", Ident(&role));
            let what = format!("{role} is no member of the role {name} of a stakeholder.");
            let why = "IntegrateDB can neither rename nor remove it, nor change its password.";
            findings.push(lack(what, why, remedy));
        }
    }
    if findings.is_empty() {
        let what =
            format!("There are {} stakeholder(s), each with its role and schema.", rows.len());
        findings.push(fine(what));
    }
    Ok(findings)
}

async fn gate(client: &Client) -> Result<Finding> {
    if gate::status(client).await? == gate::Status::Enabled {
        return Ok(fine("The gate is in force: no migration goes unvalidated."));
    }
    Ok(advice(
        "There is no gate.",
        "Only migrations that call integratedb_validate_migration() themselves are validated.",
        format!(
            "Run `integratedb gate enable`, after `integratedb migrate`. Where this role may not, a \
             superuser runs\n{}",
            gate::enabling_sql()
        ),
    ))
}

async fn own_password(client: &Client) -> Result<Finding> {
    let role: String = client.query_one("select session_user::text", &[]).await?.get(0);
    if rotate::is_possible(client).await? {
        return Ok(fine(format!("{} may change its own password.", Ident(&role))));
    }
    Ok(advice(
        format!("{} may not change its own password.", Ident(&role)),
        "`integratedb rotate-password` can't be used.",
        rotate::enabling_sql(&role),
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
