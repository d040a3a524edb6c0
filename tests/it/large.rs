//! Rows of many megabytes.

use serde_json::json;

use crate::audience::{Audience, listen};
use crate::support::Receiver;

#[tokio::test]
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
