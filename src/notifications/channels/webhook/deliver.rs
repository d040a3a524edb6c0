//! The story of a webhook: take what has room, send what may leave, and see to what
//! came back.

use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt};
use reqwest::Client;

use super::circuit::{Circuit, Pass};
use super::courier::{Courier, Parcel};
use super::failure::{Failure, Meaning};
use super::window::{Number, Window};
use super::{Webhook, client};
use crate::error::Result;
use crate::notifications::{Consumer, Progress};

/// How many events are held at least, whatever the concurrency.
const LEAST_PENDING: usize = 64;
/// How often a full window looks whether the channel is to stop.
const LOOK_AROUND: Duration = Duration::from_millis(250);

/// Delivers events until there are no more to come, and waits then for the requests
/// that are under way, though not for what hasn't been sent.
pub async fn run(consumer: Consumer, webhook: Webhook) -> Result<()> {
    run_with(client::shared(webhook.allow_private)?, consumer, webhook).await
}

/// The same with another client, from [`client::builder`]: such as one that trusts an
/// authority of its own.
pub async fn run_with(client: Client, consumer: Consumer, webhook: Webhook) -> Result<()> {
    let Consumer { mut events, progress } = consumer;
    let courier = Courier::new(client, webhook)?;
    let mut delivery = Delivery::new(courier.webhook(), progress);
    let concurrency = courier.webhook().concurrency.max(1);
    let mut under_way = FuturesUnordered::new();
    loop {
        while under_way.len() < concurrency
            && let Some((trip, parcel)) = delivery.next_trip()
        {
            under_way.push(async { (trip, courier.carry(parcel).await) });
        }
        let has_room = delivery.window.has_room();
        let is_free = under_way.len() < concurrency;
        let wake = delivery.wake(is_free, has_room);
        tokio::select! {
            Some((trip, outcome)) = under_way.next() => delivery.settle(&trip, outcome, &courier),
            event = events.recv(), if has_room => {
                let Some(event) = event else { break };
                delivery.window.push(event);
                while delivery.window.has_room() && let Ok(event) = events.try_recv() {
                    delivery.window.push(event);
                }
            }
            () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now).into()),
                if wake.is_some() => {}
        }
        // A full window takes nothing, and would not hear that nothing is to come.
        if !has_room && events.is_closed() {
            break;
        }
    }
    while let Some((trip, outcome)) = under_way.next().await {
        delivery.settle(&trip, outcome, &courier);
    }
    Ok(())
}

/// The events that a request carries.
struct Trip {
    events: Vec<Number>,
    is_probe: bool,
}

/// Where the delivery stands.
struct Delivery {
    webhook: Webhook,
    progress: Progress,
    window: Window,
    circuit: Circuit,
}

impl Delivery {
    fn new(webhook: &Webhook, progress: Progress) -> Self {
        let most_pending = webhook.concurrency.saturating_mul(webhook.batch).saturating_mul(4);
        Self {
            window: Window::new(most_pending.max(LEAST_PENDING)),
            circuit: Circuit::new(webhook.patience),
            webhook: webhook.clone(),
            progress,
        }
    }

    /// What is to be sent now, if anything.
    fn next_trip(&mut self) -> Option<(Trip, Parcel)> {
        let now = Instant::now();
        let trip = match self.circuit.pass(now) {
            Pass::Everything => {
                let events = self.window.take(now, self.webhook.batch);
                Trip { events, is_probe: false }
            }
            Pass::Probe => {
                let events = self.window.take_probe(now).into_iter().collect();
                Trip { events, is_probe: true }
            }
            Pass::Wait(_) | Pass::WaitForProbe => return None,
        };
        let carried: Vec<_> =
            trip.events.iter().filter_map(|&number| self.window.event(number)).collect();
        let parcel = match carried[..] {
            [] => return None,
            [event] if self.webhook.batch <= 1 => Parcel::single(event),
            _ => Parcel::batch(&carried),
        };
        if trip.is_probe {
            self.circuit.probe();
        }
        Some((trip, parcel))
    }

    /// When to look again though nothing happens.
    fn wake(&self, is_free: bool, has_room: bool) -> Option<Instant> {
        let now = Instant::now();
        let next = match self.circuit.pass(now) {
            Pass::Everything => self.window.next_due(),
            Pass::Wait(until) if !self.window.is_idle() => Some(until),
            _ => None,
        };
        let around = (!has_room).then(|| now + LOOK_AROUND);
        next.filter(|_| is_free).into_iter().chain(around).min()
    }

    fn settle(&mut self, trip: &Trip, outcome: Result<(), Failure>, courier: &Courier) {
        match outcome {
            Ok(()) => {
                self.works(courier);
                trip.events.iter().for_each(|&number| self.window.arrived(number));
            }
            Err(failure) => self.failed(trip, &failure, courier),
        }
        if let Some((upto, count)) = self.window.mark() {
            self.progress.delivered(upto, count);
        }
    }

    fn works(&mut self, courier: &Courier) {
        if self.circuit.answered() {
            tracing::info!(endpoint = courier.endpoint(), "the endpoint of a webhook works again");
            self.window.hurry();
        }
    }

    fn failed(&mut self, trip: &Trip, failure: &Failure, courier: &Courier) {
        let now = Instant::now();
        let patience = self.webhook.patience;
        let was_open = self.circuit.is_open();
        match failure.meaning {
            Meaning::Rejected => self.works(courier),
            Meaning::Dead => self.circuit.failed(now, trip.is_probe),
            Meaning::Busy(pause) => self.circuit.rest(now, pause, trip.is_probe),
            Meaning::Gone | Meaning::Refused => {
                self.circuit.rest(now, patience.most, trip.is_probe);
            }
        }
        let is_open = self.circuit.is_open();
        if is_open && !was_open {
            tracing::warn!(error = failure.words, "the endpoint of a webhook seems dead");
        }
        self.progress.failed(&failure.words);
        if failure.meaning == Meaning::Gone || self.circuit.is_lasting(now) {
            self.progress.lasts();
        }
        for &number in &trip.events {
            if failure.meaning == Meaning::Refused {
                self.window.again(number, None);
                continue;
            }
            let Some(tries) = self.window.tried(number) else { continue };
            if tries >= self.webhook.max_attempts {
                if let Some(event) = self.window.event(number) {
                    self.progress.bury(event.position, tries, &failure.words);
                }
                self.window.buried(number);
                continue;
            }
            let delay = if is_open { patience.while_dead(tries) } else { patience.after(tries) };
            self.window.again(number, Some(now + delay));
        }
    }
}
