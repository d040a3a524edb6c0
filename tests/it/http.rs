//! HTTP: statuses, headers and shapes that hold on every route.

use integratedb::http::BASE;
use integratedb::routes::ROUTES;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, cluster, eventually, run, unique};

pub fn filled(path: &str, id: &str) -> String {
    let path = path.replace("{id}", id);
    path.replace("{token_id}", "999999").replace("{letter}", "999999").replace("{no}", "999999")
}

pub fn method(name: &str) -> Method {
    name.parse().expect("a method")
}

/// A body that the route takes.
fn body(method: &str, path: &str) -> Option<Value> {
    match (method, path) {
        ("POST", "/keys") => Some(json!({ "key": { "name": "x", "role": "viewer" } })),
        ("POST", "/stakeholders/{id}/tokens") => Some(json!({ "token": { "name": "x" } })),
        ("POST", "/stakeholders/{id}/credentials") => Some(json!({ "credential": {} })),
        ("PUT", "/stakeholders/{id}/guards") => Some(json!({ "guards": {} })),
        ("PUT", "/users/{id}") => Some(json!({ "user": {} })),
        ("PUT", "/stakeholders/{id}") => Some(json!({ "stakeholder": { "name": unique("x") } })),
        ("PUT", "/stakeholders/{id}/claims") => Some(json!({ "data": { "match": [] } })),
        ("PUT", "/stakeholders/{id}/notifications") => {
            Some(json!({ "data": { "match": [], "channels": [] } }))
        }
        ("POST", path) if path.ends_with("/replay") => Some(json!({ "data": { "from": "0/1:0" } })),
        ("POST", path) if path.ends_with("/rotate") => Some(json!({ "data": { "channel": "x" } })),
        ("POST", path) if path.contains("/notifications/") => Some(json!({})),
        _ => None,
    }
}

async fn raw(app: &TestApp, method: Method, path: &str, kind: Option<&str>, body: &[u8]) -> Answer {
    let mut request = app.http.request(method, format!("{}{path}", app.base)).body(body.to_vec());
    if let Some(kind) = kind {
        request = request.header(CONTENT_TYPE, kind);
    }
    if let Some(token) = &app.token {
        request = request.bearer_auth(token);
    }
    Answer::of(request.send().await.expect("an answer")).await
}

/// An error as every error is: JSON, with an id of the request.
#[track_caller]
pub fn is_an_error(answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.body);
    assert!(answer.header("content-type").starts_with("application/json"), "{what}");
    assert!(answer.errors().is_object(), "{what}: {}", answer.body);
    assert!(!answer.header("x-request-id").is_empty(), "{what}");
}

fn writes() -> impl Iterator<Item = (&'static str, &'static str)> {
    let routes = ROUTES.0.iter().map(|(method, path, _)| (*method, *path));
    routes
        .filter(|(method, _)| ["POST", "PUT"].contains(method))
        .filter(|(_, path)| !path.contains("{letter}")) // takes no body
}

#[tokio::test]
async fn ids_that_are_nobodys_answer_404() {
    let app = TestApp::start().await;
    for (name, path, _) in ROUTES.0.iter().filter(|(_, path, _)| path.contains("{id}")) {
        let body = body(name, path);
        for id in
            ["999999", "0", "-1", "x", "1.5", "9223372036854775808", "%20", "%00", "%ff", "1%2F"]
        {
            let answer = app.send(method(name), &filled(path, id), body.as_ref()).await;
            is_an_error(&answer, 404, &format!("{name} {path} {id}"));
        }
    }
}

#[tokio::test]
async fn paths_that_are_not_there_answer_404() {
    let app = TestApp::start().await;
    for path in ["", "/", "/nothing", "/users/", "/users/1/claims", "/stakeholders/1/claims/1"] {
        is_an_error(&app.get(path).await, 404, path);
    }
    let origin = app.base.strip_suffix(BASE).expect("the base").to_owned();
    for path in ["/api", "/api/v2/users", "/favicon.ico", "/%ff"] {
        let response = app.http.get(format!("{origin}{path}")).send().await.expect("an answer");
        is_an_error(&Answer::of(response).await, 404, path);
    }
}

#[tokio::test]
async fn other_methods_answer_405_and_the_ones_there_are() {
    let app = TestApp::start().await;
    for (_, path, _) in ROUTES.0 {
        let there: Vec<&str> = ROUTES
            .0
            .iter()
            .filter(|(_, other, _)| other == path)
            .map(|(method, ..)| *method)
            .collect();
        for name in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            if there.contains(&name) {
                continue;
            }
            let answer = app.send(method(name), &filled(path, "1"), None).await;
            is_an_error(&answer, 405, &format!("{name} {path}"));
            let mut allowed: Vec<&str> = answer.header("allow").split(", ").collect();
            let mut there = there.clone();
            allowed.sort_unstable();
            there.sort_unstable();
            assert_eq!(allowed, there, "{name} {path}");
        }
    }
}

#[tokio::test]
async fn a_body_has_at_most_one_mebibyte_and_a_folder_sixteen() {
    let app = TestApp::start().await;
    for (name, path) in writes() {
        let limit = if path.starts_with("/claims/") { 16 << 20 } else { 1 << 20 };
        let (method, path) = (method(name), filled(path, "1"));
        let mut body = b"{}".to_vec();
        body.resize(limit, b' ');
        let answer = raw(&app, method.clone(), &path, Some("application/json"), &body).await;
        assert!([200, 404, 422].contains(&answer.status), "{name} {path}: {}", answer.status);
        body.push(b' ');
        let answer = raw(&app, method, &path, Some("application/json"), &body).await;
        is_an_error(&answer, 413, &format!("{name} {path}"));
    }
}

#[tokio::test]
async fn a_body_is_json() {
    let app = TestApp::start().await;
    let deep = "[".repeat(100_000);
    for (name, path) in writes() {
        let (method, path) = (method(name), filled(path, "1"));
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml"] {
            let answer = raw(&app, method.clone(), &path, Some(kind), b"{}").await;
            is_an_error(&answer, 415, &format!("{name} {path} {kind}"));
        }
        if path == "/auth/session" {
            continue; // takes none without a type, and logs nobody in without a name
        }
        for kind in [None, Some("application/json; charset=utf-8"), Some("application/x+json")] {
            let answer = raw(&app, method.clone(), &path, kind, b"{}").await;
            assert!([200, 404, 422].contains(&answer.status), "{path}: {}", answer.status);
        }
        for broken in [
            b"".as_slice(),
            b"{",
            b"{}}",
            b"\xff",
            b"{\"a\":\"\\ud800\"}",
            deep.as_bytes(),
            b"[1e999]",
        ] {
            let answer = raw(&app, method.clone(), &path, None, broken).await;
            is_an_error(&answer, 400, &format!("{name} {path} {:.20}", broken.escape_ascii()));
            assert!(answer.errors()["detail"].is_string());
        }
        for other in [b"null".as_slice(), b"1", b"[]", b"\"x\""] {
            let answer = raw(&app, method.clone(), &path, None, other).await;
            assert!([200, 404, 422].contains(&answer.status), "{path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn the_character_that_postgres_cannot_store_is_refused() {
    let app = TestApp::start().await;
    let fault = |pointer: &str| json!(["Text can't contain the character U+0000.", pointer]);
    for (name, path) in writes() {
        let body = json!({ "data": { "username": "a\0", "x": [1, "\0"], "k/\0": true } });
        let answer = app.send(method(name), &filled(path, "1"), Some(&body)).await;
        is_an_error(&answer, 422, &format!("{name} {path}"));
        let expected = json!([fault("#/data/username"), fault("#/data/x/1"), fault("#/data")]);
        assert_eq!(answer.errors()["detail"], expected);
    }
}

#[tokio::test]
async fn a_request_keeps_a_sane_id_and_gets_one_otherwise() {
    let app = TestApp::start().await;
    let ask = async |id: &str| {
        let request = app.http.get(format!("{}/users", app.base)).header("x-request-id", id);
        let answer = Answer::of(request.send().await.expect("an answer")).await;
        answer.header("x-request-id").to_owned()
    };
    assert_eq!(ask("order-12345678").await, "order-12345678");
    for id in ["short", "with spaces in it", "quote\"12345678", &"x".repeat(129)] {
        let answered = ask(id).await;
        assert!(answered != id && answered.len() == 36, "{id}: {answered}");
    }
    assert_ne!(ask("short").await, ask("short").await);
}

#[tokio::test]
async fn lists_are_whole_unless_a_page_is_asked_for() {
    let app = TestApp::start().await;
    for number in 2..=5 {
        let name = format!("user{number}");
        let user = json!({ "user": { "username": name, "password": "correct horse" } });
        app.post("/users", &user).await.expect(201);
        app.stakeholder("shop").await;
    }
    for list in ["/users", "/stakeholders"] {
        let whole = app.get(list).await.expect(200);
        assert_eq!(whole.body.as_object().unwrap().len(), 1, "{}", whole.body);
        let whole = whole.data().as_array().unwrap().clone();
        let (mut pages, mut after) = (Vec::new(), json!(0));
        while !after.is_null() {
            let page = app.get(&format!("{list}?limit=2&after={after}")).await.expect(200);
            let entries = page.data().as_array().unwrap();
            assert!(entries.len() <= 2);
            pages.extend(entries.clone());
            assert_eq!(page.body["page"]["limit"], 2);
            after = page.body["page"]["after"].clone();
        }
        assert_eq!(pages, whole);
        let rest = app.get(&format!("{list}?after={}", whole[1]["id"])).await.expect(200);
        assert_eq!(rest.data().as_array().unwrap()[..], whole[2..]);
        let beyond = app.get(&format!("{list}?after={}", i64::MAX)).await.expect(200);
        assert_eq!(beyond.data(), &json!([]));

        let answer = app.get(&format!("{list}?limit=0&after=x")).await.expect(422);
        let expected =
            json!({ "limit": ["must be a number from 1 to 1000"], "after": ["must be an id"] });
        assert_eq!(answer.errors(), &expected);
        for query in ["limit=", "limit=1001", "limit=-1", "limit=9e9", "after=-1", "after=%00"] {
            is_an_error(&app.get(&format!("{list}?{query}")).await, 422, query);
        }
    }
}

#[tokio::test]
async fn without_its_database_the_server_asks_for_patience_and_recovers() {
    let app = TestApp::start().await;
    let name = &app.database.name;
    let url = cluster().superuser_url("postgres");
    let postgres = integratedb::db::connection::connect_as_is(&url).await.expect("a connection");
    run(&postgres, &format!("alter database {name} allow_connections false")).await;
    let end =
        format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
    run(&postgres, &end).await;

    for (method_name, path, _) in ROUTES.0 {
        let login = json!({ "data": { "username": "root", "password": "correct horse" } });
        let logs_in = ["/auth/login", "/auth/session"].contains(path) && *method_name == "POST";
        let body = if logs_in { Some(login) } else { body(method_name, path) };
        if ["/auth/renew", "/openapi.json"].contains(path) {
            continue;
        }
        let answer = app.send(method(method_name), &filled(path, "1"), body.as_ref()).await;
        is_an_error(&answer, 503, &format!("{method_name} {path}"));
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(
            answer.errors(),
            &json!({ "detail": "The database can't be reached just now." })
        );
    }
    run(&postgres, &format!("alter database {name} allow_connections true")).await;
    eventually("for the server to recover", async || app.get("/users").await.status == 200).await;
}
