//! Webhooks: what receivers get, and what becomes of what they don't take.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use integratedb::changes::{Lsn, Position};
use integratedb::error::Result;
use integratedb::notifications::channels::webhook::{self, Patience, Webhook};
use integratedb::notifications::{Consumer, Outgoing, Progress};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::support::{Receiver, Reply, eventually, free_port};

/// An event as the stream has it, of a row.
pub fn event(index: u32, row: u64) -> Outgoing {
    let position = Position { lsn: Lsn(7), index };
    let id = position.to_string();
    let body = json!({ "specversion": "1.0", "id": id, "data": { "row": row, "index": index } });
    Outgoing {
        position,
        id: id.into(),
        subject: "public.orders".into(),
        order: row,
        body: body.to_string().into(),
    }
}

/// A webhook that loses no time, and may be at a private address.
pub fn settings(url: &str) -> Webhook {
    Webhook {
        url: url.parse().unwrap(),
        secrets: vec![webhook::signature::new_secret()],
        batch: 1,
        concurrency: 8,
        timeout: Duration::from_secs(15),
        max_attempts: 12,
        allow_private: true,
        patience: Patience { first: Duration::from_millis(2), most: Duration::from_millis(20) },
    }
}

/// A running channel.
pub struct Channel {
    pub events: mpsc::Sender<Outgoing>,
    pub progress: Progress,
    pub running: JoinHandle<Result<()>>,
}

impl Channel {
    pub fn start(webhook: Webhook) -> Self {
        Self::run(|consumer| webhook::run(consumer, webhook))
    }

    pub fn run<F>(run: impl FnOnce(Consumer) -> F) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let (sender, events) = mpsc::channel(16);
        let progress = Progress::default();
        let consumer = Consumer { events, progress: progress.clone() };
        Self { events: sender, progress, running: tokio::spawn(run(consumer)) }
    }

    pub async fn send(&self, event: Outgoing) {
        self.events.send(event).await.expect("a running channel");
    }

    /// Waits until everything up to here has left for good.
    pub async fn until(&self, index: u32) {
        eventually("for events to leave", async || self.mark() == Some(index)).await;
    }

    fn mark(&self) -> Option<u32> {
        self.progress.lock().delivered.map(|position| position.index)
    }

    fn error(&self) -> String {
        self.progress.lock().error.clone().unwrap_or_default()
    }

    async fn until_error(&self, words: &str) {
        eventually(words, async || self.error().contains(words)).await;
    }

    fn dead(&self) -> Vec<(u32, u32, String)> {
        let state = self.progress.lock();
        state.dead.iter().map(|(at, tries, error)| (at.index, *tries, error.clone())).collect()
    }
}

fn id(index: u32) -> String {
    format!("0/7:{index}")
}

#[tokio::test]
async fn requests_are_what_standard_webhooks_expects() {
    let receiver = Receiver::start();
    let mut webhook = settings(&receiver.url());
    webhook.secrets.push(webhook::signature::new_secret());
    let channel = Channel::start(webhook.clone());
    channel.send(event(0, 1)).await;
    channel.until(0).await;

    let request = receiver.received().remove(0);
    assert_eq!(request.path, "/hook");
    assert_eq!(request.header("content-type"), "application/cloudevents+json");
    assert_eq!(request.header("webhook-id"), id(0));
    assert_eq!(request.header("webhook-signature").split(' ').count(), 2);
    for secret in &webhook.secrets {
        let oracle = standardwebhooks::Webhook::new(secret.expose_secret()).unwrap();
        oracle.verify(&request.body, &request.headers).unwrap();
    }
    let other: SecretString = webhook::signature::new_secret();
    let oracle = standardwebhooks::Webhook::new(other.expose_secret()).unwrap();
    assert!(oracle.verify(&request.body, &request.headers).is_err());
    assert_eq!(request.events()[0]["data"], json!({ "row": 1, "index": 0 }));
    assert_eq!(channel.progress.lock().count, 1);
}

#[tokio::test]
async fn rows_arrive_in_order_though_requests_fail_and_overtake_each_other() {
    let receiver = Receiver::start();
    let requests = AtomicU64::new(0);
    receiver.answer(move |_| match requests.fetch_add(1, Ordering::Relaxed) {
        request if request % 4 == 0 => Reply::status(500),
        request => Reply::status(200).after(Duration::from_millis(request % 3)),
    });
    let channel = Channel::start(Webhook { max_attempts: 1000, ..settings(&receiver.url()) });
    for index in 0..400 {
        channel.send(event(index, u64::from(index * 7 % 11))).await;
    }
    channel.until(399).await;

    assert!(receiver.most_at_once() > 1 && receiver.most_at_once() <= 8);
    let mut last: HashMap<u64, u64> = HashMap::new();
    let events = receiver.events();
    for event in &events {
        let (row, index) = (&event["data"]["row"], event["data"]["index"].as_u64().unwrap());
        if let Some(before) = last.insert(row.as_u64().unwrap(), index) {
            assert!(before < index, "{before} before {index} of row {row}");
        }
    }
    assert_eq!((events.len(), channel.progress.lock().count), (400, 400));
    assert!(channel.dead().is_empty());
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_allowed() {
    let receiver = Receiver::start();
    receiver.slow_down(Duration::from_millis(20));
    let channel = Channel::start(Webhook { concurrency: 3, ..settings(&receiver.url()) });
    for index in 0..30 {
        channel.send(event(index, u64::from(index))).await;
    }
    channel.until(29).await;
    assert_eq!(receiver.most_at_once(), 3);
}

#[tokio::test]
async fn what_one_row_waits_for_holds_up_no_other() {
    let receiver = Receiver::start();
    receiver.answer(|request| {
        let is_bad = request.events()[0]["data"]["row"] == 0;
        Reply::status(if is_bad { 422 } else { 200 })
    });
    let mut webhook = settings(&receiver.url());
    webhook.patience = Patience::default();
    let channel = Channel::start(webhook);
    for index in 0..1000 {
        let row = if index < 2 { 0 } else { u64::from(index) };
        channel.send(event(index, row)).await;
    }
    let events = receiver.until_taken(998).await;
    assert!(events.iter().all(|event| event["data"]["row"] != 0));
    assert_eq!(channel.mark(), None);
    let tried = receiver.received();
    assert!(tried.iter().all(|request| request.header("webhook-id") != id(1)), "out of order");
}

#[tokio::test]
async fn an_event_is_tried_again_with_the_same_id_until_it_is_taken() {
    let receiver = Receiver::start();
    receiver.answer_with(500);
    let channel = Channel::start(settings(&receiver.url()));
    channel.send(event(0, 1)).await;
    channel.until_error(" answered 500 Internal Server Error").await;
    receiver.answer_with(204);
    channel.until(0).await;
    let requests = receiver.received();
    assert!(requests.len() > 1);
    assert!(requests.iter().all(|request| request.header("webhook-id") == id(0)));
    let state = channel.progress.lock().clone();
    assert_eq!((state.error, state.failures, state.count), (None, 0, 1));
}

#[tokio::test]
async fn an_event_becomes_a_dead_letter_after_exactly_so_many_tries() {
    for (status, tries) in [(422, 3), (500, 3), (500, 1), (422, 8), (500, 8)] {
        let receiver = Receiver::start();
        receiver.answer(move |request| match request.header("webhook-id") {
            "0/7:1" => Reply::status(status).body("Out\nof order"),
            _ => Reply::status(200),
        });
        let mut webhook = settings(&format!("{}?token=secret", receiver.url()));
        webhook.max_attempts = tries;
        let channel = Channel::start(webhook);
        channel.send(event(0, 1)).await;
        channel.send(event(1, 1)).await;
        channel.send(event(2, 1)).await;
        channel.until(2).await;
        assert_eq!(receiver.ids(), [id(0), id(2)]);
        assert_eq!(channel.progress.lock().count, 2);
        let (index, attempts, error) = channel.dead().remove(0);
        assert_eq!((index, attempts), (1, tries));
        assert!(error.starts_with(&format!("{} answered {status} ", receiver.url())), "{error}");
        assert!(error.ends_with(": Out of order"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn an_event_that_an_endpoint_dies_of_does_not_stop_the_others() {
    let receiver = Receiver::start();
    receiver.answer(|request| {
        Reply::status(if request.header("webhook-id") == id(0) { 500 } else { 200 })
    });
    let channel = Channel::start(Webhook { max_attempts: 9, ..settings(&receiver.url()) });
    channel.send(event(0, 0)).await;
    receiver.until_received(6).await;
    for index in 1..50 {
        channel.send(event(index, u64::from(index))).await;
    }
    channel.until(49).await;
    assert_eq!(receiver.ids().len(), 49);
    assert_eq!(channel.dead().len(), 1);
}

#[tokio::test]
async fn a_dead_endpoint_is_asked_seldom_and_gets_everything_when_it_is_back() {
    // Which nobody takes while it is away.
    let address = ([127, 0, 0, 1], free_port()).into();
    let receiver = Receiver::start_at(address);
    let mut webhook = settings(&receiver.url());
    webhook.patience = Patience { first: Duration::from_millis(10), most: Duration::from_mins(5) };
    receiver.answer(|_| Reply::status(503).header("retry-after", "0"));
    let channel = Channel::start(webhook);
    for index in 0..20 {
        channel.send(event(index, u64::from(index))).await;
    }
    // Eight left before the first answer opened the circuit; then the probes go one by
    // one, each with another event.
    let requests = receiver.until_received(11).await;
    let mut ids: Vec<_> = requests.iter().map(|request| request.header("webhook-id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), requests.len(), "no event was sent twice");
    receiver.stop().await;
    channel.until_error("can't be reached: ").await;

    let receiver = Receiver::start_at(address);
    channel.until(19).await;
    assert_eq!(receiver.ids().len(), 20);
    assert!(channel.dead().is_empty());
}

#[tokio::test]
async fn an_endpoint_that_is_gone_or_wants_rest_is_left_alone_at_once() {
    for (status, rest) in [(410, ""), (429, "3600"), (503, "3600")] {
        let receiver = Receiver::start();
        receiver.answer(move |_| Reply::status(status).header("retry-after", rest));
        let mut webhook = settings(&receiver.url());
        webhook.concurrency = 1;
        webhook.patience.most = Duration::from_mins(5);
        let channel = Channel::start(webhook);
        for index in 0..5 {
            channel.send(event(index, u64::from(index))).await;
        }
        channel.until_error(&format!("answered {status} ")).await;
        drop(channel.events);
        channel.running.await.unwrap().unwrap();
        assert_eq!(receiver.received().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (here, there) = (Receiver::start(), Receiver::start());
    let elsewhere = there.url();
    here.answer(move |_| Reply::status(307).header("location", elsewhere.clone()));
    let channel = Channel::start(Webhook { max_attempts: 2, ..settings(&here.url()) });
    channel.send(event(0, 1)).await;
    channel.until(0).await;
    let (_, _, error) = channel.dead().remove(0);
    let words = "answered 307 Temporary Redirect, and redirects aren't followed";
    assert!(error.ends_with(words), "{error}");
    assert!(there.received().is_empty());
}

#[tokio::test]
async fn a_private_address_is_not_asked_anything() {
    let receiver = Receiver::start();
    let port = receiver.address().port();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let mut webhook = settings(&format!("http://{host}:{port}/"));
        (webhook.allow_private, webhook.max_attempts) = (false, 1);
        let channel = Channel::start(webhook);
        channel.send(event(0, 1)).await;
        channel.until_error("only allowed with WEBHOOK_ALLOW_PRIVATE=true").await;
        assert!(channel.dead().is_empty(), "nothing was tried: {host}");
        assert_eq!(channel.mark(), None);
    }
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn a_hung_endpoint_is_given_up_in_time() {
    let receiver = Receiver::start();
    receiver.hang();
    let mut webhook = settings(&receiver.url());
    (webhook.timeout, webhook.max_attempts) = (Duration::from_millis(50), 2);
    let channel = Channel::start(webhook);
    channel.send(event(0, 1)).await;
    channel.until(0).await;
    let words = format!("{} didn't answer within 50ms", receiver.url());
    assert_eq!(channel.dead(), [(0, 2, words)]);
}

#[tokio::test]
async fn batches_carry_what_is_there_and_a_bad_event_takes_no_other_with_it() {
    let receiver = Receiver::start();
    receiver.answer(|request| {
        let is_bad = request.events().iter().any(|event| event["data"]["index"] == 5);
        Reply::status(if is_bad { 400 } else { 200 }).after(Duration::from_millis(20))
    });
    let mut webhook = settings(&receiver.url());
    (webhook.batch, webhook.concurrency, webhook.max_attempts) = (10, 1, 3);
    let channel = Channel::start(webhook);
    for index in 0..100 {
        channel.send(event(index, u64::from(index % 7))).await;
    }
    channel.until(99).await;

    let requests = receiver.received();
    let kind = "application/cloudevents-batch+json";
    assert!(requests.iter().all(|request| request.header("content-type") == kind));
    let sizes: Vec<_> = requests.iter().map(|request| request.events().len()).collect();
    assert!(sizes.iter().all(|size| *size <= 10) && sizes.contains(&10), "{sizes:?}");
    assert_eq!(receiver.ids().len(), 99);
    let dead: Vec<_> = channel.dead().into_iter().map(|(index, tries, _)| (index, tries)).collect();
    assert_eq!(dead, [(5, 3)]);
    assert_eq!(channel.progress.lock().count, 99);
}

#[tokio::test]
async fn a_channel_that_is_stopped_ends_though_its_endpoint_is_dead() {
    let receiver = Receiver::start();
    receiver.answer_with(500);
    let channel = Channel::start(Webhook { max_attempts: 1000, ..settings(&receiver.url()) });
    let mut held = 0;
    // It takes so many, and leaves the others where they are.
    let window_and_queue = 64 + 16;
    eventually("for the window to be full", async || {
        while channel.events.try_send(event(held, 1)).is_ok() {
            held += 1;
        }
        held >= window_and_queue
    })
    .await;
    receiver.until_received(receiver.received().len() + 5).await;
    assert!(channel.events.try_send(event(held, 1)).is_err());
    assert_eq!(held, window_and_queue);
    drop(channel.events);
    channel.running.await.unwrap().unwrap();
}
