//! What stakeholders may beyond their claims, and what those that were removed have left, for
//! the doctor.

use tokio_postgres::Client;

use super::handover::RETIRED;
use crate::db::Ident;
use crate::db::rights::{Finding, advice, fine, lack};
use crate::error::Result;

/// Looks at the roles that own what removed stakeholders made, and for code of theirs that
/// has become ours; changes nothing.
pub async fn examine(client: &Client) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for row in client.query(RETIRED, &[]).await? {
        let (retired, objects): (String, i64) = (row.get("name"), row.get("objects"));
        let role: String = row.get("role");
        let of =
            format!("{retired}, which owns {objects} object(s) that a removed stakeholder made");
        findings.push(if row.get("is_member") {
            fine(format!("{role} may manage {of}."))
        } else {
            lack(
                format!("{role} can't manage {of}."),
                "Migrations of what is claimed of it can't be followed by grants.",
                format!("GRANT {} TO {};", Ident(&retired), Ident(&role)),
            )
        });
    }
    let ours = client.query(include_str!("ours.sql"), &[]).await?;
    let remedies: Vec<&str> = ours.iter().map(|row| row.get("remedy")).collect();
    findings.push(if ours.is_empty() {
        fine("No code but IntegrateDB's own runs, or reads, with the control plane's rights.")
    } else {
        advice(
            "Functions or views that others made run, or read, with the control plane's rights.",
            "Whoever may call them can do what the control plane may.",
            remedies.join("\n"),
        )
    });
    Ok(findings)
}

/// Looks for what gives stakeholders more than they claim, which no comparison of grants
/// shows; changes nothing.
pub async fn beyond_claims(client: &Client) -> Result<Vec<Finding>> {
    let sql = "select b.role, b.privilege, b.statement || ';' as remedy
               from integratedb.beyond_claims() b order by 1, 2";
    let rows = client.query(sql, &[]).await?;
    if rows.is_empty() {
        let what = "No stakeholder may do more by its role's attributes or memberships.";
        return Ok(vec![fine(what)]);
    }
    let findings = rows.iter().map(|row| {
        let (role, privilege): (&str, &str) = (row.get("role"), row.get("privilege"));
        lack(
            format!("The role {role} of a stakeholder has {privilege}."),
            "It may do more than its claims say, and no migration is refused for what it reads by that.",
            row.get::<_, String>("remedy"),
        )
    });
    Ok(findings.collect())
}
