//! Channels in operation: paused and resumed, tried, and asked how far they are; by
//! whichever instance is asked.

use std::time::Duration;

use serde_json::{Value, json};

use crate::audience::{Audience, listen};
use crate::support::{Receiver, all_told, column, eventually, run, until_waiting};

pub const TABLE: &str = "create table t (id int primary key, word text)";

/// Hears of everything in a table.
pub async fn hearing() -> Audience {
    let a = Audience::after(TABLE).await;
    a.hear(&["public.t"], json!(["*"])).await;
    a
}

/// Of which rows events are.
pub fn ids(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["data"]["key"]["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn what_happens_in_a_pause_is_told_after_it() {
    let a = hearing().await;
    a.run("insert into t values (1)").await;
    a.heard.until(1).await;
    let answer =
        a.app.post(&a.path("/pause"), &json!({ "data": { "channel": "REDIS" } })).await.expect(200);
    assert_eq!(answer.data()["channels"][0]["paused"], true);
    a.run("insert into t values (2); insert into t values (3)").await;
    eventually("for the log", async || a.channel().await["pending"].as_i64() >= Some(2)).await;
    assert_eq!(a.heard.events().await.len(), 1);
    a.app.post(&a.path("/resume"), &json!({})).await.expect(200);
    assert_eq!(ids(&a.heard.until(3).await), [1, 2, 3]);
}

#[tokio::test]
async fn a_writer_asks_whether_its_write_was_processed() {
    let a = hearing().await;
    let lsn = async || column(&a.owner, "select pg_current_wal_insert_lsn()").await.remove(0);
    let ask = async |lsn: &str, more: &str| {
        let path = format!("/stakeholders/{}/position?lsn={lsn}{more}", a.reader.id);
        a.app.get(&path).await
    };
    a.run("insert into t values (1)").await;
    let first = lsn().await;
    assert_eq!(ask(&first, "&wait=60s").await.expect(200).data()["processed"], true);
    assert_eq!(a.heard.events().await.len(), 1);

    a.app.post(&a.path("/pause"), &json!({})).await.expect(200);
    a.run("insert into t values (2)").await;
    let second = lsn().await;
    eventually("for the log", async || a.channel().await["pending"] == 1).await;
    let answer = ask(&second, "&wait=10ms").await.expect(200);
    assert_eq!(answer.data()["processed"], false);
    assert_eq!(answer.data()["channels"][0]["name"], "REDIS");
    assert_eq!(ask(&first, "").await.expect(200).data()["processed"], true);
    // It waits no longer than it has to.
    let resume = async {
        a.app.post(&a.path("/resume"), &json!({})).await.expect(200);
    };
    let (answer, ()) = tokio::join!(ask(&second, "&wait=60s&channel=REDIS"), resume);
    assert_eq!(answer.expect(200).data()["processed"], true);
    assert_eq!(a.heard.events().await.len(), 2);

    // What others hear doesn't count.
    let other = a.app.stakeholder("other").await;
    a.run("create table u (id int primary key)").await;
    let document =
        json!({ "match": [listen("public.u", &json!(["*"]))], "channels": [{ "type": "SOCKET" }] });
    a.app.put_notifications(&other, &document).await.expect(200);
    a.run("insert into u values (1)").await;
    assert_eq!(ask(&lsn().await, "&wait=60s").await.expect(200).data()["processed"], true);

    let wrong = [
        ("?wait=5s", json!({ "lsn": ["can't be blank"] })),
        ("?lsn=x", json!({ "lsn": ["must be an LSN as Postgres writes it, like 16/B374D848"] })),
        (
            "?lsn=0/0&wait=1h",
            json!({ "wait": ["must be a time like 5s or 500ms, of 60s at most"] }),
        ),
        (
            "?lsn=0/0&channel=x",
            json!({ "channel": ["\"x\" is the name of no channel: there is REDIS"] }),
        ),
        (
            "?lsn=0/0&channel=%00",
            json!({ "channel": ["\"\\0\" is the name of no channel: there is REDIS"] }),
        ),
    ];
    for (query, errors) in wrong {
        let path = format!("/stakeholders/{}/position{query}", a.reader.id);
        assert_eq!(a.app.get(&path).await.expect(422).errors(), &errors);
    }
}

#[tokio::test]
async fn a_test_event_says_whether_a_channel_works() {
    let a = hearing().await;
    let receiver = Receiver::start();
    let channels = json!([
        a.heard.channel(), { "type": "WEBHOOK", "url": receiver.url() }, { "type": "SOCKET" },
    ]);
    let document = json!({ "match": [], "channels": channels });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    let sent = a.app.post(&a.path("/test"), &json!({})).await.expect(200);
    let outcome: Vec<_> = sent
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["channel"], &one["delivered"]))
        .collect();
    assert_eq!(
        outcome,
        [
            (&json!("REDIS"), &json!(true)),
            (&json!("WEBHOOK"), &json!(true)),
            (&json!("SOCKET"), &json!(false))
        ]
    );
    let event = &a.heard.until(1).await[0];
    assert_eq!((&event["type"], &event["id"]), (&json!("integratedb.test"), &sent.data()[0]["id"]));
    assert_eq!(receiver.until_taken(1).await[0]["id"], sent.data()[1]["id"]);
    receiver.answer_with(500);
    let sent = a
        .app
        .post(&a.path("/test"), &json!({ "data": { "channel": "WEBHOOK" } }))
        .await
        .expect(200);
    assert_eq!(sent.data()[0]["delivered"], false);
    assert!(sent.data()[0]["error"].as_str().unwrap().contains("500"), "{}", sent.body);
    let letters = a.app.get(&a.path("/dead-letters")).await.expect(200);
    assert_eq!(letters.data(), &json!([]), "a test leaves nothing");
}

#[tokio::test]
async fn every_instance_serves_everything() {
    let a = hearing().await;
    let second = a.app.beside(|_| {}).await;
    let document = json!({ "match": [listen("public.t", &json!(["*"]))], "channels": [a.heard.channel_named("queue")] });
    second.put_notifications(&a.reader, &document).await.expect(200);
    a.run("insert into t values (1)").await;
    let lsn = column(&a.owner, "select pg_current_wal_insert_lsn()").await.remove(0);
    let path = format!("/stakeholders/{}/position?lsn={lsn}&wait=60s", a.reader.id);
    assert_eq!(second.get(&path).await.expect(200).data()["processed"], true);
    second.post(&a.path("/pause"), &json!({})).await.expect(200);
    a.run("insert into t values (2)").await;
    let status = async || second.get(&a.path("/status")).await.expect(200).data().clone();
    eventually("for the log", async || status().await["channels"][0]["pending"] == 1).await;
    assert_eq!(status().await["stream"]["is_being_read"], true);
    second.post(&a.path("/resume"), &json!({})).await.expect(200);
    assert_eq!(ids(&a.heard.until(2).await), [1, 2]);
    assert_eq!(
        second.post(&a.path("/test"), &json!({})).await.expect(200).data()[0]["delivered"],
        true
    );
    // The one that reads the stream goes, and the other one goes on.
    let Audience { app, owner, heard, .. } = a;
    drop(app);
    run(&owner, "insert into t values (3)").await;
    let events = heard.until(4).await;
    assert_eq!(all_told(&events)[3], "insert public.t");
}

#[tokio::test]
async fn secrets_under_another_key_are_asked_for_again() {
    let a = hearing().await;
    let Audience { app, owner, reader, heard } = a;
    let receiver = Receiver::start();
    let matches = json!([listen("public.t", &json!(["*"]))]);
    let url = receiver.url().replace("http://", "http://user:pass-word@");
    let document = json!({ "match": matches, "channels": [{ "type": "WEBHOOK", "url": url }] });
    app.put_notifications(&reader, &document).await.expect(200);
    let mut renewed = app
        .beside(|settings| {
            settings.secret_key_base = "another secret of this run that is long enough".into();
        })
        .await;
    drop(app);
    let login = json!({ "data": { "username": "root", "password": "correct horse" } });
    let login = renewed.post("/auth/login", &login).await.expect(200);
    renewed.token = login.data()["token"].as_str().map(str::to_owned);
    let a = Audience { app: renewed, owner, reader, heard };
    a.run("insert into t values (1)").await;
    eventually("for the error", async || {
        a.channel().await["last_error"]
            .as_str()
            .is_some_and(|error| error.contains("SECRET_KEY_BASE"))
    })
    .await;
    let sent = a.app.post(&a.path("/test"), &json!({})).await.expect(200);
    assert!(sent.data()[0]["error"].as_str().unwrap().contains("SECRET_KEY_BASE"), "{}", sent.body);
    let rotation = json!({ "data": { "channel": "WEBHOOK" } });
    let refused = a.app.post(&a.path("/rotate"), &rotation).await.expect(409);
    assert!(refused.errors()["detail"].as_str().unwrap().contains("SECRET_KEY_BASE"));
    let shown = a.app.get(&a.path("")).await.expect(200);
    a.app.put_notifications(&a.reader, shown.data()).await.expect(422);
    let answer = a.app.put_notifications(&a.reader, &document).await.expect(200);
    assert!(answer.data()["secrets"]["WEBHOOK"].is_string(), "{}", answer.body);
    receiver.until_taken(1).await;
    eventually("for the error to go", async || a.channel().await["last_error"].is_null()).await;
}

#[tokio::test]
async fn a_put_waits_for_nobody_who_writes_for_long() {
    let tables = "create table t (id int primary key); create table u (id int primary key)";
    let a = Audience::after(tables).await;
    let hasty = a.app.beside(|settings| settings.lock_timeout = Duration::from_secs(2)).await;
    let listen_hastily = async |matches: Value| {
        let document = json!({ "match": matches, "channels": [a.heard.channel()] });
        hasty.put_notifications(&a.reader, &document).await.expect(200)
    };
    a.claim(
        json!([{ "path": "public.t", "fields": ["*"] }, { "path": "public.u", "fields": ["*"] }]),
    )
    .await;
    let writer = a.app.database.owner().await;
    run(&writer, "begin; insert into t values (1)").await;
    // The first slot can't be made meanwhile.
    let answer = listen_hastily(json!([listen("public.t", &json!(["*"]))])).await;
    assert_eq!(answer.data()["from"], Value::Null);
    run(&writer, "insert into t values (2); commit").await;
    eventually("for the stream", async || {
        a.app.get(&a.path("/status")).await.expect(200).data()["stream"]["from"].is_string()
    })
    .await;
    a.run("insert into t values (3)").await;
    eventually("for an event", async || ids(&a.heard.events().await).ends_with(&[3])).await;

    // Nor is told what was written before the table was published.
    run(&writer, "begin; insert into u values (4)").await;
    let both = json!([listen("public.t", &json!(["*"])), listen("public.u", &json!(["*"]))]);
    let answer = listen_hastily(both.clone()).await;
    assert_eq!(answer.data()["from"], Value::Null);
    let answer = a.listen(both).await;
    assert!(answer.data()["from"].is_string(), "nothing more is published: {}", answer.body);
    run(&writer, "insert into u values (5); commit").await;
    a.run("insert into u values (6)").await;
    eventually("for an event", async || ids(&a.heard.events().await).ends_with(&[6])).await;
}

#[tokio::test]
async fn who_waits_longer_than_a_request_may_take_hears_how_it_stands() {
    let a = hearing().await;
    let hasty = a.app.beside(|settings| {
        settings.request_timeout = Duration::from_secs(4);
        settings.lock_timeout = Duration::from_secs(1);
    });
    let path = format!("/stakeholders/{}/position?lsn=FFFFFF/0&wait=60s", a.reader.id);
    let hasty = hasty.await;
    let mut processed = Value::Null;
    // A machine that stands still for so long makes it too late all the same.
    eventually("for an answer in time", async || {
        let answer = hasty.get(&path).await;
        processed = answer.body["data"]["processed"].clone();
        answer.status == 200
    })
    .await;
    assert_eq!(processed, false);
}

#[tokio::test]
async fn dead_channels_are_tried_at_once() {
    let a = hearing().await;
    let receivers = [Receiver::start(), Receiver::start(), Receiver::start()];
    let channels = receivers.iter().enumerate().map(|(no, receiver)| {
        receiver.hang();
        json!({ "type": "WEBHOOK", "name": format!("dead{no}"), "url": receiver.url() })
    });
    let document = json!({ "match": [], "channels": channels.collect::<Vec<_>>() });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    // Each is given up after fifteen seconds, and a request after thirty.
    let sent = a.app.post(&a.path("/test"), &json!({})).await.expect(200);
    let sent = sent.data().as_array().unwrap();
    assert!(sent.len() == 3 && sent.iter().all(|one| one["delivered"] == false), "{sent:?}");
}

#[tokio::test]
async fn of_two_rotations_at_once_neither_secret_is_lost() {
    let a = hearing().await;
    let receiver = Receiver::start();
    let channel = json!({ "type": "WEBHOOK", "url": receiver.url() });
    let document = json!({ "match": [], "channels": [channel] });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    let superuser = a.app.database.superuser().await;
    run(&superuser, "begin; select from integratedb.channels for update").await;
    let rotation = json!({ "data": { "channel": "WEBHOOK" } });
    let go_on = async {
        until_waiting(&a.app.database.superuser().await, 2).await;
        run(&superuser, "commit").await;
    };
    let path = a.path("/rotate");
    let (one, other, ()) =
        tokio::join!(a.app.post(&path, &rotation), a.app.post(&path, &rotation), go_on);
    a.app.post(&a.path("/test"), &json!({})).await.expect(200);
    let request = receiver.until_received(1).await.remove(0);
    for answer in [one, other] {
        let secret = answer.expect(200).data()["secret"].as_str().unwrap().to_owned();
        let verifier = standardwebhooks::Webhook::new(&secret).unwrap();
        verifier.verify(&request.body, &request.headers).expect("signed with each that was shown");
    }
}
