//! The audit: who changed what, from where, and how that is found.

use serde_json::{Value, json};

use crate::scene::Scene;
use crate::support::{TestApp, may_not};

/// The entries that a query finds, the newest first.
pub async fn entries(app: &TestApp, query: &str) -> Vec<Value> {
    let answer = app.get(&format!("/audit{query}")).await.expect(200);
    answer.data().as_array().expect("a list").clone()
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_entry_says_who_did_what_from_where_and_how_it_was_before() {
    let scene = Scene::after("create table a (id int, x int)").await;
    scene.claim_fields("public.a", json!(["id"])).await;
    scene.claim_fields("public.a", json!(["x"])).await;
    let entry = &entries(&scene.app, "").await[0];
    assert_eq!(entry["actor"], json!({ "kind": "user", "id": 1, "name": "root" }));
    assert_eq!(entry["action"], "claims.replace");
    let reader =
        json!({ "kind": "stakeholder", "id": scene.reporting.id, "name": scene.reporting.name });
    assert_eq!(entry["subject"], reader);
    assert_eq!(entry["before"], json!({ "match": [{ "path": "public.a", "fields": ["id"] }] }));
    assert_eq!(
        entry["after"],
        json!({
            "match": [{ "path": "public.a", "fields": ["x"] }],
            "grants": [{ "privilege": "SELECT", "schema": "public", "table": "a", "columns": ["x"] }],
            "revokes": [{ "privilege": "SELECT", "schema": "public", "table": "a", "columns": ["id"] }],
        })
    );
    assert_eq!(entry["hash"].as_str().unwrap().len(), 64);
    assert!(entry["at"].as_str().unwrap().ends_with('Z'), "{entry}");
}

#[tokio::test]
async fn an_end_says_what_became_of_what_was_made() {
    let scene = Scene::after("create table a (id int)").await;
    scene.claim_fields("public.a", json!(["id"])).await;
    crate::support::run(
        &scene.client,
        &format!("create table {}.mine (id int)", scene.reporting.name),
    )
    .await;
    scene.app.delete(&format!("/stakeholders/{}", scene.reporting.id)).await.expect(200);
    let entry = &entries(&scene.app, "").await[0];
    assert_eq!(entry["action"], "stakeholder.delete");
    assert_eq!(
        entry["before"]["claims"],
        json!({ "match": [{ "path": "public.a", "fields": ["id"] }] })
    );
    assert_eq!(entry["after"]["objects"], "keep");
    let kept = format!("table {}.mine", scene.reporting.name);
    assert_eq!(entry["after"]["kept"]["objects"], json!([kept]));
}

#[tokio::test]
async fn log_ins_are_entered_and_no_password_or_name_that_could_be_one() {
    let app = TestApp::start().await;
    let log_in = async |username: &str, password: &str| {
        let body = json!({ "data": { "username": username, "password": password } });
        app.post("/auth/login", &body).await
    };
    log_in("ROOT", "correct horse").await.expect(200);
    log_in("root", "wrong horse!").await.expect(403);
    log_in("hunter2hunter2", "root").await.expect(403);
    let entries = entries(&app, "?action=user").await;
    assert_eq!(
        actions(&entries),
        ["user.login_failed", "user.login_failed", "user.login", "user.create"]
    );
    let root = json!({ "kind": "user", "id": 1, "name": "root" });
    let nobody = json!({ "kind": "nobody", "id": null, "name": null });
    assert_eq!((&entries[2]["actor"], &entries[2]["subject"]), (&root, &root));
    assert_eq!((&entries[1]["actor"], &entries[1]["subject"]), (&nobody, &root));
    assert_eq!(entries[0]["subject"], json!({ "kind": "user", "id": null, "name": null }));
    let text = json!(entries).to_string();
    for secret in ["correct horse", "wrong horse!", "hunter2hunter2"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn keys_act_under_their_names_behind_the_address_of_their_client() {
    let mut app = TestApp::start_with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let key = json!({ "key": { "name": "pipeline", "role": "operator" } });
    let key = app.post("/keys", &key).await.expect(201);
    app.token = key.data()["key"].as_str().map(str::to_owned);
    let name = crate::support::unique("shop");
    let request = app.http.post(format!("{}/stakeholders", app.base));
    let request = request.bearer_auth(app.token.as_ref().unwrap());
    let request =
        request.header("X-Forwarded-For", "203.0.113.7").header("X-Request-Id", "deploy-42");
    let made = request.json(&json!({ "stakeholder": { "name": name } })).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let entry = &entries(&app, &format!("?subject={name}")).await[0];
    assert_eq!(
        entry["actor"],
        json!({ "kind": "key", "id": key.data()["id"], "name": "pipeline" })
    );
    assert_eq!(entry["origin"], json!({ "address": "203.0.113.7", "request_id": "deploy-42" }));
}

#[tokio::test]
async fn entries_are_found_by_who_what_whom_and_when() {
    let app = TestApp::start().await;
    let (one, other) = (app.stakeholder("one").await, app.stakeholder("other").await);
    app.token_of(&one).await;
    app.delete(&format!("/stakeholders/{}", other.id)).await.expect(204);
    let all = entries(&app, "").await;
    assert_eq!(
        actions(&all),
        [
            "stakeholder.delete",
            "token.create",
            "stakeholder.create",
            "stakeholder.create",
            "user.create"
        ]
    );
    for (query, expected) in [
        ("?action=stakeholder".to_owned(), 3),
        ("?action=stakeholder.create".to_owned(), 2),
        ("?actor=root".to_owned(), 4),
        ("?actor=user:root".to_owned(), 4),
        ("?actor=user:1&action=token".to_owned(), 1),
        ("?actor=nobody".to_owned(), 1),
        (format!("?subject={}", one.name), 1),
        (format!("?subject=stakeholder:{}", other.id), 2),
        ("?subject=token".to_owned(), 1),
        (format!("?since={}", all[2]["at"].as_str().unwrap()), 3),
        (format!("?until={}", all[2]["at"].as_str().unwrap()), 2),
        ("?since=2999-01-01T00:00:00Z".to_owned(), 0),
        ("?limit=2".to_owned(), 2),
    ] {
        assert_eq!(entries(&app, &query).await.len(), expected, "{query}");
    }
    let page = app.get("/audit?limit=3&action=stakeholder").await.expect(200);
    let before = page.body["page"]["before"].as_i64().unwrap();
    assert_eq!(entries(&app, &format!("?action=stakeholder&before={before}")).await.len(), 0);
    let newest = all[0]["id"].as_i64().unwrap();
    assert_eq!(entries(&app, &format!("?before={newest}")).await, all[1..]);
}

#[tokio::test]
async fn a_wrong_filter_is_said_to_be_wrong() {
    let app = TestApp::start().await;
    let answer = app.get("/audit?since=yesterday&actor=&user=root").await.expect(422);
    assert_eq!(
        answer.errors(),
        &json!({
            "actor": ["is invalid"],
            "since": ["must be a time like 2026-11-24T15:00:00Z"],
            "user": ["means nothing here: there are actor, action, subject, since, until, limit and before"],
        })
    );
    let answer = app.get("/audit?action=claim.replace").await.expect(422);
    let why = answer.errors()["action"][0].as_str().unwrap();
    assert!(why.starts_with("is no action and no kind of them; there are user.create, "), "{why}");
    app.get("/audit?limit=0").await.expect(422);
    app.get("/audit?actor=%00").await.expect(422);
    app.get("/audit/verification?head=abc").await.expect(422);
}

#[tokio::test]
async fn nobody_else_reads_it_in_the_database() {
    let scene = Scene::after("select 1").await;
    for client in [&scene.client, &scene.owner] {
        may_not(client, "select * from integratedb.audit").await;
        may_not(client, "select integratedb.record_audit('user', 1, 'root', null, null, 'x.y', 'z', 1, null, null, null)").await;
    }
}
