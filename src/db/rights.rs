//! What the connected role may and may not do in this database, each lack with
//! the SQL that mends it.

use postgres_protocol::escape::escape_literal;
use tokio_postgres::Client;

use super::{Ident, rotate};
use crate::credentials;
use crate::error::Result;
use crate::gate;
use crate::stakeholders;

/// How much something matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    /// It works, but not everything or not as safely as it could.
    Advice,
    /// IntegrateDB can't do its work without it.
    Lack,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub verdict: Verdict,
    pub what: String,
    /// SQL that mends it, for the owner or a superuser to run.
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
    let is_recent = row.get::<_, i32>("version") >= OLDEST;
    Ok(vec![
        need(
            is_recent,
            &format!("PostgreSQL {}, 14 or newer", row.get::<_, String>("version_text")),
            None,
        ),
        advise(
            !row.get::<_, bool>("is_superuser"),
            &format!("{role} is no superuser: IntegrateDB needs none"),
            Some(format!("ALTER ROLE {role} NOSUPERUSER CREATEROLE;")),
        ),
        need(
            row.get("creates_roles"),
            "may create the roles of stakeholders",
            Some(format!("ALTER ROLE {role} CREATEROLE;")),
        ),
        need(
            row.get("creates_schemas"),
            "may create the schemas of stakeholders, and its own",
            Some(format!("GRANT CREATE ON DATABASE {database} TO {role};")),
        ),
        need(
            row.get("creates_in_public"),
            "may put the functions that migrations call into the schema public",
            Some(format!("GRANT USAGE, CREATE ON SCHEMA public TO {role};")),
        ),
        advise(
            !row.get::<_, bool>("public_creates"),
            "not every role may create objects in the schema public",
            Some("REVOKE CREATE ON SCHEMA public FROM PUBLIC;".to_owned()),
        ),
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
                "{} table(s) of the role {owner} can't be claimed ({} …)",
                row.get::<_, i64>("tables"),
                examples.join(", ")
            );
            advise(false, &what, Some(format!("GRANT {} TO {};", Ident(&owner), Ident(&role))))
        })
        .collect();
    if findings.is_empty() {
        return Ok(vec![advise(
            true,
            "may grant on every table, so all of them can be claimed",
            None,
        )]);
    }
    Ok(findings)
}

async fn registry(client: &Client) -> Result<Vec<Finding>> {
    let installed: bool = client
        .query_one("select to_regclass('integratedb.stakeholders') is not null", &[])
        .await?
        .get(0);
    if !installed {
        let what =
            "IntegrateDB isn't installed in this database yet: `integratedb migrate` does it";
        return Ok(vec![advise(false, what, None)]);
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
            findings.push(need(false, &format!("stakeholder {name} has its role"), Some(remedy)));
        }
        if !row.get::<_, bool>("has_schema") {
            let remedy =
                format!("CREATE SCHEMA {ident}; GRANT USAGE, CREATE ON SCHEMA {ident} TO {ident};");
            findings.push(need(false, &format!("stakeholder {name} has its schema"), Some(remedy)));
        }
        if !row.get::<_, bool>("is_member") {
            let remedy = format!("GRANT {ident} TO {} WITH ADMIN OPTION;", Ident(&role));
            findings.push(need(false, &format!("may manage the role of {name}"), Some(remedy)));
        }
    }
    if findings.is_empty() {
        let what = format!("{} stakeholder(s), each with its role and schema", rows.len());
        findings.push(need(true, &what, None));
    }
    Ok(findings)
}

async fn gate(client: &Client) -> Result<Finding> {
    let is_in_force = gate::status(client).await? == gate::Status::Enabled;
    let what = if is_in_force {
        "the gate is in force: no migration goes unvalidated"
    } else {
        "there is no gate: only migrations that call integratedb_validate_migration() are validated. \
         After `integratedb migrate`, `integratedb gate enable` does it, or a superuser with"
    };
    Ok(advise(is_in_force, what, Some(gate::enabling_sql())))
}

async fn own_password(client: &Client) -> Result<Finding> {
    let role: String = client.query_one("select session_user::text", &[]).await?.get(0);
    let what = "may change its own password, as `integratedb rotate-password` does";
    Ok(advise(rotate::is_possible(client).await?, what, Some(rotate::enabling_sql(&role))))
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
    Ok(vec![
        advise(
            row.get("replicates"),
            "may read the stream of changes, for notifications",
            Some(format!("ALTER ROLE {} REPLICATION;", Ident(&role))),
        ),
        advise(
            row.get("is_logical"),
            "the server writes a log that changes can be read from, for notifications",
            Some("ALTER SYSTEM SET wal_level = 'logical'; -- then restart the server".to_owned()),
        ),
        advise(
            row.get("is_bounded"),
            "a replication slot that nobody reads can't fill the disk",
            Some(
                "ALTER SYSTEM SET max_slot_wal_keep_size = '20GB'; SELECT pg_reload_conf();"
                    .to_owned(),
            ),
        ),
        advise(
            row.get("is_closed"),
            "not every role may leave messages in the stream, which could be too large to read",
            Some(closing_sql(&role)),
        ),
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

/// Something that has to hold.
pub fn need(holds: bool, what: &str, remedy: Option<String>) -> Finding {
    finding(holds, Verdict::Lack, what, remedy)
}

/// Something that had better hold.
pub fn advise(holds: bool, what: &str, remedy: Option<String>) -> Finding {
    finding(holds, Verdict::Advice, what, remedy)
}

fn finding(holds: bool, otherwise: Verdict, what: &str, remedy: Option<String>) -> Finding {
    let verdict = if holds { Verdict::Fine } else { otherwise };
    Finding { verdict, what: what.to_owned(), remedy: remedy.filter(|_| !holds) }
}
