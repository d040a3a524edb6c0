//! Whether what guards the audit is in force, for the doctor.

use tokio_postgres::Client;

use crate::db::rights::{Finding, fine, lack};
use crate::error::Result;

/// Looks at the triggers that keep the audit append-only (`sql/guard_audit.sql`); changes
/// nothing.
pub async fn examine(client: &Client) -> Result<Finding> {
    let rows = client.query(include_str!("unguarded.sql"), &[]).await?;
    if rows.is_empty() {
        return Ok(fine("What is in the audit is guarded against changes."));
    }
    let column = |name: &str| -> Vec<String> { rows.iter().map(|row| row.get(name)).collect() };
    Ok(lack(
        format!("The audit is not guarded against changes: {}.", column("what").join(", ")),
        "Whoever acts as the control plane could change what it says, and only `integratedb audit verify` \
         with a hash that was kept elsewhere might tell.",
        column("remedy").join("\n"),
    ))
}
