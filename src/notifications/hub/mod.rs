//! A hub: the newest events of a channel, once in memory for however many listen.
//!
//! Whoever publishes puts an event into a ring and wakes the listeners; each of them
//! takes what is new to it, at its own pace. Nothing is kept for one that is too slow:
//! when the ring comes round, it is cut. Only a burst waits a moment for them, so that
//! a big transaction doesn't cut everybody.

mod listener;
mod ring;

pub use listener::{Cut, Listener};

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use self::listener::Seat;
use self::ring::Ring;
use super::{Ear, Outgoing};
use crate::changes::Position;

/// How long a listener is waited for before the ring comes round and it is cut. Others
/// wait as long, but once for each that is cut.
const GRACE: Duration = Duration::from_millis(100);

/// How often is looked meanwhile whether it has caught up.
const STEP: Duration = Duration::from_millis(1);

/// Fans the events of one channel out.
#[derive(Debug)]
pub struct Hub {
    ring: Mutex<Ring>,
    seats: Mutex<Vec<Arc<Seat>>>,
    acknowledged: watch::Sender<Option<Position>>,
    /// How many events listeners were told since somebody took the count.
    told: AtomicU64,
    /// By what its events were made, if that was said, and how often the fence had been
    /// passed when it was still so.
    made_by: Mutex<Option<(i64, Arc<Ear>)>>,
}

impl Hub {
    /// A hub that will have everything after this position.
    pub fn new(after: Position) -> Self {
        Self {
            ring: Mutex::new(Ring::new(after)),
            seats: Mutex::default(),
            acknowledged: watch::Sender::new(None),
            told: AtomicU64::new(0),
            made_by: Mutex::default(),
        }
    }

    /// Says by what its events are made, after the fence was passed so often; answers
    /// whether the others were made by the same.
    pub fn is_made_by(&self, passed: i64, ear: &Arc<Ear>) -> bool {
        let mut made_by = self.made_by.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, before) = made_by.get_or_insert_with(|| (passed, Arc::clone(ear)));
        let is_same = before == ear;
        if is_same {
            *known = passed.max(*known);
        }
        is_same
    }

    /// How often the fence had been passed when its events were known to be made by what
    /// may be told; none: nobody has said.
    pub fn is_as_of(&self) -> Option<i64> {
        let made_by = self.made_by.lock().unwrap_or_else(PoisonError::into_inner);
        made_by.as_ref().map(|(passed, _)| *passed)
    }

    /// Forgets what was published: it may no longer be told.
    pub fn forget(&self) {
        self.ring().clear();
    }

    /// Tells everybody who listens. Positions ascend, within a call and from one to the
    /// next. One caller at a time.
    pub async fn publish(&self, events: &[Arc<Outgoing>]) {
        for event in events {
            if self.would_cut(event) {
                self.wake();
                let deadline = Instant::now() + GRACE;
                while self.would_cut(event) && Instant::now() < deadline {
                    sleep(STEP).await;
                }
            }
            self.ring().push(Arc::clone(event));
        }
        self.wake();
    }

    /// There is nothing to tell up to here: who begins to listen now misses nothing
    /// after it.
    pub fn pass(&self, position: Position) {
        let mut ring = self.ring();
        ring.newest = ring.newest.max(position);
    }

    /// The position up to which everything was published.
    pub fn newest(&self) -> Position {
        self.ring().newest
    }

    /// Listens to everything after a position; `None` if that is more than the hub has.
    pub fn listen(self: &Arc<Self>, after: Position) -> Option<Listener> {
        // Both at once, or a listener could be late for what is published in between.
        let mut seats = self.seats();
        let next = self.ring().number_after(after)?;
        let seat = Arc::new(Seat::at(next));
        seats.push(Arc::clone(&seat));
        Some(Listener::new(Arc::clone(self), seat, after))
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.seats().len()
    }

    /// Cuts everybody who listens, once they have heard what was published.
    pub fn end(&self) {
        self.cut(Cut::Ended);
    }

    /// The same, though the channel is as it was: the database can't be asked about it.
    pub fn lose_touch(&self) {
        self.cut(Cut::Away);
    }

    /// Listeners were told so many events, each of them counted.
    pub fn has_told(&self, events: usize) {
        self.told.fetch_add(events as u64, Ordering::Relaxed);
    }

    /// How many they were told since this was asked last.
    pub fn take_told(&self) -> u64 {
        self.told.swap(0, Ordering::Relaxed)
    }

    /// An application has processed everything up to here.
    pub fn acknowledge(&self, position: Position) {
        self.acknowledged.send_if_modified(|known| {
            let is_news = *known < Some(position);
            *known = (*known).max(Some(position));
            is_news
        });
    }

    /// The greatest position that was acknowledged, now and as it grows.
    pub fn acknowledged(&self) -> watch::Receiver<Option<Position>> {
        self.acknowledged.subscribe()
    }

    fn cut(&self, why: Cut) {
        // What was the matter first is why.
        self.ring().ended.get_or_insert(why);
        self.wake();
    }

    /// Whether the ring would leave somebody behind who has kept up so far.
    fn would_cut(&self, event: &Outgoing) -> bool {
        let leaving = self.ring().leaving(event);
        let is_among = |seat: &Arc<Seat>| leaving.contains(&seat.next.load(Ordering::Relaxed));
        !leaving.is_empty() && self.seats().iter().any(is_among)
    }

    fn wake(&self) {
        for seat in self.seats().iter() {
            seat.waker.wake();
        }
    }

    fn leave(&self, seat: &Arc<Seat>) {
        self.seats().retain(|other| !Arc::ptr_eq(other, seat));
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seats(&self) -> MutexGuard<'_, Vec<Arc<Seat>>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::Lsn;

    fn at(lsn: u64) -> Position {
        Position { lsn: Lsn(lsn), index: 0 }
    }

    fn event(lsn: u64, size: usize) -> Arc<Outgoing> {
        let (position, id) = (at(lsn), at(lsn).to_string().into());
        let body = "x".repeat(size).into();
        Arc::new(Outgoing { position, id, subject: "public.orders".into(), order: 0, body })
    }

    async fn heard(listener: &mut Listener) -> Result<Vec<u64>, Cut> {
        let mut events = Vec::new();
        listener.next(&mut events).await?;
        Ok(events.iter().map(|event| event.position.lsn.0).collect())
    }

    #[tokio::test]
    async fn everybody_hears_what_comes_after_their_position() {
        let hub = Arc::new(Hub::new(at(1)));
        let mut first = hub.listen(at(1)).unwrap();
        hub.publish(&[event(2, 1), event(3, 1)]).await;
        let mut second = hub.listen(at(2)).unwrap();
        // An instance that was ahead of this one has told it of 4.
        let mut third = hub.listen(at(4)).unwrap();
        assert!(hub.listen(at(0)).is_none());
        hub.publish(&[event(4, 1), event(5, 1)]).await;
        assert_eq!(heard(&mut first).await.unwrap(), [2, 3, 4, 5]);
        assert_eq!(heard(&mut second).await.unwrap(), [3, 4, 5]);
        assert_eq!(heard(&mut third).await.unwrap(), [5]);
        hub.pass(at(9));
        assert_eq!(hub.newest(), at(9));
        drop((first, second));
        assert_eq!(hub.listeners(), 1);
        hub.end();
        assert_eq!(heard(&mut third).await, Err(Cut::Ended));
    }

    #[tokio::test]
    async fn who_takes_nothing_is_cut_when_the_ring_comes_round() {
        let hub = Arc::new(Hub::new(at(0)));
        let mut slow = hub.listen(at(0)).unwrap();
        let mut quick = hub.listen(at(0)).unwrap();
        let all = 5 * ring::EVENTS as u64;
        let quickly = async {
            let mut count = 0;
            while count < all {
                count += heard(&mut quick).await.unwrap().len() as u64;
            }
        };
        let events: Vec<_> = (1..=all).map(|lsn| event(lsn, 1)).collect();
        tokio::join!(quickly, hub.publish(&events));
        assert!(slow.is_cut() && !quick.is_cut());
        assert_eq!(heard(&mut slow).await, Err(Cut::TooSlow));
        assert!(hub.listen(at(0)).is_none());
        assert!(hub.listen(at(all - ring::EVENTS as u64)).is_some());
    }

    #[tokio::test]
    async fn big_events_leave_earlier_and_the_biggest_fits() {
        let hub = Arc::new(Hub::new(at(0)));
        hub.publish(&[event(1, 10), event(2, ring::BYTES - 10)]).await;
        assert!(hub.listen(at(0)).is_some());
        hub.publish(&[event(3, 2 * ring::BYTES)]).await;
        assert!(hub.listen(at(1)).is_none());
        let mut listener = hub.listen(at(2)).unwrap();
        assert_eq!(heard(&mut listener).await.unwrap(), [3]);
    }

    #[test]
    fn the_greatest_acknowledged_position_counts() {
        let hub = Hub::new(at(0));
        for lsn in [3, 2] {
            hub.acknowledge(at(lsn));
        }
        assert_eq!(*hub.acknowledged().borrow(), Some(at(3)));
    }
}
