//! Webhooks beside others that are stuck: what goes wrong with one is nobody else's.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::audience::{Audience, listen};
use crate::support::{Receiver, eventually};

const ROWS: usize = 20;

/// A channel that waits longer for an answer than any test does.
fn hook(name: &str, receiver: &Receiver) -> Value {
    json!({ "type": "WEBHOOK", "name": name, "url": receiver.url(), "timeout_ms": 120_000 })
}

async fn put(a: &Audience, channels: &[Value]) {
    let document = json!({ "match": [listen("public.t", &json!(["*"]))], "channels": channels });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
}

/// The names of the channels that are paused, or that aren't.
async fn names(a: &Audience, is_paused: bool) -> Vec<String> {
    let status = a.app.get(&a.path("/status")).await.expect(200);
    let channels = status.data()["channels"].as_array().unwrap().iter();
    let those = channels.filter(|channel| channel["paused"] == is_paused);
    those.map(|channel| channel["name"].as_str().unwrap().to_owned()).collect()
}

/// Waits until it has taken so many events, without those that it took again: a leader that
/// stood still is taken over from, and what nobody had noted by then is told again.
async fn until_taken(receiver: &Receiver, count: usize) -> Vec<Value> {
    let mut events = Vec::new();
    eventually("for events", async || {
        if receiver.taken() < count {
            return false;
        }
        let mut seen = HashSet::new();
        events = receiver.events();
        events.retain(|event| seen.insert(event["id"].to_string()));
        events.len() >= count
    })
    .await;
    events
}

/// Every row came with each of its states, one after the other.
fn assert_in_order(events: &[Value]) {
    for id in 1..=ROWS {
        let of_row = events.iter().map(|event| &event["data"]["new"]).filter(|new| new["id"] == id);
        let states: Vec<_> = of_row.map(|new| new["n"].as_u64().unwrap()).collect();
        let expected: Vec<_> = (0..(events.len() / ROWS) as u64).collect();
        assert_eq!(states, expected, "of row {id}");
    }
}

#[tokio::test]
async fn a_webhook_is_told_everything_while_its_neighbours_are_stuck() {
    let a = Audience::after("create table t (id int primary key, n int)").await;
    a.claim(json!([{ "path": "public.t", "fields": ["*"] }])).await;
    let [well, hung, failing] = [(); 3].map(|()| Receiver::start());
    hung.hang();
    failing.answer_with(500);
    let channels = [hook("well", &well), hook("hung", &hung), hook("failing", &failing)];
    put(&a, &channels).await;
    a.run(&format!("insert into t select id, 0 from generate_series(1, {ROWS}) id")).await;
    a.run("do $$ begin for each in 1..99 loop update t set n = n + 1; commit; end loop; end $$")
        .await;
    assert_in_order(&until_taken(&well, 2_000).await);
    hung.until_received(8).await;
    failing.until_received(5).await;
    assert_eq!((hung.events().len(), failing.events().len()), (0, 0));

    for channel in ["hung", "failing"] {
        a.app.post(&a.path("/pause"), &json!({ "data": { "channel": channel } })).await.expect(200);
    }
    assert_eq!(names(&a, true).await, ["hung", "failing"]);
    hung.answer_with(200);
    a.app.post(&a.path("/resume"), &json!({})).await.expect(200);
    // Nobody waits for the answers that will never come.
    assert_in_order(&until_taken(&hung, 2_000).await);

    hung.hang();
    let before = hung.received().len();
    a.run("update t set n = n + 1").await;
    hung.until_received(before + 8).await;
    put(&a, &channels[..1]).await;
    assert_eq!(names(&a, false).await, ["well"]);
    a.run("update t set n = n + 1").await;
    assert_in_order(&until_taken(&well, 2_000 + 2 * ROWS).await);
    // Who tells of what was committed after the PUT has heeded it.
    hung.answer_with(200);
    failing.answer_with(200);
    eventually("for the only channel", async || a.channel().await["pending"] == 0).await;
    assert_eq!((until_taken(&hung, 2_000).await.len(), failing.events().len()), (2_000, 0));
}
