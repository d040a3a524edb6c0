//! What `docs/security.md` says and no other test shows.

use integratedb::http::BASE;
use integratedb::routes::ROUTES;
use serde_json::json;

use crate::http::{filled, method};
use crate::support::{TestApp, run, unique};

#[tokio::test]
async fn what_a_body_says_beyond_the_contract_changes_nothing() {
    let app = TestApp::start().await;
    let body = json!({ "user": {
        "username": "ann", "password": "correct horse",
        "id": 77, "token_generation": 9, "is_admin": true, "password_hash": "x",
    }});
    let made = app.post("/users", &body).await.expect(201);
    let path = format!("/users/{}", made.data()["id"]);
    assert_eq!(app.get(&path).await.data()["role"], "viewer");
    assert_ne!(made.data()["id"], 77);
    let body = json!({ "stakeholder": { "name": unique("shop"), "id": 77, "deletion": {} } });
    let made = app.post("/stakeholders", &body).await.expect(201);
    let path = format!("/stakeholders/{}", made.data()["id"]);
    assert_ne!(made.data()["id"], 77);
    app.get(&path).await.expect(200);
    let body = json!({ "key": { "name": "x", "role": "viewer", "hash": "y", "key": "idbk_z" } });
    let made = app.post("/keys", &body).await.expect(201);
    assert_ne!(made.data()["key"], "idbk_z");
}

#[tokio::test]
async fn no_answer_lets_other_sites_in() {
    let app = TestApp::start().await;
    let origin = app.base.strip_suffix(BASE).expect("the base").to_owned();
    let api =
        ROUTES.0.iter().map(|(name, path, _)| (*name, format!("{BASE}{}", filled(path, "1"))));
    let root = ["/", "/docs", "/health", "/ready", "/metrics"];
    let all: Vec<(&str, String)> = api.chain(root.map(|path| ("GET", path.to_owned()))).collect();
    for (name, path) in all {
        for name in [name, "OPTIONS"] {
            let request = app.http.request(method(name), format!("{origin}{path}"));
            let request = request
                .header("origin", "https://elsewhere.example")
                .header("access-control-request-method", name);
            let answer = request.send().await.expect("an answer");
            let allowing = answer
                .headers()
                .keys()
                .find(|header| header.as_str().starts_with("access-control-"));
            assert_eq!(allowing, None, "{name} {path}");
        }
    }
}

#[tokio::test]
async fn what_others_name_like_functions_of_postgres_is_not_called_for_them() {
    let app = TestApp::start().await;
    let superuser = app.database.superuser().await;
    // One that fits the arguments better is preferred, where it is looked for.
    run(
        &superuser,
        "create function public.format(text, bigint) returns text language sql as $$ select 'theirs' $$;
         create schema integratedb_control; grant usage on schema integratedb_control to public;
         create function integratedb_control.format(text, bigint) returns text language sql as $$ select 'theirs' $$",
    )
    .await;
    let client = app.state.pool.get().await.expect("a connection");
    let called = "select format('%s', 1::bigint), current_setting('search_path')";
    let row = client.query_one(called, &[]).await.expect("a row");
    let (made, path): (String, String) = (row.get(0), row.get(1));
    assert_eq!((made.as_str(), path.as_str()), ("1", "pg_catalog,pg_temp"));
}
