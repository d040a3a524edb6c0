//! What is configured and asked about channels, over the API.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::audience::{Audience, listen};
use crate::operating::{TABLE, hearing};
use crate::support::{
    Collector, RedisServer, all_told, column, eventually, free_port, log_of_postgres,
};

#[tokio::test]
async fn the_example_of_the_guide_comes_back_as_it_was_written() {
    let a = Audience::after(
        "create table orders (id int primary key); create table customers (id int primary key, user_id int)",
    )
    .await;
    let document = json!({
        "match": [
            { "path": "public.orders", "events": ["*"], "fields": ["*"], "channels": ["*"] },
            {
                "path": "public.customers",
                "events": ["INSERT", "UPDATE", "DELETE"],
                "fields": ["id", "user_id"],
                "channels": ["SOCKET", "WEBHOOK", "REDIS"],
            },
        ],
        "channels": [
            { "type": "SOCKET" },
            { "type": "WEBHOOK", "url": "https://hooks.example.com/in" },
            { "type": "REDIS", "url": "redis://redis.example.com", "stream": "orders" },
        ],
    });
    let nothing = json!({ "match": [], "channels": [] });
    assert_eq!(a.app.get(&a.path("")).await.expect(200).data(), &nothing);
    let answer = a.app.put_notifications(&a.reader, &document).await.expect(200);
    assert_eq!(answer.data()["match"], document["match"]);
    assert_eq!(answer.data()["channels"], document["channels"]);
    assert_eq!(a.app.get(&a.path("")).await.expect(200).data(), &document);
    let why: Vec<&str> = answer.data()["not_told"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["path"].as_str().unwrap())
        .collect();
    assert_eq!(why, ["public.orders", "public.customers"]);
    let status = a.app.get(&a.path("/status")).await.expect(200);
    let names: Vec<&str> = status.data()["channels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["SOCKET", "WEBHOOK", "REDIS"]);
    a.app.put_notifications(&a.reader, &nothing).await.expect(200);
    assert_eq!(a.app.get(&a.path("")).await.expect(200).data(), &nothing);
    a.until_no_slot().await;
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let a = Audience::after(TABLE).await;
    let hook =
        |path: &str| json!({ "type": "WEBHOOK", "url": format!("https://a:b@example.com/{path}") });
    let told = json!([{ "path": "public.t", "events": ["*"], "channels": ["*"] }]);
    let document = json!({ "match": told, "channels": [hook("one"), { "type": "SOCKET" }] });
    let put = async |document: &Value, query: &str| {
        a.app.put(&format!("{}{query}", a.path("")), &json!({ "data": document })).await
    };
    let nothing = a.app.get(&a.path("")).await.expect(200);
    let planned = put(&document, "?dry_run=true").await.expect(200);
    let expected = json!({
        "is_change": true,
        "matches": { "added": [{ "path": "public.t", "events": ["*"], "channels": ["*"] }], "removed": [] },
        "channels": { "added": ["WEBHOOK", "SOCKET"], "removed": [], "changed": [] },
        "alerts_change": false,
        "new_secrets": ["WEBHOOK"],
    });
    assert_eq!(planned.data()["dry_run"], expected);
    assert_eq!(planned.data()["not_told"][0]["path"], "public.t");
    assert_eq!((planned.data().get("secrets"), planned.data().get("from")), (None, None));
    assert_eq!(planned.header("etag"), nothing.header("etag"));
    assert_eq!(a.app.get(&a.path("")).await.expect(200).body, nothing.body);
    let status = a.app.get(&a.path("/status")).await.expect(200);
    assert_eq!(status.data()["channels"], json!([]));
    let audit = a.app.get("/audit?action=notifications").await.expect(200);
    assert_eq!(audit.data(), &json!([]));

    let stored = put(&document, "").await.expect(200);
    let same =
        put(a.app.get(&a.path("")).await.expect(200).data(), "?dry_run=true").await.expect(200);
    assert_eq!(same.data()["dry_run"]["is_change"], false, "{}", same.body);
    assert_eq!(same.header("etag"), stored.header("etag"));
    let other = json!({ "match": [], "channels": [hook("two")], "alerts": ["*"] });
    let planned = put(&other, "?dry_run=true").await.expect(200);
    let plan = &planned.data()["dry_run"];
    let channels = json!({ "added": [], "removed": ["SOCKET"], "changed": ["WEBHOOK"] });
    assert_eq!(plan["channels"], channels);
    assert_eq!((&plan["alerts_change"], &plan["new_secrets"]), (&json!(true), &json!([])));
    assert_eq!(plan["matches"]["removed"], document["match"]);

    // What would be refused is, and so is what is asked of another version.
    let nowhere = json!({ "match": [{ "path": "public.gone", "events": ["*"], "channels": ["*"] }],
                          "channels": [{ "type": "SOCKET" }] });
    let refused = put(&nowhere, "?dry_run=true").await.expect(422);
    assert_eq!(refused.errors()["detail"][0][1], "#/match/0/path");
    let refused = put(&document, "?dry_run=maybe").await.expect(422);
    assert_eq!(refused.errors()["dry_run"], json!(["must be true or false"]));
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("if-match", nothing.header("etag").parse().unwrap());
    let (path, body) = (format!("{}?dry_run=true", a.path("")), json!({ "data": other }));
    a.app.send_with(reqwest::Method::PUT, &path, headers, Some(&body)).await.expect(412);
}

/// All that stands in the registry, and what the API tells of the channels.
async fn everything(a: &Audience) -> String {
    let superuser = a.app.database.superuser().await;
    let tables = "select format('%I.%I', schemaname, tablename)
                  from pg_tables where schemaname = 'integratedb'";
    let mut all = String::new();
    for table in column(&superuser, tables).await {
        all += &column(&superuser, &format!("select t::text from {table} t")).await.concat();
    }
    for path in ["", "/status", "/dead-letters"] {
        all += &a.app.get(&a.path(path)).await.expect(200).body.to_string();
    }
    all + &log_of_postgres(&superuser).await
}

#[tokio::test]
async fn a_signing_secret_is_shown_once_and_stands_nowhere() {
    let a = Audience::after(TABLE).await;
    let document = json!({ "match": [], "channels": [
        { "type": "WEBHOOK", "name": "hook", "url": "https://user:pass-word-1@example.com/in" },
    ]});
    let answer = a.app.put_notifications(&a.reader, &document).await.expect(200);
    let secret = answer.data()["secrets"]["hook"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let shown = a.app.get(&a.path("")).await.expect(200);
    assert_eq!(shown.data()["channels"][0]["url"], "https://user:***@example.com/in");

    for document in [&document, shown.data()] {
        let answer = a.app.put_notifications(&a.reader, document).await.expect(200);
        assert_eq!(answer.data().get("secrets"), None, "{}", answer.body);
    }
    let rotation = json!({ "data": { "channel": "hook" } });
    let rotated = a.app.post(&a.path("/rotate"), &rotation).await.expect(200);
    let another = rotated.data()["secret"].as_str().unwrap().to_owned();
    assert!(another.starts_with("whsec_") && another != secret);
    let all = everything(&a).await;
    for hidden in [&secret, &another, "pass-word-1"] {
        assert!(!all.contains(hidden.trim_start_matches("whsec_")), "{hidden}");
    }

    // A channel that goes takes its secret with it.
    let nothing = json!({ "match": [], "channels": [] });
    a.app.put_notifications(&a.reader, &nothing).await.expect(200);
    let masked = shown.data();
    let answer = a.app.put_notifications(&a.reader, masked).await.expect(422);
    assert_eq!(answer.errors()["detail"][0][1], "#/channels/0/url");
    let answer = a.app.put_notifications(&a.reader, &document).await.expect(200);
    assert_ne!(answer.data()["secrets"]["hook"], secret.as_str());
}

#[tokio::test]
async fn a_password_that_is_shown_as_stars_is_kept() {
    let server = RedisServer::start_with(&["--requirepass", "pass-word-2"]).await;
    let a = Audience::after(TABLE).await;
    a.claim(json!([{ "path": "public.t", "fields": ["*"] }])).await;
    let url = server.url().replace("redis://", "redis://:pass-word-2@");
    let document = json!({
        "match": [listen("public.t", &json!(["*"]))],
        "channels": [{ "type": "REDIS", "url": url, "stream": "s" }],
    });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    let mut shown = a.app.get(&a.path("")).await.expect(200).data().clone();
    assert!(shown["channels"][0]["url"].as_str().unwrap().contains("***"), "{shown}");
    shown["channels"][0]["stream"] = json!("another");
    a.app.put_notifications(&a.reader, &shown).await.expect(200);
    a.run("insert into t values (1)").await;
    eventually("for an event", async || a.channel().await["delivered"] == 1).await;
    assert_eq!(a.channel().await["last_error"], Value::Null);
    assert!(!everything(&a).await.contains("pass-word-2"));
    shown["channels"][0]["url"] = json!("redis://:***@127.0.0.1:1");
    a.app.put_notifications(&a.reader, &shown).await.expect(422);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_once_with_pointers() {
    let a = Audience::after(TABLE).await;
    let document = json!({
        "match": [{ "path": "public.t", "fields": ["word", "none"], "events": ["ALL"], "channels": ["hook"], "when": 1 }],
        "channels": [{ "type": "REDIS", "url": "redis://x", "stream": "a", "channel": "b" }, { "type": "PIGEON" }],
        "more": true,
    });
    let answer = a.app.put_notifications(&a.reader, &document).await.expect(422);
    let pointers: Vec<&str> = answer.errors()["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault[1].as_str().unwrap())
        .collect();
    for pointer in [
        "#/more",
        "#/match/0/when",
        "#/match/0/events/0",
        "#/match/0/channels/0",
        "#/channels/1/type",
    ] {
        assert!(pointers.contains(&pointer), "{pointer}: {}", answer.body);
    }
    let faults = a.refuses(json!([
        { "path": "public.none", "events": ["*"], "channels": ["*"] },
        { "path": "public.t", "fields": ["none", { "name": "word", "type": "int" }], "events": ["*"], "channels": ["*"] },
    ]));
    assert_eq!(
        faults.await,
        [
            "#/match/0/path path: `public.none` does not exist.",
            "#/match/1/fields/0 path: `public.t`, field: `none` does not exist.",
            "#/match/1/fields/1/type path: `public.t`, field: `word`: specified value `int` does not match existing column value `text`.",
        ]
    );
    for rest in ["", "/status", "/dead-letters"] {
        a.app.get(&format!("/stakeholders/999/notifications{rest}")).await.expect(404);
    }
    a.app
        .put("/stakeholders/999/notifications", &json!({ "data": { "match": [], "channels": [] } }))
        .await
        .expect(404);
    for rest in ["/pause", "/resume", "/test", "/rotate"] {
        let unknown = json!({ "data": { "channel": "none" } });
        let answer = a.app.post(&a.path(rest), &unknown).await.expect(422);
        let message = "\"none\" is the name of no channel: the stakeholder has none";
        assert_eq!(answer.errors(), &json!({ "channel": [message] }), "{rest}");
        let odd = json!({ "data": { "channel": 7 } });
        assert_eq!(
            a.app.post(&a.path(rest), &odd).await.expect(422).errors(),
            &json!({ "channel": ["is invalid"] })
        );
        a.app.post(&format!("/stakeholders/999/notifications{rest}"), &unknown).await.expect(404);
    }
}

#[tokio::test]
async fn the_status_says_how_far_a_channel_is() {
    let mut server = RedisServer::start().await;
    let a = Audience::after(TABLE).await;
    a.claim(json!([{ "path": "public.t", "fields": ["*"] }])).await;
    let document = json!({
        "match": [listen("public.t", &json!(["*"]))],
        "channels": [{ "type": "REDIS", "name": "queue", "url": server.url(), "stream": "s" }],
    });
    let answer = a.app.put_notifications(&a.reader, &document).await.expect(200);
    let status = a.app.get(&a.path("/status")).await.expect(200);
    let stream = &status.data()["stream"];
    assert!(answer.data()["from"].is_string() && stream["from"].is_string(), "{}", status.body);
    a.run("insert into t values (1)").await;
    eventually("for an event", async || a.channel().await["delivered"] == 1).await;
    let channel = a.channel().await;
    assert_eq!((&channel["name"], &channel["type"]), (&json!("queue"), &json!("REDIS")));
    assert_eq!(
        (&channel["pending"], &channel["paused"], &channel["lag_bytes"]),
        (&json!(0), &json!(false), &json!(0))
    );
    server.stop();
    a.run("insert into t values (2); insert into t values (3)").await;
    eventually("for an error", async || a.channel().await["last_error"].is_string()).await;
    eventually("for what is pending", async || a.channel().await["pending"] == 2).await;
    let channel = a.channel().await;
    assert!(
        channel["failures"].as_i64() > Some(0) && channel["lag_bytes"].as_i64() > Some(0),
        "{channel}"
    );
    assert!(channel["oldest_pending_at"].is_string() && channel["last_error_at"].is_string());
    server.start_again().await;
    eventually("for all", async || a.channel().await["pending"] == 0).await;
    eventually("for the error to go", async || a.channel().await["last_error"].is_null()).await;
    assert_eq!(a.channel().await["delivered"], 3);
}

#[tokio::test]
async fn another_setting_counts_from_where_the_channel_was() {
    let a = hearing().await;
    a.run("insert into t values (1, 'one')").await;
    a.heard.until(1).await;
    a.until_through().await;
    let other = Collector::new().await;
    let document =
        json!({ "match": [listen("public.t", &json!(["*"]))], "channels": [other.channel()] });
    a.app.post(&a.path("/pause"), &json!({})).await.expect(200);
    a.run("insert into t values (2, 'two')").await;
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    assert_eq!(a.channel().await["paused"], true);
    a.app.post(&a.path("/resume"), &json!({})).await.expect(200);
    a.run("insert into t values (3, 'three')").await;
    assert_eq!(other.until(2).await[0]["data"]["new"]["word"], "two");
    assert_eq!(a.heard.events().await.len(), 1);

    // Two channels, and a match for each.
    let second = Collector::new().await;
    let mut inserts = listen("public.t", &json!(["INSERT"]));
    inserts["channels"] = json!(["first"]);
    let mut deletes = listen("public.t", &json!(["DELETE"]));
    deletes["channels"] = json!(["second"]);
    let channels = json!([other.channel_named("first"), second.channel_named("second")]);
    let document = json!({ "match": [inserts, deletes], "channels": channels });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    a.run("insert into t values (4, 'four'); delete from t where id = 4").await;
    assert_eq!(all_told(&second.until(1).await), ["delete public.t"]);
    assert_eq!(all_told(&other.until(3).await), ["insert public.t"; 3]);
}

/// Somebody who is no Redis, and says so to all that come.
async fn no_redis() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut visitor, _)) = listener.accept().await {
            // They may have hung up.
            let _ = visitor.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    port
}

#[tokio::test]
async fn a_key_of_a_stakeholder_is_not_told_why_a_redis_cannot_be_reached() {
    let mut a = hearing().await;
    let ports = [free_port(), no_redis().await];
    let channel = |port: &u16| {
        let (name, url) = (format!("at_{port}"), format!("redis://127.0.0.1:{port}"));
        json!({ "type": "REDIS", "name": name, "url": url, "stream": "orders" })
    };
    let channels: Vec<Value> = ports.iter().map(channel).collect();
    let document = json!({
        "match": [{ "path": "public.t", "events": ["*"], "channels": ["*"] }],
        "channels": channels,
    });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    let errors = async |a: &Audience| {
        let sent = a.app.post(&a.path("/test"), &json!({ "data": {} })).await.expect(200);
        let sent = sent.data().as_array().unwrap().clone();
        sent.iter().map(|one| one["error"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let in_full = errors(&a).await;
    let key = json!({ "key": { "name": "own", "stakeholder_id": a.reader.id } });
    let key = a.app.post("/keys", &key).await.expect(201).data()["key"].clone();
    a.app.token = key.as_str().map(str::to_owned);
    let in_short = errors(&a).await;
    for ((port, full), short) in ports.iter().zip(in_full).zip(in_short) {
        assert_eq!(short, format!("Redis at 127.0.0.1:{port} can't be reached"));
        assert!(full.starts_with(&format!("{short}: ")), "{full}");
    }
}
