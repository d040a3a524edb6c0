//! A program on a Postgres of its own, with a stakeholder that hears of everything
//! through channels of every type.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::ear::{Ear, Order, fact};
use crate::ears::{Door, Hook, listen_at_socket, listen_at_stream};
use crate::ground::Ground;
use crate::support::program::Serve;
use crate::support::{Answer, RedisServer};

const PASSWORD: &str = "correct horse of the proof";

/// How long nothing more may arrive before all is thought to have.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Stage {
    pub ground: Ground,
    /// None while it is killed.
    pub serve: Option<Serve>,
    door: Door,
    pub ears: Vec<Ear>,
    listening: Vec<JoinHandle<()>>,
    _hook: Hook,
    _redis: RedisServer,
}

/// Somebody who may do everything, and the stakeholder that is at stake.
#[derive(Debug, Clone)]
pub struct Operator {
    pub token: String,
    pub stakeholder: i64,
}

/// Settings of the program in a proof.
pub const SETTINGS: &[(&str, &str)] = &[("WEBHOOK_ALLOW_PRIVATE", "true")];

/// Makes the first user; answers its token.
pub async fn first_user(serve: &Serve) -> String {
    let body = json!({ "user": { "username": "root", "password": PASSWORD } });
    let request = serve.http.post(format!("{}/api/v1/users", serve.origin)).json(&body);
    let answer = Answer::of(request.send().await.expect("an answer")).await.expect(201);
    answer.data()["token"].as_str().expect("a token").to_owned()
}

impl Operator {
    /// The first user, and a stakeholder that claims everything there is to hear of.
    pub async fn begin(serve: &Serve) -> Self {
        let token = first_user(serve).await;
        let body = json!({ "stakeholder": { "name": "listener" } });
        let answer = serve.send("POST", "/stakeholders", &token, &body).await.expect(201);
        let stakeholder = answer.data()["id"].as_i64().expect("an id");
        let operator = Self { token, stakeholder };
        let matches = json!([{ "path": "proof.*", "fields": ["*"] }]);
        operator.put(serve, "claims", &json!({ "match": matches })).await;
        operator
    }

    /// Lets the stakeholder hear of everything through these channels.
    pub async fn listen(&self, serve: &Serve, channels: &Value) {
        let paths = ["proof.orders", "proof.items", "proof.Odd Ones", "proof.tallies"];
        let matches = paths.map(
            |path| json!({ "path": path, "fields": ["*"], "events": ["*"], "channels": ["*"] }),
        );
        let document = json!({ "match": matches, "channels": channels });
        self.put(serve, "notifications", &document).await;
    }

    /// Replaces one of the stakeholder's documents.
    pub async fn put(&self, serve: &Serve, what: &str, document: &Value) {
        let path = format!("/stakeholders/{}/{what}", self.stakeholder);
        serve.send("PUT", &path, &self.token, &json!({ "data": document })).await.expect(200);
    }

    /// How the channels are.
    pub async fn status(&self, serve: &Serve) -> Value {
        let path = format!("/stakeholders/{}/notifications/status", self.stakeholder);
        let request = serve.request("GET", &path, &self.token);
        Answer::of(request.send().await.expect("an answer")).await.expect(200).data().clone()
    }

    /// A token by which the stakeholder itself listens.
    async fn token_to_listen(&self, serve: &Serve) -> String {
        let path = format!("/stakeholders/{}/tokens", self.stakeholder);
        let body = json!({ "token": { "name": "proof" } });
        let answer = serve.send("POST", &path, &self.token, &body).await.expect(201);
        answer.data()["token"].as_str().expect("a token").to_owned()
    }
}

impl Stage {
    /// Everybody listens.
    pub async fn set(ground: Ground) -> Self {
        let serve = Serve::start(&ground.control_url(), SETTINGS).await;
        let operator = Operator::begin(&serve).await;
        let ears = [
            Ear::new("REDIS", Order::Whole),
            Ear::new("WEBHOOK", Order::ByKey),
            Ear::new("SOCKET", Order::Whole),
        ];
        let redis = RedisServer::start().await;
        let hook = Hook::start(&ears[1]);
        let channels = json!([
            { "type": "REDIS", "url": redis.url(), "stream": "proof" },
            { "type": "WEBHOOK", "url": hook.url, "batch": 100, "concurrency": 8 },
            { "type": "SOCKET" },
        ]);
        operator.listen(&serve, &channels).await;
        let door = Door::default();
        door.is_at(&serve.origin);
        let token = operator.token_to_listen(&serve).await;
        let listening = vec![
            listen_at_stream(&redis, "proof", ears[0].clone()).await,
            listen_at_socket(&door, operator.stakeholder, &token, ears[2].clone()).await,
        ];
        let (serve, ears) = (Some(serve), ears.to_vec());
        Self { ground, serve, door, ears, listening, _hook: hook, _redis: redis }
    }

    /// Kills the program.
    pub async fn kill(&mut self) {
        let mut serve = self.serve.take().expect("a running program");
        serve.kill().await;
    }

    /// Starts the program again.
    pub async fn start_again(&mut self) {
        let serve = Serve::start(&self.ground.control_url(), SETTINGS).await;
        self.door.is_at(&serve.origin);
        self.serve = Some(serve);
    }

    /// Waits until every channel has told of something after a moment; answers how
    /// long after the last of them did.
    pub async fn until_news(&self, since: Instant) -> Duration {
        let news = join_all(self.ears.iter().map(|ear| ear.until_news(since)));
        let Ok(news) = timeout(Duration::from_mins(3), news).await else {
            let log = self.serve.as_ref().map(Serve::log).unwrap_or_default();
            let heard: Vec<_> = self.ears.iter().map(|ear| ear.heard().at.elapsed()).collect();
            panic!("{log}\nnothing new since {heard:?}");
        };
        news.into_iter().max().expect("an ear")
    }

    /// Waits until everything has arrived, and holds it against the truth. Answers it
    /// in figures.
    pub async fn verdict(&self) -> String {
        let truth = truth(&self.ground).await;
        for ear in &self.ears {
            let mut since = Instant::now();
            while ear.heard().facts.len() < truth.len() && since.elapsed() < PATIENCE {
                since = since.max(ear.heard().at);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        let mut figures = vec![format!("{} changes", truth.len())];
        for ear in &self.ears {
            let heard = ear.heard();
            let name = heard.name;
            let few = |facts: Vec<&String>| facts.into_iter().take(5).cloned().collect::<Vec<_>>();
            let faults = &heard.faults[..heard.faults.len().min(5)];
            assert!(faults.is_empty(), "{name}: {} such as {faults:#?}", heard.faults.len());
            assert!(heard.gaps.is_empty(), "{name} was told of gaps: {:#?}", heard.gaps);
            let invented: Vec<_> =
                heard.facts.iter().filter(|fact| !truth.contains(*fact)).collect();
            let count = invented.len();
            assert_eq!(count, 0, "{name} heard what wasn't committed: {:#?}", few(invented));
            let missing: Vec<_> =
                truth.iter().filter(|fact| !heard.facts.contains(*fact)).collect();
            let count = missing.len();
            assert_eq!(count, 0, "{name} has missed changes: {:#?}", few(missing));
            figures.push(format!("{name} {} duplicates", heard.duplicates));
        }
        figures.join(", ")
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.listening.iter().for_each(JoinHandle::abort);
    }
}

/// What was committed, as the writers' transactions say it.
async fn truth(ground: &Ground) -> HashSet<String> {
    let client = ground.owner().await;
    let sql = "select subject, operation, id, revision, transaction from proof.truth";
    let rows = client.query(sql, &[]).await.expect("the truth");
    let count = rows.len();
    let facts =
        rows.iter().map(|row| fact(row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)));
    let facts: HashSet<String> = facts.collect();
    assert_eq!(facts.len(), count, "two truths are the same");
    facts
}
