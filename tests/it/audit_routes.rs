//! Every route that changes something leaves one entry in the audit, and no secret with
//! it.

use std::sync::Mutex;

use integratedb::routes::ROUTES;
use reqwest::Method;
use serde_json::{Value, json};

use crate::audience::{Audience, listen};
use crate::support::{Answer, Receiver, column, eventually, run, unique};

/// Passwords that requests bring.
const PASSWORDS: [&str; 3] = ["correct horse", "battery staple", "another staple"];

/// What answers call what nobody else may see.
const SECRET: [&str; 8] =
    ["password", "token", "refreshToken", "key", "secret", "secrets", "uri", "csrf_token"];

/// A stakeholder with all that a route could be about.
struct Walk {
    a: Audience,
    receiver: Receiver,
    /// Those that answers showed.
    seen: Mutex<Vec<String>>,
}

/// A request that changes something, and the action that the audit has of it.
struct Act {
    path: String,
    body: Value,
    action: &'static str,
    /// The session of a browser.
    cookie: String,
}

#[expect(clippy::unnecessary_wraps, reason = "routes that do nothing have none")]
fn act(path: impl Into<String>, body: Value, action: &'static str) -> Option<Act> {
    Some(Act { path: path.into(), body, action, cookie: String::new() })
}

impl Walk {
    async fn begin() -> Self {
        let a = Audience::after(
            "create table t (id int primary key); insert into t select generate_series(1001, 9999)",
        )
        .await;
        let receiver = Receiver::start();
        let walk = Self { a, receiver, seen: Mutex::default() };
        walk.claim().await;
        walk.listen("at-first").await;
        walk
    }

    async fn claim(&self) {
        self.a.claim(json!([{ "path": "public.t", "fields": ["id"] }])).await;
    }

    /// A channel whose URL has a password in it.
    fn document(&self, password: &str) -> Value {
        let url = self.receiver.url().replace("http://", &format!("http://user:{password}@"));
        let channel = json!({ "type": "WEBHOOK", "url": url, "max_attempts": 1 });
        json!({ "match": [listen("public.t", &json!(["*"]))], "channels": [channel] })
    }

    async fn listen(&self, password: &str) {
        self.seen.lock().unwrap().push(format!("user:{password}"));
        let answer = self.a.app.put_notifications(&self.a.reader, &self.document(password)).await;
        self.note(answer.expect(200).data());
    }

    async fn id_of(&self, path: &str, body: Value) -> i64 {
        let answer = self.a.app.post(path, &body).await.expect(201);
        self.note(answer.data());
        answer.data()["id"].as_i64().expect("an id")
    }

    async fn user(&self) -> i64 {
        let user = json!({ "username": unique("user"), "password": PASSWORDS[1] });
        self.id_of("/users", json!({ "user": user })).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.a.app.base)
    }

    /// The cookie of a browser that has logged in.
    async fn session(&self) -> String {
        let login = json!({ "user": { "username": "root", "password": PASSWORDS[0] } });
        let request = self.a.app.http.post(self.url("/auth/session")).json(&login);
        let secret = session_in(&request.send().await.expect("an answer")).expect("a session");
        self.seen.lock().unwrap().push(secret.clone());
        format!("integratedb_session={secret}")
    }

    /// A change that the receiver doesn't take.
    async fn letter(&self) -> String {
        self.receiver.answer_with(422);
        let insert = "insert into t select coalesce(max(id), 0) + 1 from t where id < 1000";
        run(&self.a.owner, insert).await;
        let mut id = Value::Null;
        eventually("for a dead letter", async || {
            let letters = self.a.app.get(&self.a.path("/dead-letters")).await.expect(200);
            id = letters.data()[0]["id"].clone();
            !id.is_null()
        })
        .await;
        self.receiver.answer_with(200);
        self.a.path(&format!("/dead-letters/{id}"))
    }

    /// Remembers the secrets of an answer.
    fn note(&self, answer: &Value) {
        let mut seen = self.seen.lock().unwrap();
        let mut values = vec![(answer, false)];
        while let Some((value, is_secret)) = values.pop() {
            match value {
                Value::Object(members) => values.extend(
                    members
                        .iter()
                        .map(|(name, value)| (value, is_secret || SECRET.contains(&name.as_str()))),
                ),
                Value::Array(items) => values.extend(items.iter().map(|item| (item, is_secret))),
                Value::String(text) if is_secret && text.len() > 7 => seen.push(text.clone()),
                _ => {}
            }
        }
    }

    /// A request of this route that changes something; none if the route never does.
    async fn act(&self, method: &str, path: &str) -> Option<Act> {
        let (a, reader) = (&self.a, self.a.reader.id);
        if let Some(rest) = path.strip_prefix("/stakeholders/{id}/notifications") {
            return self.operation(method, rest).await;
        }
        match (method, path) {
            // The one gives out what its bearer has already, the other takes back what it did.
            ("POST", "/auth/renew" | "/claims/plan") => None,
            ("POST", "/auth/session") => {
                let login = json!({ "username": "root", "password": PASSWORDS[0] });
                act(path, json!({ "user": login }), "user.login")
            }
            ("DELETE", "/auth/session") => {
                let cookie = self.session().await;
                act(path, json!({}), "user.logout").map(|act| Act { cookie, ..act })
            }
            ("POST", "/auth/login") => {
                let login = json!({ "username": "root", "password": PASSWORDS[0] });
                act(path, json!({ "data": login }), "user.login")
            }
            ("POST", "/users") => {
                let user = json!({ "username": unique("new"), "password": PASSWORDS[1] });
                act(path, json!({ "user": user }), "user.create")
            }
            ("PUT", "/users/{id}") => {
                let change = json!({ "user": { "password": PASSWORDS[2], "role": "operator" } });
                act(format!("/users/{}", self.user().await), change, "user.update")
            }
            ("DELETE", "/users/{id}") => {
                act(format!("/users/{}", self.user().await), json!({}), "user.delete")
            }
            ("POST", "/keys") => {
                act(path, json!({ "key": { "name": "ci", "role": "viewer" } }), "key.create")
            }
            ("DELETE", "/keys/{id}") => {
                let key = json!({ "key": { "name": "ci", "stakeholder_id": reader } });
                act(format!("/keys/{}", self.id_of("/keys", key).await), json!({}), "key.delete")
            }
            ("POST", "/stakeholders") => {
                let name = unique("made");
                act(path, json!({ "stakeholder": { "name": name } }), "stakeholder.create")
            }
            ("PUT", "/stakeholders/{id}") => {
                let (made, name) = (a.app.stakeholder("old").await, unique("renamed"));
                let body = json!({ "stakeholder": { "name": name } });
                act(format!("/stakeholders/{}", made.id), body, "stakeholder.rename")
            }
            ("DELETE", "/stakeholders/{id}") => {
                let made = a.app.stakeholder("leaving").await;
                act(format!("/stakeholders/{}", made.id), json!({}), "stakeholder.delete")
            }
            ("POST", "/claims/apply") => {
                self.claim().await;
                let document = json!({ "match": [{ "path": "public.t", "fields": ["*"] }] });
                let documents = json!({ a.reader.name.as_str(): document });
                act(path, json!({ "data": { "documents": documents } }), "claims.replace")
            }
            ("PUT", "/stakeholders/{id}/claims") => {
                self.claim().await;
                let path = format!("/stakeholders/{reader}/claims");
                let document = json!({ "match": [{ "path": "public.t", "fields": ["*"] }] });
                act(path, json!({ "data": document }), "claims.replace")
            }
            ("POST", "/stakeholders/{id}/credentials") => {
                act(format!("/stakeholders/{reader}/credentials"), json!({}), "credential.issue")
            }
            ("DELETE", "/stakeholders/{id}/credentials/{credential_id}") => {
                let path = format!("/stakeholders/{reader}/credentials");
                let id = self.id_of(&path, json!({})).await;
                act(format!("{path}/{id}"), json!({}), "credential.revoke")
            }
            ("PUT", "/stakeholders/{id}/guards") => {
                let path = format!("/stakeholders/{reader}/guards");
                act(path, json!({ "guards": { "lock_timeout_ms": 9000 } }), "guards.replace")
            }
            ("POST", "/stakeholders/{id}/tokens") => {
                let path = format!("/stakeholders/{reader}/tokens");
                act(path, json!({ "token": { "name": "page" } }), "token.create")
            }
            ("DELETE", "/stakeholders/{id}/tokens/{token_id}") => {
                let path = format!("/stakeholders/{reader}/tokens");
                let id = self.id_of(&path, json!({ "token": { "name": "page" } })).await;
                act(format!("{path}/{id}"), json!({}), "token.delete")
            }
            _ => panic!(
                "{method} {path} is not walked here: record what it changes (src/audit/mod.rs), \
                 and say how it is called"
            ),
        }
    }

    async fn operation(&self, method: &str, path: &str) -> Option<Act> {
        let a = &self.a;
        let here = a.path(path);
        match (method, path) {
            ("PUT", "") => {
                self.seen.lock().unwrap().push("user:now-another".to_owned());
                act(here, json!({ "data": self.document("now-another") }), "notifications.replace")
            }
            ("POST", "/pause") => act(here, json!({}), "notifications.pause"),
            ("POST", "/resume") => act(here, json!({}), "notifications.resume"),
            ("POST", "/replay") => {
                // As little as can be told again.
                let position = a.channel().await["position"].as_str().unwrap().to_owned();
                let from = position.split(':').next().unwrap();
                act(here, json!({ "data": { "from": from } }), "notifications.replay")
            }
            ("POST", "/test") => act(here, json!({}), "notifications.test"),
            ("POST", "/rotate") => {
                act(here, json!({ "data": { "channel": "WEBHOOK" } }), "notifications.rotate")
            }
            ("DELETE", "/dead-letters/{letter}") => {
                act(self.letter().await, json!({}), "dead_letter.skip")
            }
            ("POST", "/dead-letters/{letter}/replay") => {
                let letter = self.letter().await;
                act(format!("{letter}/replay"), json!({}), "dead_letter.replay")
            }
            ("POST", "/backfill") => {
                let asked = json!({ "data": { "match": 0, "rows_per_second": 1 } });
                act(here, asked, "backfill.create")
            }
            ("DELETE", "/backfill/{no}") => {
                let asked = json!({ "data": { "match": 0, "rows_per_second": 1 } });
                let id = self.id_of(&a.path("/backfill"), asked).await;
                act(a.path(&format!("/backfill/{id}")), json!({}), "backfill.cancel")
            }
            _ => panic!("{method} …/notifications{path} is not walked here: see above"),
        }
    }

    async fn entries(&self) -> Vec<Value> {
        let answer = self.a.app.get("/audit?limit=1000").await.expect(200);
        answer.data().as_array().expect("a list").clone()
    }
}

/// The secret of a session that an answer begins.
fn session_in(answer: &reqwest::Response) -> Option<String> {
    let set = answer.headers().get("set-cookie")?.to_str().ok()?;
    let secret = set.strip_prefix("integratedb_session=")?.split(';').next()?;
    Some(secret.to_owned()).filter(|secret| !secret.is_empty())
}

#[tokio::test]
async fn every_route_that_changes_something_leaves_one_entry_without_secrets() {
    let walk = Walk::begin().await;
    for (method, path, _) in ROUTES.0.iter().filter(|(method, ..)| *method != "GET") {
        let wanted = walk.act(method, path).await;
        let before = walk.entries().await.len();
        let Some(Act { path: called, body, action, cookie }) = wanted else { continue };
        let request = walk.a.app.http.request(method.parse().unwrap(), walk.url(&called));
        let request = request.bearer_auth(walk.a.app.token.as_ref().unwrap()).json(&body);
        let answer = request.header("Cookie", cookie).send().await.expect("an answer");
        walk.seen.lock().unwrap().extend(session_in(&answer));
        let answer = Answer::of(answer).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
        walk.note(&answer.body);
        let entries = walk.entries().await;
        assert_eq!(entries.len(), before + 1, "{method} {path}: {:?}", &entries[..2]);
        let entry = &entries[0];
        assert_eq!(entry["action"], action, "{method} {path}: {entry}");
        assert_eq!(entry["actor"]["kind"], "user", "{entry}");
        assert_eq!(entry["actor"]["name"], "root", "{entry}");
        assert_eq!(entry["origin"]["address"], "127.0.0.1", "{entry}");
        assert_eq!(entry["origin"]["request_id"], answer.header("x-request-id"), "{entry}");
    }
    assert_eq!(walk.a.app.get("/audit/verification").await.data()["is_intact"], true);

    let superuser = walk.a.app.database.superuser().await;
    let table = column(&superuser, "select a::text from integratedb.audit a").await.join("\n");
    let mut seen = walk.seen.lock().unwrap().clone();
    seen.extend(PASSWORDS.map(str::to_owned));
    seen.push(walk.a.reader.password.clone());
    assert!(seen.len() > 20, "{seen:?}");
    for secret in seen {
        assert!(!table.contains(&secret), "{secret}");
    }
}

#[tokio::test]
async fn what_is_refused_or_changes_nothing_leaves_no_entry() {
    let walk = Walk::begin().await;
    let (app, reader) = (&walk.a.app, walk.a.reader.id);
    let name = json!({ "stakeholder": { "name": walk.a.reader.name } });
    let claims = json!({ "data": { "match": [{ "path": "public.t", "fields": ["id"] }] } });
    let other = json!({ "data": { "match": [{ "path": "public.t", "fields": ["*"] }] } });
    let wrong = json!({ "data": { "match": [{ "path": "public.nowhere", "fields": ["*"] }] } });
    let listens = json!({ "data": walk.document("at-first") });
    let before = walk.entries().await.len();
    let send = async |method: Method, path: &str, body: &Value| -> Answer {
        app.send(method, &format!("/stakeholders{path}"), Some(body)).await
    };
    send(Method::POST, "", &name).await.expect(422);
    send(Method::PUT, &format!("/{reader}"), &name).await.expect(200);
    send(Method::PUT, &format!("/{reader}/claims"), &claims).await.expect(200);
    send(Method::PUT, &format!("/{reader}/claims?dry_run=true"), &other).await.expect(200);
    send(Method::PUT, &format!("/{reader}/claims"), &wrong).await.expect(422);
    send(Method::PUT, &format!("/{reader}/notifications"), &listens).await.expect(200);
    send(Method::POST, &format!("/{reader}/notifications/resume"), &json!({})).await.expect(200);
    send(Method::DELETE, "/0", &json!({})).await.expect(404);
    app.delete("/users/1").await.expect(409);
    app.post("/keys", &json!({ "key": { "name": "", "role": "admin" } })).await.expect(422);
    let entries = walk.entries().await;
    assert_eq!(entries.len(), before, "{:?}", entries.first());
}
