//! What is shown of the audit: that it grows, and that somebody seals it.

use deadpool_postgres::GenericClient;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::Figure;
use crate::error::Result;

/// Adds the figures of the audit.
pub async fn figures(client: &impl GenericClient, registry: &mut Registry) -> Result<()> {
    let row = client
        .query_one(
            "select h.no, coalesce(extract(epoch from clock_timestamp() - (
                      select min(u.at) from integratedb.audit_unsealed u
                    )), 0)::double precision
             from integratedb.audit_head h",
            &[],
        )
        .await?;
    let entries = Gauge::<i64>::default();
    entries.set(row.get(0));
    registry.register("audit_entries", "Entries in the chain of the audit", entries);
    let unsealed = Figure::default();
    unsealed.set(row.get(1));
    let help = "How long the oldest entry of the audit waits to be sealed";
    registry.register_with_unit("audit_unsealed", help, Unit::Seconds, unsealed);
    Ok(())
}
