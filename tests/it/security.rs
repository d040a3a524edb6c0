//! What `docs/security.md` says and no other test shows.

use integratedb::http::BASE;
use integratedb::routes::ROUTES;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::{filled, method};
use crate::support::program::Serve;
use crate::support::{Database, TestApp, column, may_not, run, unique};

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
            assert!(answer.headers().contains_key("cache-control"), "{name} {path}");
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
    assert_eq!((made.as_str(), path.as_str()), ("1", "pg_catalog, pg_temp"));
}

#[tokio::test]
async fn answers_are_kept_by_nobody_unless_they_say_so() {
    let mut app = TestApp::start().await;
    let kept =
        async |app: &TestApp, path: &str| app.get(path).await.header("cache-control").to_owned();
    assert_eq!(kept(&app, "/users").await, "no-store");
    assert_eq!(kept(&app, "/stakeholders/999").await, "no-store");
    assert_eq!(kept(&app, "/nowhere").await, "no-store");
    let stakeholder = app.stakeholder("shop").await;
    let path = format!("/stakeholders/{}/claims", stakeholder.id);
    assert_eq!(kept(&app, &path).await, "private, no-cache");
    app.token = None;
    assert_eq!(kept(&app, "/users").await, "no-store");
}

#[tokio::test]
async fn what_is_no_request_leaves_no_error_in_the_log() {
    let database = Database::create().await;
    let mut serve = Serve::start(&database.control_url(), &[]).await;
    let address = serve.origin.strip_prefix("http://").expect("an address").to_owned();
    let too_large = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(1_000_000));
    for nonsense in [too_large.as_str(), "GET / HTTP/1.1\r\nno header\r\n\r\n"] {
        let mut connection = TcpStream::connect(&address).await.expect("a connection");
        // It may be hung up on before it has said everything.
        let _ = connection.write_all(nonsense.as_bytes()).await;
        let _ = connection.read_to_end(&mut Vec::new()).await;
    }
    serve.signal("TERM");
    serve.ended().await;
    assert!(!serve.log().is_empty() && !serve.log().contains("ERROR"), "{}", serve.log());
}

#[tokio::test]
async fn nobody_else_may_call_what_the_schema_has() {
    let app = TestApp::start().await;
    let superuser = app.database.superuser().await;
    let open = "select p.oid::regprocedure from pg_proc p
                cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                where p.pronamespace = 'integratedb'::regnamespace and a.grantee <> p.proowner";
    assert!(column(&superuser, open).await.is_empty());
    let stakeholder = app.stakeholder("shop").await;
    run(&superuser, &format!("grant usage on schema integratedb to {}", stakeholder.name)).await;
    let client = app.connect_as(&stakeholder).await;
    may_not(&client, "select integratedb.sync()").await;
    may_not(&client, "select integratedb.take_fence()").await;
    // What is for everybody calls these as its owner.
    run(&client, "select * from integratedb_unmet_claims(), integratedb_impact('public')").await;
    run(&client, "select integratedb_validate_migration(), integratedb_sync()").await;
}
