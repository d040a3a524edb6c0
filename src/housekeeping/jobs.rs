//! All that is done now and then.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::App;
use crate::error::Result;
use crate::{
    auth, claims, credentials, idempotency, notifications, protection, sessions, stakeholders,
};

/// One thing that is done now and then. It may be done twice, or be ended in the middle.
pub struct Job {
    /// As figures and the registry name it.
    pub name: &'static str,
    /// Does it; answers how much there was to do.
    pub run: fn(&App) -> BoxFuture<'_, Result<u64>>,
}

/// After so long nobody is at a deletion any more: longer than a request, or a job, is.
const ABANDONED: Duration = Duration::from_mins(6);

/// All of them, in the order in which they are done.
pub const JOBS: &[Job] = &[
    Job { name: "backfill_roles", run: |app| notifications::backfill::role::reap(app).boxed() },
    Job { name: "credentials", run: |app| credentials::reap(app).boxed() },
    Job { name: "deletions", run: |app| stakeholders::finish_deletions(app, ABANDONED).boxed() },
    Job { name: "expiry_alerts", run: |app| notifications::tell_expiring(app).boxed() },
    Job { name: "kept_answers", run: |app| idempotency::forget(app).boxed() },
    Job { name: "login_attempts", run: |app| auth::forget_attempts(app).boxed() },
    Job { name: "sessions", run: |app| sessions::forget(app).boxed() },
    Job { name: "unmet_claims", run: |app| claims::notice_unmet(app).boxed() },
    // Says in the log what the one before has noted.
    Job { name: "protection", run: |app| protection::notice(app).boxed() },
];
