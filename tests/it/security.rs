//! What `docs/security.md` says and no other test shows.

use integratedb::http::BASE;
use integratedb::routes::ROUTES;
use serde_json::json;

use crate::http::{filled, method};
use crate::support::{TestApp, column, may_not, run, unique};

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
