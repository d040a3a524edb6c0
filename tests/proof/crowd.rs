//! A crowd of clients at the API: what it is answered, and what is there afterwards.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::program::Serve;

/// Columns of the table that everybody claims some of.
const COLUMNS: usize = 8;

/// The table, for its owner to make.
pub const TABLE: &str = "create table proof.wide (
    id int primary key, c0 text, c1 text, c2 text, c3 text, c4 text, c5 text, c6 text, c7 text)";

/// Where the program is, and with what it is called; it may move.
pub type Door = Arc<Mutex<String>>;

/// Clients that go on until they are told to stop.
pub struct Crowd {
    door: Door,
    served: Arc<AtomicU64>,
    members: Vec<JoinHandle<Member>>,
    stop: Arc<Mutex<bool>>,
}

/// A client, and the stakeholder that only it changes.
pub struct Member {
    http: reqwest::Client,
    door: Door,
    served: Arc<AtomicU64>,
    token: String,
    random: StdRng,
    pub name: String,
    pub stakeholder: Option<i64>,
    /// Whether it wanted to be none any longer, and wasn't told what became of that.
    pub may_be_gone: bool,
    /// The columns that it claims, as far as it was told, and what else they may be,
    /// because an answer was lost.
    pub claimed: Vec<Vec<String>>,
    /// How often it was answered what; 0 where the connection was lost.
    pub answers: BTreeMap<u16, u64>,
    /// What it couldn't be served with, and why.
    pub refusals: Vec<String>,
}

impl Crowd {
    /// So many clients at this program.
    pub fn begin(serve: &Serve, token: &str, size: usize, seed: u64) -> Self {
        let door = Arc::new(Mutex::new(serve.origin.clone()));
        let stop = Arc::new(Mutex::new(false));
        let served = Arc::new(AtomicU64::new(0));
        let members = (0..size).map(|number| {
            let member = Member {
                http: reqwest::Client::builder()
                    .timeout(Duration::from_mins(5))
                    .pool_idle_timeout(Duration::from_secs(1))
                    .build()
                    .expect("a client"),
                door: Arc::clone(&door),
                served: Arc::clone(&served),
                token: token.to_owned(),
                random: StdRng::seed_from_u64(seed.wrapping_add(number as u64)),
                name: format!("crowd_{number}"),
                stakeholder: None,
                may_be_gone: false,
                claimed: Vec::new(),
                answers: BTreeMap::new(),
                refusals: Vec::new(),
            };
            tokio::spawn(member.go_on(Arc::clone(&stop)))
        });
        Self { members: members.collect(), door, served, stop }
    }

    /// Lets them go on with a program that was started again.
    pub fn go_to(&self, serve: &Serve) {
        self.door.lock().unwrap().clone_from(&serve.origin);
    }

    /// How many answers there were for all of them.
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// Lets each finish what it does.
    pub async fn end(self) -> Vec<Member> {
        *self.stop.lock().unwrap() = true;
        let ended = futures::future::join_all(self.members).await;
        ended.into_iter().map(|member| member.expect("a client")).collect()
    }
}

/// How often a crowd was answered what.
pub fn answers(members: &[Member]) -> BTreeMap<u16, u64> {
    let mut all = BTreeMap::new();
    for (status, count) in members.iter().flat_map(|member| &member.answers) {
        *all.entry(*status).or_default() += count;
    }
    all
}

/// What a crowd couldn't be served with.
pub fn refusals(members: &[Member]) -> Vec<&String> {
    members.iter().flat_map(|member| &member.refusals).collect()
}

impl Member {
    async fn go_on(mut self, stop: Arc<Mutex<bool>>) -> Self {
        while !*stop.lock().unwrap() {
            let Some(id) = self.stakeholder else {
                self.settle().await;
                continue;
            };
            match self.random.random_range(0..100) {
                0..20 => self.claim(id).await,
                20..25 => self.issue().await,
                25..26 => self.leave(id).await,
                26..45 => self.read(&format!("/stakeholders/{id}/claims")).await,
                45..60 => self.read("/impact?path=proof.wide.c1").await,
                60..70 => self.read("/unmet").await,
                70..80 => self.read("/stakeholders?limit=100").await,
                80..85 => self.read("/journal?limit=10").await,
                _ => self.read(&format!("/stakeholders/{id}")).await,
            }
        }
        self
    }

    /// Becomes a stakeholder, or finds that it is one: the answer may have been lost.
    async fn settle(&mut self) {
        let body = json!({ "stakeholder": { "name": self.name } });
        match self.send("POST", "/stakeholders", Some(&body)).await {
            Some((201, data)) => {
                self.stakeholder = data["id"].as_i64();
                self.may_be_gone = false;
            }
            Some((422, _)) => {
                let list = self.send("GET", "/stakeholders", None).await;
                let list = list.filter(|(status, _)| *status == 200);
                let found = list.and_then(|(_, list)| {
                    list.as_array()?.iter().find(|one| one["name"] == self.name)?["id"].as_i64()
                });
                self.stakeholder = found;
            }
            _ => {}
        }
        self.claimed = vec![Vec::new()];
    }

    async fn claim(&mut self, id: i64) {
        let columns: Vec<String> = (0..COLUMNS)
            .filter(|_| self.random.random_ratio(1, 2))
            .map(|column| format!("c{column}"))
            .collect();
        let matches = if columns.is_empty() {
            json!([])
        } else {
            json!([{ "path": "proof.wide", "fields": columns }])
        };
        let body = json!({ "data": { "match": matches } });
        match self.send("PUT", &format!("/stakeholders/{id}/claims"), Some(&body)).await {
            Some((200, _)) => self.claimed = vec![columns],
            Some((404, _)) => self.stakeholder = None,
            // Refused for certain, or lost on the way.
            _ => self.claimed.push(columns),
        }
    }

    async fn issue(&mut self) {
        let body = json!({ "key": { "name": self.name, "role": "viewer" } });
        if let Some((201, data)) = self.send("POST", "/keys", Some(&body)).await {
            self.send("DELETE", &format!("/keys/{}", data["id"]), None).await;
        }
    }

    async fn leave(&mut self, id: i64) {
        match self.send("DELETE", &format!("/stakeholders/{id}"), None).await {
            Some((204 | 404, _)) => self.stakeholder = None,
            // Of what was begun, the next start does the rest.
            None | Some((500.., _)) => self.may_be_gone = true,
            Some(_) => {}
        }
    }

    async fn read(&mut self, path: &str) {
        if let Some((404, _)) = self.send("GET", path, None).await {
            self.stakeholder = None;
        }
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Option<(u16, Value)> {
        let url = format!("{}/api/v1{path}", *self.door.lock().unwrap());
        let verb = method.parse().expect("a method");
        let mut request = self.http.request(verb, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let Ok(response) = request.send().await else { return self.lost().await };
        let status = response.status().as_u16();
        let Ok(body) = response.bytes().await else { return self.lost().await };
        *self.answers.entry(status).or_default() += 1;
        self.served.fetch_add(1, Ordering::Relaxed);
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        assert!(status < 500 || status == 503, "{status}: {path}: {body}");
        if status == 503 {
            self.refusals.push(format!("{method} {path}: {body}"));
        }
        Some((status, body["data"].clone()))
    }

    /// Nothing was answered; whether it was done nobody knows.
    async fn lost(&mut self) -> Option<(u16, Value)> {
        *self.answers.entry(0).or_default() += 1;
        // Nothing listens there at the moment: as a client would, it gives way.
        tokio::time::sleep(Duration::from_millis(20)).await;
        None
    }
}
