//! Events on their way into a real Redis.

use std::collections::HashSet;

use integratedb::changes::{Lsn, Position};
use integratedb::error::Result;
use integratedb::notifications::channels::redis::{Redis, Target, run};
use integratedb::notifications::{Consumer, Outgoing, Progress};
use redis::aio::MultiplexedConnection;
use redis::streams::StreamRangeReply;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::support::{Certificates, RedisServer, eventually, free_port, unique};

/// A channel at work.
struct Channel {
    events: mpsc::Sender<Outgoing>,
    progress: Progress,
    running: JoinHandle<Result<()>>,
}

impl Channel {
    fn start(redis: Redis) -> Self {
        let (events, receiver) = mpsc::channel(64);
        let progress = Progress::default();
        let consumer = Consumer { events: receiver, progress: progress.clone() };
        Self { events, progress, running: tokio::spawn(run(consumer, redis)) }
    }

    fn to_stream(url: &str, name: &str) -> Self {
        Self::start(Redis::new(&url.into(), stream(name)).unwrap())
    }

    async fn send(&self, numbers: impl Iterator<Item = u32>) {
        for number in numbers {
            self.events.send(event(number)).await.expect("a running channel");
        }
    }

    fn count(&self) -> u64 {
        self.progress.lock().count
    }

    fn error(&self) -> Option<String> {
        self.progress.lock().error.clone()
    }

    async fn until_delivered(&self, count: u64) {
        eventually("for events to be delivered", async || self.count() >= count).await;
    }

    /// Waits until something is the matter, and answers what.
    async fn trouble(&self) -> String {
        eventually("for trouble", async || self.error().is_some()).await;
        self.error().unwrap()
    }

    /// Ends the events; answers what was delivered, once the channel has ended.
    async fn end(self) -> (u64, Option<Position>) {
        drop(self.events);
        self.running.await.unwrap().unwrap();
        let state = self.progress.lock();
        (state.count, state.delivered)
    }
}

fn stream(name: &str) -> Target {
    Target::Stream { name: name.to_owned(), maxlen: None }
}

fn position(number: u32) -> Position {
    Position { lsn: Lsn(u64::from(number) << 4), index: number % 3 }
}

fn event(number: u32) -> Outgoing {
    let position = position(number);
    Outgoing {
        position,
        id: position.to_string().into(),
        subject: "public.orders".into(),
        order: u64::from(number),
        body: format!(r#"{{"id":"{position}","data":{{"new":{{"number":{number}}}}}}}"#).into(),
    }
}

/// The ids of a stream's entries, in their order, repetitions included.
async fn ids(connection: &mut MultiplexedConnection, name: &str) -> Vec<String> {
    let reply = redis::cmd("XRANGE").arg(name).arg("-").arg("+").query_async(connection).await;
    let entries: StreamRangeReply = reply.unwrap();
    entries.ids.iter().map(|entry| entry.get("id").expect("an id")).collect()
}

fn expected(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| position(number).to_string()).collect()
}

fn without_repetitions(ids: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(id.clone())).collect()
}

async fn command(connection: &mut MultiplexedConnection, words: &[&str]) {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]).exec_async(connection).await.unwrap();
}

#[tokio::test]
async fn events_arrive_in_a_stream_in_their_order_with_their_ids() {
    let server = RedisServer::shared().await;
    let name = unique("orders");
    let channel = Channel::to_stream(&server.url(), &name);
    channel.send(0..3_000).await;
    assert_eq!(channel.end().await, (3_000, Some(position(2_999))));

    let mut connection = server.connection().await;
    assert_eq!(ids(&mut connection, &name).await, expected(0..3_000));
    let first = redis::cmd("XRANGE").arg(&name).arg("-").arg("+").arg("COUNT").arg(1).to_owned();
    let first: StreamRangeReply = first.query_async(&mut connection).await.unwrap();
    let entry = &first.ids[0];
    assert_eq!(entry.map.len(), 3);
    assert_eq!(entry.get::<String>("subject").unwrap(), "public.orders");
    assert_eq!(entry.get::<String>("event").unwrap(), &*event(0).body);
}

#[tokio::test]
async fn what_is_published_reaches_a_subscriber_in_its_order() {
    use futures::StreamExt;
    let server = RedisServer::shared().await;
    let name = unique("orders");
    let client = redis::Client::open(server.url()).unwrap();
    let mut subscriber = client.get_async_pubsub().await.unwrap();
    subscriber.subscribe(&name).await.unwrap();

    let target = Target::Channel { name };
    let channel = Channel::start(Redis::new(&server.url().into(), target).unwrap());
    channel.send(0..1_000).await;
    let messages = subscriber.on_message().take(1_000);
    let bodies: Vec<String> =
        messages.map(|message| message.get_payload().unwrap()).collect().await;
    let sent: Vec<String> = (0..1_000).map(|number| event(number).body.to_string()).collect();
    assert_eq!(bodies, sent);
    assert_eq!(channel.end().await, (1_000, Some(position(999))));
}

#[tokio::test]
async fn a_redis_that_is_killed_and_started_again_loses_nothing() {
    let mut server = RedisServer::start().await;
    let channel = Channel::to_stream(&server.url(), "orders");
    let sending = channel.send(0..40_000);
    let killing = async {
        for round in 1..=4 {
            channel.until_delivered(round * 3_000).await;
            server.stop();
            channel.trouble().await;
            server.start_again().await;
        }
    };
    tokio::join!(sending, killing);
    assert_eq!(channel.end().await, (40_000, Some(position(39_999))));

    let arrived = ids(&mut server.connection().await, "orders").await;
    assert!(without_repetitions(arrived) == expected(0..40_000));
}

#[tokio::test]
async fn a_key_that_is_no_stream_is_reported_and_waited_for() {
    let server = RedisServer::shared().await;
    let name = unique("orders");
    let mut connection = server.connection().await;
    command(&mut connection, &["SET", &name, "a string"]).await;

    let channel = Channel::to_stream(&server.url(), &name);
    channel.send(0..1_000).await;
    let trouble = channel.trouble().await;
    let host = server.url().replace("redis://", "Redis at ");
    assert!(trouble.starts_with(&format!("{host} says: WRONGTYPE ")), "{trouble}");
    assert_eq!(channel.count(), 0);

    command(&mut connection, &["DEL", &name]).await;
    channel.until_delivered(1_000).await;
    assert_eq!(channel.error(), None);
    assert_eq!(ids(&mut connection, &name).await, expected(0..1_000));
}

#[tokio::test]
async fn a_full_redis_is_waited_for_and_takes_nothing_out_of_order() {
    let server = RedisServer::start().await;
    let mut connection = server.connection().await;
    let channel = Channel::to_stream(&server.url(), "orders");
    channel.send(0..100).await;
    channel.until_delivered(100).await;

    command(&mut connection, &["CONFIG", "SET", "maxmemory", "1"]).await;
    channel.send(100..1_100).await;
    let trouble = channel.trouble().await;
    assert!(trouble.contains(" says: OOM "), "{trouble}");
    assert_eq!(channel.progress.lock().delivered, Some(position(99)));

    command(&mut connection, &["CONFIG", "SET", "maxmemory", "0"]).await;
    channel.until_delivered(1_100).await;
    assert_eq!(ids(&mut connection, "orders").await, expected(0..1_100));
}

#[tokio::test]
async fn a_redis_that_hangs_is_noticed() {
    let server = RedisServer::start().await;
    let channel = Channel::to_stream(&server.url(), "orders");
    channel.send(0..10).await;
    channel.until_delivered(10).await;

    server.pause().await;
    channel.send(10..20).await;
    let trouble = channel.trouble().await;
    assert!(trouble.ends_with(" hasn't answered for 10 s"), "{trouble}");
    server.resume();
    channel.until_delivered(20).await;
    let arrived = ids(&mut server.connection().await, "orders").await;
    assert_eq!(without_repetitions(arrived), expected(0..20));
}

#[tokio::test]
async fn a_channel_ends_though_its_redis_is_down() {
    let url = format!("redis://127.0.0.1:{}", free_port());
    let channel = Channel::to_stream(&url, "orders");
    channel.send(0..10).await;
    let trouble = channel.trouble().await;
    assert!(trouble.contains(" can't be reached: "), "{trouble}");
    assert_eq!(channel.end().await, (0, None));
}

#[tokio::test]
async fn a_password_is_used_and_never_told() {
    let server = RedisServer::start_with(&["--requirepass", "hunter2"]).await;
    let right = server.url().replace("://", "://:hunter2@");
    let channel = Channel::to_stream(&right, "orders");
    channel.send(0..10).await;
    assert_eq!(channel.end().await, (10, Some(position(9))));

    for (wrong, says) in [("://:hunter3@", "refuses the user or the password"), ("://", "NOAUTH")] {
        let channel = Channel::to_stream(&server.url().replace("://", wrong), "orders");
        channel.send(0..10).await;
        let trouble = channel.trouble().await;
        assert!(trouble.contains(says) && trouble.contains("127.0.0.1"), "{trouble}");
        assert!(!trouble.contains("hunter3"), "{trouble}");
    }
}

#[tokio::test]
async fn a_user_needs_no_more_than_the_right_to_add() {
    let server = RedisServer::shared().await;
    let (user, name) = (unique("user"), unique("orders"));
    let mut connection = server.connection().await;
    let rule = format!("~{name}");
    command(&mut connection, &["ACL", "SETUSER", &user, "on", ">word", &rule, "+xadd"]).await;

    let url = server.url().replace("://", &format!("://{user}:word@"));
    let channel = Channel::to_stream(&url, &name);
    channel.send(0..1_000).await;
    assert_eq!(channel.end().await, (1_000, Some(position(999))));
    assert_eq!(ids(&mut connection, &name).await, expected(0..1_000));
}

#[tokio::test]
async fn a_stream_keeps_about_as_many_entries_as_it_is_to() {
    let server = RedisServer::shared().await;
    let name = unique("orders");
    let target = Target::Stream { name: name.clone(), maxlen: Some(500) };
    let channel = Channel::start(Redis::new(&server.url().into(), target).unwrap());
    channel.send(0..5_000).await;
    channel.end().await;

    let kept = ids(&mut server.connection().await, &name).await;
    assert!((500..1_000).contains(&kept.len()), "{}", kept.len());
    assert!(kept == expected(0..5_000)[5_000 - kept.len()..]);
}

#[tokio::test]
async fn tls_needs_a_certificate_from_an_authority_that_is_trusted() {
    let certificates = Certificates::make();
    let file = |name: &str| certificates.file(name);
    let port = free_port().to_string();
    let tls = ["--tls-port", &port, "--tls-auth-clients", "no"];
    let (certificate, key, authority) = (file("server.crt"), file("server.key"), file("ca.crt"));
    let files = ["--tls-cert-file", &certificate, "--tls-key-file", &key];
    let more = ["--tls-ca-cert-file", &authority];
    let server = RedisServer::start_with(&[&tls[..], &files, &more].concat()).await;
    let authority = std::fs::read(authority).unwrap();
    let redis = |host: &str| {
        let url = format!("rediss://{host}:{port}").into();
        Redis::new(&url, stream("orders")).unwrap()
    };

    let channel = Channel::start(redis("localhost").trusting(&authority).unwrap());
    channel.send(0..100).await;
    assert_eq!(channel.end().await, (100, Some(position(99))));

    for untrusted in [redis("localhost"), redis("127.0.0.1").trusting(&authority).unwrap()] {
        let channel = Channel::start(untrusted);
        channel.send(100..110).await;
        let trouble = channel.trouble().await;
        assert!(trouble.contains("certificate"), "{trouble}");
    }
    assert_eq!(ids(&mut server.connection().await, "orders").await, expected(0..100));
}

#[tokio::test]
async fn at_a_private_address_nothing_is_asked_where_the_setting_says_so() {
    let server = RedisServer::shared().await;
    for url in [server.url(), server.url().replace("127.0.0.1", "localhost")] {
        let redis = Redis::new(&url.into(), stream("orders")).unwrap().at_a_public_address();
        let channel = Channel::start(redis);
        channel.send(0..1).await;
        let trouble = channel.trouble().await;
        assert!(trouble.contains("only allowed with REDIS_ALLOW_PRIVATE=true"), "{trouble}");
        assert_eq!(channel.end().await, (0, None));
    }
}
