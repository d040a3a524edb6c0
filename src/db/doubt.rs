//! The doubt whether connections still work that were in use when something hung. A
//! server that hangs acknowledges whatever is sent to it, so nothing else tells.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::{ClientWrapper, Hook, HookError};

/// How long a connection may take to show that it works.
const PATIENCE: Duration = Duration::from_secs(1);

/// When something hung last. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Doubt(Arc<Mutex<Option<Instant>>>);

impl Doubt {
    /// Something has taken too long: whatever connection is in use now may hang.
    pub fn raise(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn is_about(&self, last_taken: Instant) -> bool {
        let raised = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        raised.is_some_and(|raised| last_taken <= raised)
    }

    /// Lets a pool look at each connection that is in doubt before it gives it away, once,
    /// and throw away what doesn't answer.
    pub(super) fn hook(&self) -> Hook {
        let doubt = self.clone();
        Hook::async_fn(move |client: &mut ClientWrapper, metrics| {
            let is_in_doubt = doubt.is_about(metrics.recycled.unwrap_or(metrics.created));
            Box::pin(async move {
                if !is_in_doubt {
                    return Ok(());
                }
                match tokio::time::timeout(PATIENCE, client.simple_query("")).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(HookError::Backend(error)),
                    Err(_) => Err(HookError::message("the connection hangs")),
                }
            })
        })
    }
}
