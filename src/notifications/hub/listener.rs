//! One of those who listen to a hub.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

use super::{Hub, Outgoing};
use crate::changes::Position;

/// How much is taken at once, at most: events, and bytes of their bodies.
const HANDFUL: (usize, usize) = (64, 64 << 10);

/// Why a listener hears nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It has not taken events before they had to leave the ring.
    TooSlow,
    /// There is no such channel any more, or not as it was, or not here.
    Ended,
    /// The database can't be asked.
    Away,
}

/// What the hub knows of a listener.
#[derive(Debug)]
pub struct Seat {
    /// The number of the event that it has not taken yet.
    pub next: AtomicU64,
    pub waker: AtomicWaker,
}

impl Seat {
    /// A listener that is yet to take the event with this number.
    pub fn at(next: u64) -> Self {
        Self { next: AtomicU64::new(next), waker: AtomicWaker::new() }
    }
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Listener {
    hub: Arc<Hub>,
    seat: Arc<Seat>,
    /// Where it began. Events up to here may still come, if the hub of another
    /// instance was ahead of this one.
    after: Position,
}

impl Listener {
    pub(super) fn new(hub: Arc<Hub>, seat: Arc<Seat>, after: Position) -> Self {
        Self { hub, seat, after }
    }

    /// Waits for events, and adds a handful of them. Nothing is lost if the wait is
    /// given up.
    pub async fn next(&mut self, events: &mut Vec<Arc<Outgoing>>) -> Result<(), Cut> {
        poll_fn(|context| self.poll_next(context, events)).await
    }

    /// Whether it is too slow, though it may not know yet.
    pub fn is_cut(&self) -> bool {
        self.hub.ring().from(self.seat.next.load(Ordering::Relaxed)).is_none()
    }

    fn poll_next(
        &mut self,
        context: &Context<'_>,
        events: &mut Vec<Arc<Outgoing>>,
    ) -> Poll<Result<(), Cut>> {
        // Before it looks, or it would sleep through what comes right after.
        self.seat.waker.register(context.waker());
        let ring = self.hub.ring();
        let next = self.seat.next.load(Ordering::Relaxed);
        let Some(new) = ring.from(next) else { return Poll::Ready(Err(Cut::TooSlow)) };
        let (before, mut taken, mut bytes) = (events.len(), 0, 0);
        for event in new {
            if events.len() - before >= HANDFUL.0 || bytes >= HANDFUL.1 {
                break;
            }
            taken += 1;
            if event.position > self.after {
                bytes += event.body.len();
                events.push(Arc::clone(event));
            }
        }
        self.seat.next.store(next + taken, Ordering::Relaxed);
        match ring.ended {
            _ if events.len() > before => Poll::Ready(Ok(())),
            Some(why) => Poll::Ready(Err(why)),
            None => Poll::Pending,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.leave(&self.seat);
    }
}
