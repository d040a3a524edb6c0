//! What stakeholders that were removed have left, for the doctor.

use tokio_postgres::Client;

use super::handover::RETIRED;
use crate::db::Ident;
use crate::db::rights::{Finding, advise, need};
use crate::error::Result;

/// Looks at the roles that own what removed stakeholders made, and for code of theirs that
/// has become ours; changes nothing.
pub async fn examine(client: &Client) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for row in client.query(RETIRED, &[]).await? {
        let (retired, objects): (String, i64) = (row.get("name"), row.get("objects"));
        let role: String = row.get("role");
        let what = format!(
            "may manage {retired}, which owns {objects} object(s) that a removed stakeholder made"
        );
        let remedy = format!("GRANT {} TO {};", Ident(&retired), Ident(&role));
        findings.push(need(row.get("is_member"), &what, Some(remedy)));
    }
    let ours = client.query(include_str!("ours.sql"), &[]).await?;
    let remedies: Vec<&str> = ours.iter().map(|row| row.get("remedy")).collect();
    let what = "no code but IntegrateDB's own runs, or reads, with the control plane's rights";
    findings.push(advise(ours.is_empty(), what, Some(remedies.join("\n"))));
    Ok(findings)
}
