//! What is shown of the housekeeping: a job that doesn't succeed any more is seen by its
//! last success growing old.

use deadpool_postgres::GenericClient;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};

use super::Figure;
use crate::error::Result;
use crate::housekeeping;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfJob {
    job: String,
}

/// Adds the figures of every job, as all instances together know them.
pub async fn figures(client: &impl GenericClient, registry: &mut Registry) -> Result<()> {
    let last_success = Family::<OfJob, Figure>::default();
    let failures = Family::<OfJob, Counter>::default();
    for standing in housekeeping::standing(client).await? {
        let labels = OfJob { job: standing.job };
        last_success.get_or_create(&labels).set(standing.last_success_seconds);
        let count = u64::try_from(standing.failures).unwrap_or_default();
        failures.get_or_create(&labels).inc_by(count);
    }
    let help = "When the job last succeeded, since 1970; 0 if it never has";
    let name = "housekeeping_last_success_timestamp";
    registry.register_with_unit(name, help, Unit::Seconds, last_success);
    registry.register("housekeeping_failures", "Runs of the job that failed", failures);
    Ok(())
}
