//! The REDIS channel: events go into a stream or to the subscribers of a channel of
//! the application's own Redis.
//!
//! An entry of a stream has the fields `id` (the event's id), `subject` (such as
//! `public.orders`) and `event` (the whole event, as JSON); what is published is the
//! event. After a lost connection, events whose arrival wasn't confirmed are sent
//! again. Whoever drops events whose `id` it has seen has every event once, and in the
//! order in which they were committed.

mod batch;
mod connection;
mod queue;
mod settings;

pub use connection::without_cause;
pub use settings::{Redis, Target};

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use self::batch::{Batch, Outcome};
use self::connection::Connection;
use self::queue::Queue;
use crate::error::Result;
use crate::notifications::Consumer;

/// Sends events until there are no more. A Redis that is down, full, or refuses them
/// for another reason is waited for, however long that takes; what it had not
/// confirmed when the events end isn't reported as delivered. May be dropped at any
/// moment.
///
/// Only one batch is on its way at a time, and it takes effect as a whole: were the
/// next one sent before this one is known to have arrived, it could arrive without it.
pub async fn run(consumer: Consumer, redis: Redis) -> Result<()> {
    let Consumer { events, progress } = consumer;
    let mut queue = Queue::of(events);
    let mut connection = None;
    let mut pauses = pauses();
    while queue.has_more().await {
        let Outcome { arrived, failure } = attempt(&redis, &mut queue, &mut connection).await;
        if let Some(upto) = queue.remove(arrived) {
            progress.delivered(upto, arrived as u64);
            pauses = self::pauses();
        }
        if let Some(failure) = failure {
            // Who refused may be another tomorrow: a replica, or one that has no room.
            connection = None;
            progress.failed(failure);
            if queue.is_ended() {
                break;
            }
            let pause = pauses.next().unwrap_or(LONGEST_PAUSE);
            queue.fill_during(tokio::time::sleep(pause)).await;
        }
    }
    Ok(())
}

/// Sends the next batch, and lets the queue fill meanwhile.
async fn attempt<'a>(
    redis: &'a Redis,
    queue: &mut Queue,
    connection: &mut Option<Connection<'a>>,
) -> Outcome {
    let open = match connection {
        Some(open) => open,
        None => match queue.fill_during(Connection::open(redis)).await {
            Ok(opened) => connection.insert(opened),
            Err(failure) => return Outcome { arrived: 0, failure: Some(failure) },
        },
    };
    let batch = Batch::of(queue.front(), redis.target());
    match queue.fill_during(open.send(batch.commands())).await {
        Ok(replies) => batch.outcome(&replies, redis),
        Err(failure) => Outcome { arrived: 0, failure: Some(failure) },
    }
}

const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long to wait after one failure and the next: longer and longer, and up to twice
/// as long by chance, so that not everybody comes back at the same moment.
fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(LONGEST_PAUSE)
        .with_jitter()
        .without_max_times()
        .build()
}
