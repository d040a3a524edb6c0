//! Dead letters: what a channel gave up is kept, shown, sent again or skipped.

use serde_json::{Value, json};

use crate::audience::{Audience, listen};
use crate::support::{Receiver, eventually, free_port};

/// Hears by a webhook that is tried once.
async fn hooked(receiver: &Receiver) -> Audience {
    let a = Audience::after("create table t (id int primary key, word text, secret text)").await;
    a.claim(json!([{ "path": "public.t", "fields": ["id", "word"] }])).await;
    let channel = json!({ "type": "WEBHOOK", "url": receiver.url(), "max_attempts": 1, "timeout_ms": 60_000 });
    let document = json!({ "match": [listen("public.t", &json!(["*"]))], "channels": [channel] });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    a
}

async fn letters(a: &Audience) -> Vec<Value> {
    a.app.get(&a.path("/dead-letters")).await.expect(200).data().as_array().unwrap().clone()
}

#[tokio::test]
async fn what_a_receiver_does_not_take_is_kept_and_can_be_sent_again() {
    let receiver = Receiver::start();
    let a = hooked(&receiver).await;
    receiver.answer(|received| {
        let is_bad = received.body.windows(3).any(|word| word == b"bad");
        crate::support::Reply::status(if is_bad { 422 } else { 200 })
    });
    a.run("insert into t values (1, 'good', 'marker'), (2, 'bad', 'marker'), (3, 'good', 'marker'), (4, 'bad', 'marker')").await;
    receiver.until_taken(2).await;
    eventually("for dead letters", async || letters(&a).await.len() == 2).await;
    let dead = letters(&a).await;
    assert_eq!(dead[0]["attempts"], 1);
    assert!(dead[0]["error"].as_str().unwrap().contains("422"), "{dead:?}");
    eventually("for the status", async || a.channel().await["dead_letters"] == 2).await;
    a.until_through().await;
    let page = a.app.get(&a.path("/dead-letters?limit=1")).await.expect(200);
    let before = &page.body["page"]["before"];
    let rest =
        a.app.get(&a.path(&format!("/dead-letters?limit=1&before={before}"))).await.expect(200);
    assert_eq!((&page.data()[0], &rest.data()[0]), (&dead[0], &dead[1]));

    let of = async |name: &str| a.app.get(&a.path(&format!("/dead-letters?channel={name}"))).await;
    assert_eq!(of("WEBHOOK").await.expect(200).data(), &json!(dead));
    let message = "\"hok\" is the name of no channel: there is WEBHOOK";
    assert_eq!(of("hok").await.expect(422).errors(), &json!({ "channel": [message] }));

    // They may have been refused in either order.
    let mut dead = dead;
    dead.sort_by_key(|letter| std::cmp::Reverse(letter["event_id"].to_string()));
    let path =
        |letter: &Value, rest: &str| a.path(&format!("/dead-letters/{}{rest}", letter["id"]));
    let shown = a.app.get(&path(&dead[1], "")).await.expect(200);
    assert_eq!(shown.data()["event"]["id"], dead[1]["event_id"]);
    assert_eq!(shown.data()["event"]["data"]["new"], json!({ "id": 2, "word": "bad" }));
    let sent = a.app.post(&path(&dead[1], "/replay"), &json!({})).await.expect(200);
    assert_eq!(sent.data()["delivered"], false);
    assert_eq!(letters(&a).await.len(), 2);
    receiver.answer_with(204);
    let sent = a.app.post(&path(&dead[1], "/replay"), &json!({})).await.expect(200);
    assert_eq!(sent.data()["delivered"], true);
    assert_eq!(
        receiver.ids().last(),
        shown.data()["event"]["id"].as_str().map(str::to_owned).as_ref()
    );
    let gone = |letter: &Value| {
        let text = format!(
            "The stakeholder has no dead letter {}. It may have been sent again or skipped, or \
             have gone with its channel.",
            letter["id"]
        );
        json!({ "detail": text })
    };
    let answer = a.app.get(&path(&dead[1], "")).await.expect(404);
    assert_eq!(answer.errors(), &gone(&dead[1]));
    a.app.delete(&path(&dead[0], "")).await.expect(204);
    let answer = a.app.delete(&path(&dead[0], "")).await.expect(404);
    assert_eq!(answer.errors(), &gone(&dead[0]));
    let answer = a.app.post(&path(&dead[0], "/replay"), &json!({})).await.expect(404);
    assert_eq!(answer.errors(), &gone(&dead[0]));
    assert_eq!(letters(&a).await, [Value::Null; 0]);
    let bodies = receiver
        .received()
        .iter()
        .map(|received| received.body.clone())
        .collect::<Vec<_>>()
        .concat();
    assert!(!String::from_utf8(bodies).unwrap().contains("marker"));
}

#[tokio::test]
async fn a_dead_letter_says_what_may_be_read_when_it_is_read() {
    let receiver = Receiver::start();
    let a = hooked(&receiver).await;
    receiver.answer_with(400);
    a.run("insert into t values (1, 'word-1', 'marker')").await;
    eventually("for a dead letter", async || letters(&a).await.len() == 1).await;
    let path = a.path(&format!("/dead-letters/{}", letters(&a).await[0]["id"]));
    a.claim(json!([{ "path": "public.t", "fields": ["id"] }])).await;
    let shown = a.app.get(&path).await.expect(200);
    assert_eq!(shown.data()["event"]["data"]["new"], json!({ "id": 1 }));
    a.claim(json!([])).await;
    let shown = a.app.get(&path).await.expect(200);
    assert_eq!(shown.data().get("event"), None);
    receiver.answer_with(200);
    a.app.post(&format!("{path}/replay"), &json!({})).await.expect(409);

    // Nobody else's.
    let other = a.app.stakeholder("other").await;
    let others = path.replace(&format!("/{}/", a.reader.id), &format!("/{}/", other.id));
    a.app.get(&others).await.expect(404);
    a.app.delete(&others).await.expect(404);
    // They go with their channel.
    let nothing = json!({ "match": [], "channels": [] });
    a.app.put_notifications(&a.reader, &nothing).await.expect(200);
    a.app.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_key_of_a_stakeholder_is_not_told_why_a_letter_finds_no_redis() {
    let receiver = Receiver::start();
    receiver.answer_with(422);
    let mut a = hooked(&receiver).await;
    a.run("insert into t values (1, 'bad', 'marker')").await;
    eventually("for a dead letter", async || letters(&a).await.len() == 1).await;
    // What was the webhook is a Redis now, which isn't there.
    let port = free_port();
    let channel = json!({
        "type": "REDIS", "name": "WEBHOOK", "url": format!("redis://127.0.0.1:{port}"), "stream": "s"
    });
    let document = json!({ "match": [listen("public.t", &json!(["*"]))], "channels": [channel] });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    let key = json!({ "key": { "name": "own", "stakeholder_id": a.reader.id } });
    let key = a.app.post("/keys", &key).await.expect(201).data()["key"].clone();
    a.app.token = key.as_str().map(str::to_owned);
    let path = a.path(&format!("/dead-letters/{}", letters(&a).await[0]["id"]));
    let sent = a.app.post(&format!("{path}/replay"), &json!({})).await.expect(200);
    assert_eq!(sent.data()["error"], format!("Redis at 127.0.0.1:{port} can't be reached"));
}
