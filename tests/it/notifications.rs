//! What applications hear of, from the document to the channel.

use serde_json::{Value, json};

use crate::support::RedisServer;
use crate::support::{Stakeholder, TestApp, eventually, run, unique};

const ORDERS: &str = "create table public.orders
  (id bigint primary key, status text, quantity integer, secret text)";

/// A stakeholder that claims all of `public.orders` but its secret, and hears of it
/// through a stream of Redis.
async fn listening(app: &TestApp, matches: &Value) -> (Stakeholder, Stream) {
    run(&app.database.owner().await, ORDERS).await;
    let stakeholder = app.stakeholder("reader").await;
    let fields = json!(["id", "status", "quantity"]);
    app.claim(&stakeholder, &json!([{ "path": "public.orders", "fields": fields }])).await;
    let stream = Stream::new().await;
    let document = json!({ "match": matches, "channels": [stream.settings()] });
    app.put_notifications(&stakeholder, &document).await.expect(200);
    (stakeholder, stream)
}

/// A stream of the run's Redis.
struct Stream {
    server: &'static RedisServer,
    name: String,
}

impl Stream {
    async fn new() -> Self {
        Self { server: RedisServer::shared().await, name: unique("orders") }
    }

    fn settings(&self) -> Value {
        json!({ "type": "REDIS", "url": self.server.url(), "stream": self.name })
    }

    /// The events that have arrived, each once.
    async fn events(&self) -> Vec<Value> {
        let mut connection = self.server.connection().await;
        let entries: redis::streams::StreamRangeReply = redis::cmd("XRANGE")
            .arg(&self.name)
            .arg("-")
            .arg("+")
            .query_async(&mut connection)
            .await
            .unwrap();
        let mut seen = std::collections::HashSet::new();
        let events = entries.ids.iter().map(|entry| entry.get::<String>("event").unwrap());
        let events = events.map(|event| serde_json::from_str::<Value>(&event).unwrap());
        events.filter(|event| seen.insert(event["id"].to_string())).collect()
    }

    async fn until(&self, count: usize) -> Vec<Value> {
        eventually("for events", async || self.events().await.len() >= count).await;
        self.events().await
    }
}

#[tokio::test]
async fn changes_arrive_in_order_with_what_the_claims_let_be_read() {
    let app = TestApp::start().await;
    let everything = json!([{
        "path": "public.orders", "fields": ["*"], "events": ["*"], "channels": ["*"]
    }]);
    let (_, stream) = listening(&app, &everything).await;
    let owner = app.database.owner().await;
    run(&owner, "insert into public.orders values (1, 'new', 3, 'hidden')").await;
    run(&owner, "update public.orders set status = 'paid' where id = 1").await;
    run(&owner, "delete from public.orders").await;
    run(&owner, "truncate public.orders").await;

    let events = stream.until(4).await;
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["insert", "update", "delete", "truncate"].map(|kind| format!("integratedb.{kind}"))
    );
    let insert = &events[0];
    assert_eq!(insert["subject"], "public.orders");
    assert_eq!(insert["data"]["new"], json!({ "id": 1, "status": "new", "quantity": 3 }));
    assert_eq!(insert["data"]["key"], json!({ "id": 1 }));
    assert_eq!(events[1]["data"]["new"]["status"], "paid");
    assert_eq!(events[2]["data"]["old"], json!({ "id": 1 }));
    assert!(!events.iter().any(|event| event.to_string().contains("hidden")));
}
