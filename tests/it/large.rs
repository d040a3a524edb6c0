//! Rows of many megabytes.

use serde_json::json;

use crate::audience::{Audience, listen};
use crate::backfill::{ask, ended};
use crate::support::{Receiver, TestApp};

// On one thread the leader would show no sign of life while the row is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_takes_long_to_read_arrives_and_what_comes_after_it() {
    let receiver = Receiver::start();
    let a = Audience::after("create table t (id int primary key, word text)").await;
    a.claim(json!([{ "path": "public.t", "fields": ["*"] }])).await;
    let channel = json!({ "type": "WEBHOOK", "url": receiver.url(), "timeout_ms": 120_000 });
    let document = json!({ "match": [listen("public.t", &json!(["*"]))], "channels": [channel] });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    a.run("insert into t values (1, repeat('x', 40000000)); insert into t values (2, 'y')").await;
    let events = receiver.until_taken(2).await;
    let length = |id: i32| {
        let event = events.iter().find(|event| event["data"]["key"]["id"] == id).unwrap();
        event["data"]["new"]["word"].as_str().unwrap().len()
    };
    assert_eq!((length(1), length(2)), (40_000_000, 1));
}

#[tokio::test]
async fn a_row_that_is_larger_than_the_stream_takes_fails_its_backfill() {
    let app = TestApp::start_with(|settings| settings.limits.largest = 1 << 20).await;
    let table = "create table t (id int primary key, word text);
                 insert into t values (1, 'x'), (2, repeat('x', 1100000))";
    let a = Audience::at(app, table).await;
    a.claim(json!([{ "path": "public.t", "fields": ["*"] }])).await;
    a.listen(json!([listen("public.t", &json!(["*"]))])).await;
    let asked = ask(&a.app, &a.reader, &json!({ "match": 0 })).await.expect(201).data().clone();
    let ended = ended(&a.app, &a.reader, &asked).await;
    assert_eq!(ended["state"], "failed", "{ended}");
    let error = ended["error"].as_str().unwrap();
    assert!(error.starts_with("public.t: a row takes 110"), "{error}");
    assert!(error.ends_with(" bytes, which is larger than CHANGES_LARGEST_MB"), "{error}");
}
