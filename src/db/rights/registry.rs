//! What is installed, and whether it does what it is for, for the doctor.

use tokio_postgres::Client;

use super::{Finding, advice, fine, lack};
use crate::db::{Ident, Standing, too_new};
use crate::error::Result;
use crate::gate::{self, Status};
use crate::{audit, credentials, insight, stakeholders};

/// How many unmet claims are named.
const NAMED: usize = 5;

/// Looks at all that is installed, as far as this program knows it; changes nothing.
pub async fn examine(client: &Client, standing: Standing) -> Result<Vec<Finding>> {
    let mut findings = match standing {
        Standing::Absent => vec![absent()],
        Standing::Newer(found) => return Ok(vec![newer(found)]),
        Standing::Older | Standing::Fit => registered(client).await?,
    };
    findings.extend(credentials::examine::examine(client).await?);
    findings.extend(stakeholders::examine::examine(client).await?);
    if standing != Standing::Absent {
        findings.push(gate(client).await?);
    }
    if standing == Standing::Fit {
        findings.extend(stakeholders::examine::beyond_claims(client).await?);
        findings.push(unmet(client).await?);
        findings.push(audit::examine::examine(client).await?);
    }
    Ok(findings)
}

fn absent() -> Finding {
    advice(
        "IntegrateDB isn't installed in this database yet.",
        "Until then there is nothing to claim with, and nothing that refuses a migration.",
        "Run `integratedb migrate`, or `integratedb serve`, which does it too.",
    )
}

fn newer(found: i32) -> Finding {
    lack(
        format!("This program is too old: {}.", too_new(found)),
        "What it did here could be wrong, so it refuses to; the rest was not looked at.",
        "Run the newer program.",
    )
}

async fn registered(client: &Client) -> Result<Vec<Finding>> {
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
    let enabling = || {
        format!(
            "Run `integratedb gate enable`. Where this role may not, a superuser runs\n{}",
            gate::enabling_sql()
        )
    };
    let why =
        "Only migrations that call integratedb_validate_migration() themselves are validated.";
    Ok(match gate::status(client).await? {
        Status::Enabled => fine("The gate is in force: no migration goes unvalidated."),
        Status::Disabled => advice("There is no gate.", why, enabling()),
        Status::Incomplete => {
            let faults = gate::faults(client).await?.join(", ");
            lack(format!("There is a gate, and it is not in force: {faults}."), why, enabling())
        }
    })
}

async fn unmet(client: &Client) -> Result<Finding> {
    let unmet = insight::unmet(client).await?;
    if unmet.is_empty() {
        return Ok(fine("Every claim is met."));
    }
    let named: Vec<&str> = unmet.iter().take(NAMED).map(|unmet| &*unmet.problem).collect();
    let more = match unmet.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    Ok(advice(
        format!("Of the claims {} are unmet: {}{more}", unmet.len(), named.join("; ")),
        "Their stakeholders don't find what they need, and calls of integratedb_validate_migration() \
         are refused.",
        "Run `integratedb unmet`; make again what is missing, or let them claim something else.",
    ))
}
