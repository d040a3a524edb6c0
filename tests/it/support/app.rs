//! The real server on a database of its own, and a client of its API.

use std::time::Duration;

use integratedb::changes::Limits;
use integratedb::config::{self, Settings};
use integratedb::db::connection;
use integratedb::http::BASE;
use integratedb::{App, server};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::{Answer, Client, Database, contract, unique};

/// What the servers of tests sign tokens with.
const SECRET: &str = "a secret of this test run that is long enough";

/// A server, its database, and who is logged in.
pub struct TestApp {
    pub database: Database,
    pub base: String,
    pub http: reqwest::Client,
    pub token: Option<String>,
    /// What the server works with.
    pub state: App,
    handle: actix_web::dev::ServerHandle,
    _telling: server::Telling,
}

/// A stakeholder with the credentials that were shown once.
#[derive(Debug, Clone)]
pub struct Stakeholder {
    pub id: i64,
    pub name: String,
    pub password: String,
}

impl TestApp {
    /// A server without any user.
    pub async fn empty() -> Self {
        Self::with(|_| {}).await
    }

    /// A server with a root user, who is logged in.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A server with a root user, who is logged in, with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut app = Self::with(change).await;
        let user = json!({ "user": { "username": "root", "password": "correct horse" } });
        let answer = app.post("/users", &user).await.expect(201);
        app.token = answer.data()["token"].as_str().map(str::to_owned);
        app
    }

    /// A server without any user, with other settings.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::on(Database::create().await, change).await
    }

    /// Another server on the same database, with the same user logged in.
    pub async fn beside(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut app = Self::on(self.database.clone(), change).await;
        app.token.clone_from(&self.token);
        app
    }

    /// A server on a database, without a user logged in.
    pub async fn on(database: Database, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings(&database);
        change(&mut settings);
        let bound = server::bind(&settings).await.expect("a server");
        let handle = bound.server.handle();
        tokio::spawn(bound.server);
        Self {
            database,
            base: format!("http://{}/api/v1", bound.address),
            http: http(),
            token: None,
            state: bound.app,
            _telling: bound.telling,
            handle,
        }
    }

    /// Ends the server and all it does, and waits until it takes no more requests.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }

    /// Sends a request; a body is sent as JSON. Whatever a test asks and is answered has to be
    /// as the contract says.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.send_with(method, path, HeaderMap::new(), body).await
    }

    /// The same, with further headers.
    pub async fn send_with(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Option<&Value>,
    ) -> Answer {
        let mut request =
            self.http.request(method.clone(), format!("{}{path}", self.base)).headers(headers);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = Answer::of(request.send().await.expect("an answer")).await;
        contract::check((method.as_str(), &format!("{BASE}{path}")), body, &answer);
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Makes a stakeholder whose name begins with this word.
    pub async fn stakeholder(&self, word: &str) -> Stakeholder {
        let name = unique(word);
        let body = json!({ "stakeholder": { "name": name } });
        let answer = self.post("/stakeholders", &body).await.expect(201);
        let data = answer.data();
        Stakeholder {
            id: data["id"].as_i64().expect("an id"),
            name,
            password: data["credentials"]["password"].as_str().expect("a password").to_owned(),
        }
    }

    /// Issues a token of a stakeholder.
    pub async fn token_of(&self, stakeholder: &Stakeholder) -> String {
        let path = format!("/stakeholders/{}/tokens", stakeholder.id);
        let answer = self.post(&path, &json!({ "token": { "name": "test" } })).await.expect(201);
        answer.data()["token"].as_str().expect("a token").to_owned()
    }

    /// Puts a stakeholder's claims: the matches of its document.
    pub async fn put_claims(&self, stakeholder: &Stakeholder, matches: &Value) -> Answer {
        let path = format!("/stakeholders/{}/claims", stakeholder.id);
        self.put(&path, &json!({ "data": { "match": matches } })).await
    }

    /// The same, where it must succeed.
    pub async fn claim(&self, stakeholder: &Stakeholder, matches: &Value) {
        self.put_claims(stakeholder, matches).await.expect(200);
    }

    /// Puts what a stakeholder listens to.
    pub async fn put_notifications(&self, stakeholder: &Stakeholder, document: &Value) -> Answer {
        let path = format!("/stakeholders/{}/notifications", stakeholder.id);
        self.put(&path, &json!({ "data": document })).await
    }

    /// Connects to Postgres as a stakeholder, with its credentials.
    pub async fn connect_as(&self, stakeholder: &Stakeholder) -> Client {
        let url = self.database.url(&stakeholder.name, Some(&stakeholder.password));
        connection::connect_as_is(&url).await.expect("a connection")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // The server ends with its runtime; this only asks it to.
        drop(self.handle.stop(false));
    }
}

/// A client that sends nothing on a connection which the server is about to close, as it does
/// with one that was idle for five seconds.
pub fn http() -> reqwest::Client {
    let client = reqwest::Client::builder().pool_idle_timeout(Duration::from_secs(1));
    client.build().expect("a client")
}

/// How long a test's server waits for a connection, a lock, a replication slot, and for a sign of life
/// of the one that reads the stream: what is asked for it does, although others keep the
/// machine and the cluster busy.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The settings of a test's server.
pub fn settings(database: &Database) -> Settings {
    let standard = Settings::standard(&database.control_url(), SECRET).expect("settings");
    Settings {
        port: 0,
        shutdown_timeout: Duration::from_secs(1),
        lock_timeout: PATIENCE,
        limits: Limits { silence: PATIENCE, ..Limits::default() },
        allows_private: true,
        database: config::Database { pool_timeout: PATIENCE, ..standard.database.clone() },
        ..standard
    }
}
