//! Two instances on one database, and the sudden end of the one that reads the stream.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::ear::{Ear, Order};
use crate::ears::listen_at_stream;
use crate::ground::Ground;
use crate::stage::{Operator, SETTINGS};
use crate::support::program::Serve;
use crate::support::{Client, RedisServer, column, eventually, run, signals};

/// What is promised is 5 seconds; a slow machine may take longer. Who waited for TCP to
/// notice would take minutes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What an instance logs when it begins to lead.
const LEADS: &str = "reading the stream of changes";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_instance_takes_over_from_one_that_is_killed() {
    let after = take_over(End::Killed).await;
    eprintln!("another instance told of a change {after:?} after the leader was killed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_instance_takes_over_from_one_that_hangs() {
    let after = take_over(End::Stopped).await;
    eprintln!("another instance told of a change {after:?} after the leader was stopped");
}

/// What becomes of the leader.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Killed,
    Stopped,
}

/// Ends the leader; answers how long after it a change is told that was written then.
async fn take_over(end: End) -> Duration {
    let ground = Ground::start(&[]).await;
    let (redis, ear) = (RedisServer::start().await, Ear::new("REDIS", Order::Whole));
    let one = Serve::start(&ground.control_url(), SETTINGS).await;
    let operator = Operator::begin(&one).await;
    let channels = json!([{ "type": "REDIS", "url": redis.url(), "stream": "proof" }]);
    operator.listen(&one, &channels).await;
    let listening = listen_at_stream(&redis, "proof", ear.clone()).await;
    let another = Serve::start(&ground.control_url(), SETTINGS).await;
    let owner = ground.owner().await;

    insert(&owner, 1).await;
    until_heard(&ear, 1).await;
    let (mut leader, other, epoch) = who_leads(&ground, one, another).await;
    // One that is only on its way out might tell of the change itself.
    match end {
        End::Killed => leader.kill().await,
        End::Stopped => signals::stop(&[leader.id().to_string()]).await,
    }
    let since = Instant::now();
    insert(&owner, 2).await;
    until_heard(&ear, 2).await;
    let after = since.elapsed();
    assert!(after < PATIENCE, "{after:?}\n{}", other.log());
    assert!(self::epoch(&ground).await > epoch, "nobody took over");
    if end == End::Stopped {
        // The one that hung finds out, and disturbs nobody.
        leader.signal("CONT");
        eventually("for the other to notice", async || {
            leader.log().contains("stopped reading the stream")
        })
        .await;
        insert(&owner, 3).await;
        until_heard(&ear, 3).await;
    }
    assert!(ear.heard().faults.is_empty(), "{:#?}", ear.heard().faults);
    assert!(ear.heard().gaps.is_empty(), "{:#?}", ear.heard().gaps);
    listening.abort();
    after
}

/// Of two, the one that leads and the one that doesn't, and the epoch of it. Which of them
/// does is nobody's to say: one that stands still for a while is taken over from.
async fn who_leads(ground: &Ground, one: Serve, another: Serve) -> (Serve, Serve, i64) {
    let mut found = None;
    eventually("for one to lead", async || {
        let epoch = epoch(ground).await;
        let leads = |serve: &Serve| serve.log().lines().any(|line| is_lead(line, epoch));
        found = (leads(&one) || leads(&another)).then(|| (leads(&one), epoch));
        found.is_some()
    })
    .await;
    let (is_one, epoch) = found.expect("a leader");
    if is_one { (one, another, epoch) } else { (another, one, epoch) }
}

/// Whether an instance says in a line of its log that it leads in this epoch.
fn is_lead(line: &str, epoch: i64) -> bool {
    let line: Value = serde_json::from_str(line).unwrap_or_default();
    line["message"] == LEADS && line["epoch"] == epoch
}

async fn insert(client: &Client, id: u32) {
    run(client, &format!("insert into proof.orders (id) values ({id})")).await;
}

async fn until_heard(ear: &Ear, count: usize) {
    eventually("for changes to be told", async || ear.heard().facts.len() == count).await;
}

/// How often the lead was taken.
async fn epoch(ground: &Ground) -> i64 {
    let superuser = ground.superuser().await;
    column(&superuser, "select epoch from integratedb.stream").await[0].parse().expect("a number")
}
