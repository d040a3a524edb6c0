//! Checking a migration command before anything shared is touched: it runs on a
//! private Postgres with the schema and the claims of a snapshot.

mod migration;
mod private;
pub mod report;
mod rights;
mod watch;

pub use migration::Ending;
pub use private::Private;
pub use report::{Format, Report};
pub use watch::{Lock, Unmet};

use std::path::PathBuf;

use crate::embedded;
use crate::error::Error;
use crate::snapshot::Snapshot;

/// What is to be checked.
#[derive(Debug)]
pub struct Order<'a> {
    pub snapshot: &'a Snapshot,
    /// The program and its arguments.
    pub command: &'a [String],
    /// Whether the command builds the schema from nothing: then claims are judged
    /// at its end only.
    pub is_empty: bool,
    /// The folder with `initdb` and `postgres`, when the operator names one.
    pub bin_dir: Option<PathBuf>,
}

/// Why nothing could be found out.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Postgres(#[from] embedded::Error),
    #[error("the private Postgres failed: {0}")]
    Database(#[from] Error),
    #[error("the claims of {name} in the snapshot can't be used: {why}")]
    Stakeholder { name: String, why: String },
}

/// Runs the command on a private Postgres, and reports what it would break.
pub async fn check(order: &Order<'_>) -> Result<Report, Failure> {
    let private = Private::start(order.bin_dir.clone(), order.snapshot).await?;
    let report = watched(&private, order).await;
    private.stop().await?;
    report
}

async fn watched(private: &Private, order: &Order<'_>) -> Result<Report, Failure> {
    let unloaded = private.furnish(order.snapshot, order.is_empty).await?;
    let control = private.control().await?;
    let before = if order.is_empty { Vec::new() } else { watch::unmet(&control).await? };
    watch::begin(&private.superuser().await?, &control).await?;
    let ending = migration::run(order.command, private).await;
    let breaches = if order.is_empty { Vec::new() } else { watch::breaches(&control).await? };
    Ok(Report::new(&report::Findings {
        claims: report::claims(&control).await?,
        ending,
        unloaded,
        unreadable: order.snapshot.history.unreadable.clone(),
        before,
        breaches,
        after: watch::unmet(&control).await?,
        locks: watch::locks(&control).await?,
        versions: (order.snapshot.postgres, private.major_version().await?),
    }))
}
