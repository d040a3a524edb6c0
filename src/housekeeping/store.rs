//! How the jobs went, in the registry.

use deadpool_postgres::GenericClient;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::JOBS;
use crate::error::{Error, Result};
use crate::moment::Moment;

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    pub job: String,
    /// Never, if there is none.
    pub last_success_at: Option<Moment>,
    pub last_failure_at: Option<Moment>,
    /// Of the last failure, unless the job has succeeded since.
    pub last_error: Option<String>,
    /// Since the installation.
    pub failures: i64,
    /// As seconds since 1970, for Prometheus; 0 for never.
    pub last_success_seconds: f64,
}

impl Standing {
    /// Whether its last run failed.
    pub fn is_failing(&self) -> bool {
        self.last_error.is_some()
    }
}

/// How every job stands, also those that were never done.
pub async fn standing(client: &impl GenericClient) -> Result<Vec<Standing>> {
    let statement = client
        .prepare_cached(
            "select to_jsonb(h) || jsonb_build_object('last_success_seconds',
               coalesce(extract(epoch from h.last_success_at), 0))
             from (select unnest($1::text[]) as job) j
             left join integratedb.housekeeping o using (job)
             cross join lateral (select j.job, o.last_success_at, o.last_failure_at, o.last_error,
                                        coalesce(o.failures, 0) as failures) h",
        )
        .await?;
    let jobs: Vec<&str> = JOBS.iter().map(|job| job.name).collect();
    let rows = client.query(&statement, &[/* jobs */ &jobs]).await?;
    let read = |row: &tokio_postgres::Row| serde_json::from_value(row.get::<_, Value>(0));
    rows.iter().map(|row| read(row).map_err(Error::internal)).collect()
}

/// Makes this the one instance that keeps house until the transaction ends, unless
/// another one is at it.
pub async fn try_lock(client: &impl GenericClient) -> Result<bool> {
    // An instance that hangs is to hold it no longer than that.
    client.execute("set local idle_in_transaction_session_timeout = '10min'", &[]).await?;
    let sql = "select integratedb.try_to_keep_house()";
    Ok(client.query_one(sql, &[]).await?.get(0))
}

/// Records that a job went well.
pub async fn succeeded(client: &impl GenericClient, job: &str) -> Result<()> {
    client
        .execute(
            "insert into integratedb.housekeeping as h (job, last_success_at)
             values ($1, clock_timestamp())
             on conflict on constraint housekeeping_pkey
             do update set last_success_at = excluded.last_success_at, last_error = null",
            &[/* job */ &job],
        )
        .await?;
    Ok(())
}

/// Records that a job failed, and why.
pub async fn failed(client: &impl GenericClient, job: &str, error: &str) -> Result<()> {
    client
        .execute(
            "insert into integratedb.housekeeping as h (job, last_failure_at, last_error, failures)
             values ($1, clock_timestamp(), $2, 1)
             on conflict on constraint housekeeping_pkey
             do update set last_failure_at = excluded.last_failure_at,
                           last_error = excluded.last_error, failures = h.failures + 1",
            &[/* job */ &job, /* error */ &error],
        )
        .await?;
    Ok(())
}
