//! Whether logins are what they should be, for the doctor.

use tokio_postgres::{Client, GenericClient};

use crate::db::Ident;
use crate::db::rights::{Finding, advice, fine, lack};
use crate::error::{Error, Result};

/// Versions that let no session begin as another role.
const BROKEN: [i32; 4] = [140_014, 150_009, 160_005, 170_001];

/// The first ones of each major version that do, and bring it back there when a pool
/// resets it.
const SOUND: [i32; 4] = [140_015, 150_010, 160_006, 170_002];

/// Refuses to make a login that would be of no use on this server.
pub async fn refuse_broken(client: &impl GenericClient) -> Result<()> {
    let version = version(client).await?;
    if !BROKEN.contains(&version) {
        return Ok(());
    }
    let (major, minor) = (version / 10_000, version % 10_000);
    Err(Error::Conflict(format!(
        "PostgreSQL {major}.{minor} lets no session begin as another role, which further logins \
         need. Update it to {major}.{} or newer.",
        minor + 1
    )))
}

async fn version(client: &impl GenericClient) -> Result<i32> {
    let sql = "select current_setting('server_version_num')::integer";
    Ok(client.query_one(sql, &[]).await?.get(0))
}

/// Looks at the server and at all logins; changes nothing.
pub async fn examine(client: &Client) -> Result<Vec<Finding>> {
    let version = version(client).await?;
    let is_sound =
        SOUND.iter().all(|first| first / 10_000 != version / 10_000 || version >= *first);
    let mut findings = vec![if is_sound {
        fine("Sessions of further logins stay in their stakeholder's role when a pool resets them.")
    } else {
        advice(
            "Sessions of further logins leave their stakeholder's role when a pool resets them \
             (DISCARD ALL), or can't begin in it.",
            "They can then read nothing.",
            "Update the server to PostgreSQL 14.15, 15.10, 16.6, 17.2 or newer.",
        )
    }];
    let is_installed = "select to_regclass('integratedb.credentials') is not null";
    if client.query_one(is_installed, &[]).await?.get(0) {
        findings.extend(logins(client).await?);
    }
    Ok(findings)
}

async fn logins(client: &Client) -> Result<Vec<Finding>> {
    let rows = client
        .query(
            "select s.name::text as stakeholder, r.name, current_user::text as role,
                    l.oid is not null as has_role,
                    c.username is null or pg_has_role(l.oid, o.oid, 'MEMBER') as is_member,
                    current_setting('server_version_num')::integer < 160000
                      or pg_has_role(l.oid, 'MEMBER WITH ADMIN OPTION') as is_ours
             from integratedb.credentials c
             join integratedb.stakeholders s on s.id = c.stakeholder_id
             join pg_catalog.pg_roles o on o.rolname = s.name
             cross join lateral (select coalesce(c.username, s.name)::text as name) r
             left join pg_catalog.pg_roles l on l.rolname = r.name
             order by c.id",
            &[],
        )
        .await?;
    let mut findings = Vec::new();
    for row in &rows {
        let (stakeholder, name): (String, String) = (row.get("stakeholder"), row.get("name"));
        let (role, login): (String, _) = (row.get("role"), Ident(&name));
        if !row.get::<_, bool>("has_role") {
            let remedy = format!(
                "Revoke it: `integratedb credentials revoke {stakeholder} {name}`. Then issue another."
            );
            let what = format!("The login {name} of {stakeholder} has no role in Postgres.");
            findings.push(lack(what, "Nobody can log in with it.", remedy));
        } else if !row.get::<_, bool>("is_member") {
            let remedy = format!("GRANT {} TO {login};", Ident(&stakeholder));
            let what = format!("The login {name} is no member of the role {stakeholder}.");
            findings.push(lack(what, "Its sessions can't begin as the stakeholder.", remedy));
        } else if !row.get::<_, bool>("is_ours") {
            let remedy = format!("GRANT {login} TO {} WITH ADMIN OPTION;", Ident(&role));
            let what = format!("{role} may not change the login {name}.");
            findings.push(lack(what, "IntegrateDB can't revoke it.", remedy));
        }
    }
    if findings.is_empty() {
        findings.push(fine(format!("There are {} login(s), each with its role.", rows.len())));
    }
    Ok(findings)
}
