//! What one channel has heard, and whether it may have been so.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use integratedb::changes::Position;
use serde_json::Value;

/// Within what events have to arrive in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// All that the channel hears, and so each table.
    Whole,
    /// The changes of one row.
    ByKey,
}

/// A channel's ear. Clones hear for the same.
#[derive(Clone)]
pub struct Ear(Arc<Mutex<Heard>>);

/// What was heard.
pub struct Heard {
    pub name: &'static str,
    order: Order,
    /// What happened according to the events, each once, as [`fact`] has it.
    pub facts: HashSet<String>,
    ids: HashSet<String>,
    /// The last position within what is in order.
    last: HashMap<String, Position>,
    /// The last revision of each row.
    revisions: HashMap<String, i64>,
    pub duplicates: usize,
    pub gaps: Vec<Value>,
    pub faults: Vec<String>,
    /// When something new was heard.
    pub at: Instant,
}

/// A change in one line, as the truth has it too.
pub fn fact(subject: &str, operation: &str, id: i64, revision: i64, transaction: i64) -> String {
    format!("{operation} {subject} {id} at revision {revision} by {transaction}")
}

impl Ear {
    pub fn new(name: &'static str, order: Order) -> Self {
        Self(Arc::new(Mutex::new(Heard {
            name,
            order,
            facts: HashSet::new(),
            ids: HashSet::new(),
            last: HashMap::new(),
            revisions: HashMap::new(),
            duplicates: 0,
            gaps: Vec::new(),
            faults: Vec::new(),
            at: Instant::now(),
        })))
    }

    /// Hears an event, as it came.
    pub fn hear(&self, event: &Value) {
        self.heard().hear(event);
    }

    pub fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap()
    }

    /// Waits until something new was heard after a moment; answers how long after.
    pub async fn until_news(&self, since: Instant) -> Duration {
        loop {
            let at = self.heard().at;
            if at > since {
                return at - since;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Heard {
    fn hear(&mut self, event: &Value) {
        let id = event["id"].as_str().expect("an id").to_owned();
        if !self.ids.insert(id.clone()) {
            self.duplicates += 1;
            return;
        }
        self.at = Instant::now();
        if event["type"] == "integratedb.gap" {
            self.gaps.push(event.clone());
            return;
        }
        let position: Position = id.parse().expect("a position");
        let data = &event["data"];
        let subject = event["subject"].as_str().expect("a subject");
        let operation = data["operation"].as_str().expect("an operation");
        let row = if operation == "DELETE" { &data["old"] } else { &data["new"] };
        let row = row["id"].as_i64().expect("an id of a row");
        let revision = match operation {
            "DELETE" => 0,
            _ => data["new"]["revision"].as_i64().expect("a revision"),
        };
        let transaction = data["transaction"]["id"].as_i64().expect("a transaction");
        if !self.facts.insert(fact(subject, operation, row, revision, transaction)) {
            self.faults.push(format!("told under two ids: {event}"));
        }
        let key = format!("{subject} {row}");
        let whole = String::new();
        let within = if self.order == Order::Whole { &whole } else { &key };
        if self.last.insert(within.clone(), position).is_some_and(|last| last >= position) {
            self.faults.push(format!("later than what came after it: {event}"));
        }
        let next = if operation == "DELETE" { i64::MAX } else { revision };
        if self.revisions.insert(key.clone(), next).is_some_and(|last| last >= next) {
            self.faults.push(format!("an older revision of the row than before: {event}"));
        }
        if subject == "proof.tallies" && operation == "UPDATE" {
            self.count(&key, data);
        }
    }

    /// A counter without a hole has none in what is heard of it.
    fn count(&mut self, key: &str, data: &Value) {
        let n = data["new"]["n"].as_i64().expect("a number");
        let before = self.revisions.insert(format!("{key} n"), n).unwrap_or_default();
        if before + 1 != n {
            self.faults.push(format!("{key} went from {before} to {n}"));
        }
    }
}
