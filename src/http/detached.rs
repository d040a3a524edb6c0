//! Stories that go on when nobody waits for their answer any more.

use std::future::Future;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::Instrument;

use crate::audit;
use crate::error::{Error, Result, chain};

/// How long one may take, lest one that hangs keeps its connection for ever. Housekeeping
/// finishes what is begun by then.
const LONGEST: Duration = Duration::from_mins(5);

/// Runs a story to its end, whether or not its caller hangs up or its request takes too
/// long: one of several acts must not stop between them. What it does is put down to the
/// caller all the same.
pub async fn detached<T: Send + 'static>(
    story: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let (answer, waiting) = oneshot::channel();
    let story = async move {
        let too_long = |_| Err(Error::Busy("This took longer than it may."));
        let outcome = timeout(LONGEST, story).await.unwrap_or_else(too_long);
        if let Err(Err(error)) = answer.send(outcome) {
            let error = chain(&error);
            tracing::warn!(error, "what nobody waits for any more has failed");
        }
    };
    tokio::spawn(audit::carry(story).in_current_span());
    waiting.await.map_err(Error::internal)?
}
