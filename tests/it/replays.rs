//! Channels told again: from an event, a time or an LSN, and never further on than they are.

use serde_json::{Value, json};

use crate::audience::{Audience, listen};
use crate::operating::{TABLE, hearing, ids};
use crate::support::stream::Socket;
use crate::support::{column, eventually};

const NOW: &str =
    "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

#[tokio::test]
async fn a_replay_never_skips_what_waits() {
    let a = hearing().await;
    a.run("insert into t values (1)").await;
    a.heard.until(1).await;
    a.until_through().await;
    a.app.post(&a.path("/pause"), &json!({})).await.expect(200);
    let between = column(&a.owner, NOW).await.remove(0);
    a.run("insert into t values (2); insert into t values (3)").await;
    eventually("for the log", async || a.channel().await["pending"] == 2).await;
    let last = "select lsn || ':' || index from integratedb.log order by lsn desc, index desc";
    let last = column(&a.app.database.superuser().await, last).await.remove(0);
    let now = column(&a.owner, NOW).await.remove(0);
    let lsn = column(&a.owner, "select pg_current_wal_insert_lsn()").await.remove(0);
    let before = a.channel().await;
    let why = format!(
        "is not before where REDIS is ({}): a replay only goes back, and what comes after that is \
         told without it",
        before["position"].as_str().unwrap()
    );
    for from in [last.as_str(), &lsn, &between, &now, "2999-01-01T00:00:00Z"] {
        for body in [json!({ "from": from }), json!({ "from": from, "channel": "REDIS" })] {
            let answer = a.app.post(&a.path("/replay"), &json!({ "data": body })).await;
            assert_eq!(answer.expect(422).errors(), &json!({ "from": [why] }), "{from}");
        }
    }
    let after = a.channel().await;
    assert_eq!((&after["position"], &after["pending"]), (&before["position"], &json!(2)));
    a.app.post(&a.path("/resume"), &json!({})).await.expect(200);
    assert_eq!(ids(&a.heard.until(3).await), [1, 2, 3]);
}

#[tokio::test]
async fn of_several_channels_those_that_are_behind_stay_where_they_are() {
    let a = hearing().await;
    let document = json!({
        "match": [listen("public.t", &json!(["*"]))],
        "channels": [{ "type": "SOCKET" }, a.heard.channel()],
    });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    a.run("insert into t values (1)").await;
    let event = a.heard.until(1).await.remove(0)["id"].clone();
    let status = async || a.app.get(&a.path("/status")).await.expect(200).data().clone();
    let of = |status: &Value, name: &str| {
        let channels = status["channels"].as_array().unwrap();
        channels.iter().find(|channel| channel["name"] == name).unwrap().clone()
    };
    eventually("for REDIS", async || of(&status().await, "REDIS")["pending"] == 0).await;
    let before = of(&status().await, "SOCKET");
    a.app.post(&a.path("/replay"), &json!({ "data": { "from": event } })).await.expect(200);
    eventually("for the event", async || a.heard.texts().await.len() == 2).await;
    assert_eq!(of(&status().await, "SOCKET")["position"], before["position"]);
    let audit = a.app.get("/audit?action=notifications.replay").await.expect(200);
    let changed = audit.data()[0]["after"].as_object().unwrap();
    assert_eq!(changed.keys().collect::<Vec<_>>(), ["REDIS"]);
    let socket = json!({ "data": { "from": event, "channel": "SOCKET" } });
    a.app.post(&a.path("/replay"), &socket).await.expect(422);
}

#[tokio::test]
async fn an_lsn_that_was_told_can_be_given_back() {
    let a = Audience::after(TABLE).await;
    a.claim(json!([{ "path": "public.t", "fields": ["*"] }])).await;
    let document = json!({
        "match": [listen("public.t", &json!(["*"]))],
        "channels": [a.heard.channel(), { "type": "SOCKET" }],
    });
    let answer = a.app.put_notifications(&a.reader, &document).await.expect(200);
    let from = answer.data()["from"].as_str().unwrap().to_owned();
    let token = a.app.token_of(&a.reader).await;
    let open = async |from: &str| {
        let path = format!("/stakeholders/{}/socket{from}", a.reader.id);
        let mut socket = Socket::open(&a.app, &path, Some(&token)).await.unwrap();
        let begun = socket.json().await["from"].as_str().unwrap().to_owned();
        (socket, begun)
    };
    let (mut live, begun) = open("").await;
    a.run("insert into t values (1)").await;
    let event = live.json().await;
    assert_eq!(a.heard.until(1).await[0]["id"], event["id"]);
    a.until_through().await;
    for lsn in [&from, &begun] {
        let (mut socket, _) = open(&format!("?from={lsn}")).await;
        assert_eq!(socket.json().await["id"], event["id"], "{lsn}");
    }
    a.app.post(&a.path("/replay"), &json!({ "data": { "from": from } })).await.expect(200);
    eventually("for the event", async || a.heard.texts().await.len() == 2).await;
}

#[tokio::test]
async fn events_are_told_again_from_an_id_or_a_time() {
    let a = hearing().await;
    a.run("insert into t values (1), (2)").await;
    a.run("insert into t values (3)").await;
    let time = column(&a.owner, NOW).await.remove(0);
    a.run("insert into t values (4)").await;
    let events = a.heard.until(4).await;
    let replay = async |from: &Value| {
        a.until_through().await;
        a.app.post(&a.path("/replay"), &json!({ "data": { "from": from } })).await
    };
    let again = async |before: usize, count: usize| {
        eventually("for events", async || a.heard.texts().await.len() >= before + count).await;
        a.until_through().await;
        let texts = a.heard.texts().await;
        let events = texts[before..].iter().map(|text| serde_json::from_str(text).unwrap());
        ids(&events.collect::<Vec<Value>>())
    };
    replay(&events[1]["id"]).await.expect(200);
    assert_eq!(again(4, 3).await, [2, 3, 4]);
    replay(&events[0]["id"]).await.expect(200);
    assert_eq!(again(7, 4).await, [1, 2, 3, 4]);
    replay(&json!(time)).await.expect(200);
    assert_eq!(again(11, 1).await, [4]);

    let wrong = [
        (json!("FFFFFFFF/0:0"), "is after everything that has happened"),
        (
            json!("yesterday"),
            "must be the id of an event like 16/B374D848:3, an LSN like 16/B374D848, or a time like 2026-11-24T15:00:00Z",
        ),
        (json!(null), "can't be blank"),
        (json!(7), "is invalid"),
    ];
    for (from, message) in wrong {
        assert_eq!(replay(&from).await.expect(422).errors(), &json!({ "from": [message] }));
    }
    a.run("insert into t values (5)").await;
    assert_eq!(again(12, 1).await, [5]);
}

#[tokio::test]
async fn a_time_before_the_log_begins_is_told_with_a_gap() {
    let a = hearing().await;
    a.run("insert into t values (1)").await;
    a.heard.until(1).await;
    a.until_through().await;
    let superuser = a.app.database.superuser().await;
    // Which waits only shortly for whoever writes to it.
    let expire = "select integratedb.rotate_log(); select integratedb.expire_log('0 s')";
    eventually("for the log", async || superuser.simple_query(expire).await.is_ok()).await;
    // An instance that remembers nothing.
    let second = a.app.beside(|_| {}).await;
    let Audience { app, reader, heard, owner } = a;
    drop(app);
    let a = Audience { app: second, reader, heard, owner };
    let from = json!({ "data": { "from": "2001-01-01T00:00:00Z" } });
    a.app.post(&a.path("/replay"), &from).await.expect(200);
    a.run("insert into t values (2)").await;
    let events = a.heard.until(3).await;
    assert_eq!(events[1]["type"], "integratedb.gap");
    assert_eq!(events[2]["data"]["key"], json!({ "id": 2 }));
}
