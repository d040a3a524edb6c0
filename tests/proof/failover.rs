//! Two instances on one database, and the sudden end of the one that reads the stream.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::ear::{Ear, Order};
use crate::ears::listen_at_stream;
use crate::ground::Ground;
use crate::stage::{Operator, SETTINGS};
use crate::support::program::Serve;
use crate::support::{Client, RedisServer, column, eventually, run};

/// What is promised is 5 seconds; a slow machine may take longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What an instance logs when it begins to lead.
const LEADS: &str = "reading the stream of changes";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_instance_takes_over_from_one_that_is_killed() {
    let after = take_over("KILL").await;
    eprintln!("another instance told of a change {after:?} after the leader was killed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_instance_takes_over_from_one_that_hangs() {
    let after = take_over("STOP").await;
    eprintln!("another instance told of a change {after:?} after the leader was stopped");
}

/// Sends the leader a signal; answers how long after it a change is told that was
/// written then.
async fn take_over(signal: &str) -> Duration {
    let ground = Ground::start(&[]).await;
    let (redis, ear) = (RedisServer::start().await, Ear::new("REDIS", Order::Whole));
    let leader = Serve::start(&ground.control_url(), SETTINGS).await;
    let operator = Operator::begin(&leader).await;
    let channels = json!([{ "type": "REDIS", "url": redis.url(), "stream": "proof" }]);
    operator.listen(&leader, &channels).await;
    let listening = listen_at_stream(&redis, "proof", ear.clone()).await;
    // Else the other may lead from the start, and would have nothing to take over.
    eventually("for the first to lead", async || leader.log().contains(LEADS)).await;
    let other = Serve::start(&ground.control_url(), SETTINGS).await;
    let owner = ground.owner().await;
    let epoch = epoch(&ground).await;

    insert(&owner, 1).await;
    until_heard(&ear, 1).await;
    leader.signal(signal).await;
    let since = Instant::now();
    insert(&owner, 2).await;
    until_heard(&ear, 2).await;
    let after = since.elapsed();
    assert!(after < PATIENCE, "{after:?}\n{}", other.log());
    assert!(self::epoch(&ground).await > epoch, "nobody took over");
    if signal == "STOP" {
        // The one that hung finds out, and disturbs nobody.
        leader.signal("CONT").await;
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
