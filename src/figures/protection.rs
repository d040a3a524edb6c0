//! What is shown of the protection of claims: cheap to ask, however much is claimed, since
//! what is unmet was noted by whoever judged or looked last.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio_postgres::Client;

use crate::error::Result;
use crate::gate::{self, Status};

/// Adds the figures of the gate, of claims and of migrations.
pub async fn figures(client: &Client, registry: &mut Registry) -> Result<()> {
    let in_force = Gauge::<i64>::default();
    in_force.set((gate::status(client).await? == Status::Enabled).into());
    registry.register("gate_in_force", "Whether the gate validates every migration", in_force);
    let row = client
        .query_one(
            "select (select count(distinct k.claim_id) from integratedb.known_faults k),
                    case when n.is_called then n.last_value else 0 end
             from integratedb.refusals n",
            &[],
        )
        .await?;
    let unmet = Gauge::<i64>::default();
    unmet.set(row.get(0));
    let help = "Claims that the database doesn't meet, as housekeeping or a migration saw last";
    registry.register("unmet_claims", help, unmet);
    let refused = Counter::<u64>::default();
    refused.inc_by(u64::try_from(row.get::<_, i64>(1)).unwrap_or_default());
    registry.register("migrations_refused", "Migrations that were refused", refused);
    Ok(())
}
