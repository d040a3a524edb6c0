//! A stream of Redis that collects what a channel tells.

use std::collections::HashSet;
use std::sync::LazyLock;

use jsonschema::Validator;
use redis::streams::StreamRangeReply;
use serde_json::{Value, json};

use super::{RedisServer, eventually, unique};

/// A stream of the run's Redis. What arrives there has to be what is published of
/// events.
pub struct Collector {
    server: &'static RedisServer,
    name: String,
}

impl Collector {
    pub async fn new() -> Self {
        Self { server: RedisServer::shared().await, name: unique("stream") }
    }

    /// The channel that leads here, as a document has it.
    pub fn channel(&self) -> Value {
        json!({ "type": "REDIS", "url": self.server.url(), "stream": self.name })
    }

    /// The same by another name.
    pub fn channel_named(&self, name: &str) -> Value {
        let mut channel = self.channel();
        channel["name"] = json!(name);
        channel
    }

    /// All that has arrived, word for word and as often as it did.
    pub async fn texts(&self) -> Vec<String> {
        self.read(redis::cmd("XRANGE").arg(&self.name).arg("-").arg("+")).await
    }

    async fn read(&self, command: &redis::Cmd) -> Vec<String> {
        let mut connection = self.server.connection().await;
        let entries = command.query_async::<StreamRangeReply>(&mut connection).await;
        let entries = entries.expect("the entries of a stream").ids;
        entries.iter().map(|entry| entry.get("event").expect("an event")).collect()
    }

    /// The events that have arrived, each once.
    pub async fn events(&self) -> Vec<Value> {
        let mut seen = HashSet::new();
        let texts = self.texts().await.into_iter();
        let events = texts.map(|text| serde_json::from_str::<Value>(&text).expect("JSON"));
        let events: Vec<Value> =
            events.filter(|event| seen.insert(event["id"].to_string())).collect();
        events.iter().for_each(is_as_published);
        events
    }

    /// The last event that has arrived.
    pub async fn last(&self) -> Option<Value> {
        let mut newest = redis::cmd("XREVRANGE");
        newest.arg(&self.name).arg("+").arg("-").arg("COUNT").arg(1);
        let text = self.read(&newest).await.pop()?;
        Some(serde_json::from_str(&text).expect("JSON"))
    }

    /// Waits for so many events, and answers all that there are by then.
    pub async fn until(&self, count: usize) -> Vec<Value> {
        // It reads them only when there may be enough: they may be thousands.
        eventually("for events", async || {
            self.length().await >= count && self.events().await.len() >= count
        })
        .await;
        self.events().await
    }

    async fn length(&self) -> usize {
        let mut connection = self.server.connection().await;
        let length = redis::cmd("XLEN").arg(&self.name).query_async(&mut connection).await;
        length.expect("the length of a stream")
    }

    /// Waits for an event that says this, and answers all that there are by then.
    pub async fn until_told(&self, word: &str) -> Vec<Value> {
        eventually(word, async || self.texts().await.iter().any(|text| text.contains(word))).await;
        self.events().await
    }
}

/// What an event says happened, such as `insert public.orders`.
fn told(event: &Value) -> String {
    let kind = event["type"].as_str().expect("a type").trim_start_matches("integratedb.");
    format!("{kind} {}", event["subject"].as_str().unwrap_or("-"))
}

/// The same of several.
pub fn all_told(events: &[Value]) -> Vec<String> {
    events.iter().map(told).collect()
}

/// Asserts that an event is what its published schema says.
fn is_as_published(event: &Value) {
    static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
        let schema = include_str!("../../../priv/spec/event.schema.json");
        let schema: Value = serde_json::from_str(schema).expect("JSON");
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        options.build(&schema).expect("a schema")
    });
    let faults: Vec<String> = SCHEMA.iter_errors(event).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{event:#}\n{faults:#?}");
}
