//! Keys of programs: shown once, kept as a hash, used, and ended; and what nobody may
//! give who doesn't have it.

use serde_json::{Value, json};

use crate::support::{TestApp, column, run, until_waiting};

async fn user(app: &TestApp, role: &str) -> String {
    let body = json!({ "user": { "username": role, "password": "correct horse", "role": role } });
    app.post("/users", &body).await.expect(201).data()["token"].as_str().unwrap().to_owned()
}

async fn key(app: &TestApp, key: Value) -> Value {
    app.post("/keys", &json!({ "key": key })).await.expect(201).data().clone()
}

#[tokio::test]
async fn a_key_is_shown_once_and_kept_as_a_hash() {
    let mut app = TestApp::start().await;
    let body = json!({ "key": { "name": " ci ", "role": "viewer", "expires_in_days": 90 } });
    let made = app.post("/keys", &body).await.expect(201);
    let secret = made.data()["key"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("idbk_") && secret.len() == 37, "{secret}");
    assert_eq!(made.header("location"), format!("/api/v1/keys/{}", made.data()["id"]));
    let mut expected = made.data().clone();
    expected.as_object_mut().unwrap().remove("key");
    assert_eq!(expected["name"], "ci");
    assert_eq!(app.get("/keys").await.expect(200).data(), &json!([expected]));
    assert!(!app.get("/keys").await.body.to_string().contains(&secret));

    let client = app.database.superuser().await;
    let kept = format!(
        "select hash = sha256('{secret}'), extract(day from expires_at - inserted_at)::int = 90
         from integratedb.keys"
    );
    assert_eq!(column(&client, &kept).await, ["t"]);
    let root = app.token.replace(secret);
    app.get("/users").await.expect(200);
    app.token = root;
    assert!(app.get("/keys").await.data()[0]["last_used_at"].is_string());
}

#[tokio::test]
async fn what_is_wrong_with_a_key_is_said_at_once() {
    let app = TestApp::start().await;
    let days = "must be a number of days from 1 to 3650";
    for (key, errors) in [
        (json!({}), json!({ "name": ["can't be blank"] })),
        (
            json!({ "name": "x", "role": "root", "expires_in_days": 0, "stakeholder_id": "1" }),
            json!({
                "role": ["must be viewer, operator or admin"],
                "expires_in_days": [days],
                "stakeholder_id": ["is invalid"],
            }),
        ),
        (
            json!({ "name": "x" }),
            json!({ "role": ["can't be blank, unless there is a stakeholder_id"] }),
        ),
        (
            json!({ "name": "x", "role": "viewer", "stakeholder_id": 1 }),
            json!({ "role": ["can't be set together with stakeholder_id"] }),
        ),
        (
            json!({ "name": "x", "stakeholder_id": 999_999 }),
            json!({ "stakeholder_id": ["is the id of no stakeholder"] }),
        ),
    ] {
        let answer = app.post("/keys", &json!({ "key": key })).await.expect(422);
        assert_eq!(answer.errors(), &errors, "{key}");
    }
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_they_have() {
    let mut app = TestApp::start().await;
    let admins = key(&app, json!({ "name": "a", "role": "admin" })).await;
    app.token = Some(user(&app, "operator").await);
    let refusal = app.post("/keys", &json!({ "key": { "name": "b", "role": "admin" } })).await;
    let detail = "A key of the role admin takes somebody of that role; yours is operator.";
    assert_eq!(refusal.expect(403).errors(), &json!({ "detail": detail }));
    app.delete(&format!("/keys/{}", admins["id"])).await.expect(403);
    let own = key(&app, json!({ "name": "c", "role": "operator" })).await;
    app.delete(&format!("/keys/{}", own["id"])).await.expect(204);
    app.delete(&format!("/keys/{}", own["id"])).await.expect(404);
    app.token = admins["key"].as_str().map(str::to_owned);
    app.get("/keys").await.expect(200);
    app.delete(&format!("/keys/{}", admins["id"])).await.expect(204);
    app.get("/keys").await.expect(401);
}

#[tokio::test]
async fn a_key_ends_with_its_time_and_its_stakeholder() {
    let mut app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let made = key(&app, json!({ "name": "shop", "stakeholder_id": shop.id })).await;
    let client = app.database.superuser().await;
    let claims = format!("/stakeholders/{}/claims", shop.id);
    let root = app.token.replace(made["key"].as_str().unwrap().to_owned());
    app.get(&claims).await.expect(200);
    app.put(&claims, &json!({ "data": { "match": [] } })).await.expect(200);
    run(&client, "update integratedb.keys set expires_at = now()").await;
    app.get(&claims).await.expect(401);
    run(&client, "update integratedb.keys set expires_at = null").await;
    app.get(&claims).await.expect(200);
    let own = std::mem::replace(&mut app.token, root);
    app.delete(&format!("/stakeholders/{}", shop.id)).await.expect(204);
    app.token = own;
    app.get(&claims).await.expect(401);
}

#[tokio::test]
async fn a_key_that_goes_meanwhile_makes_no_other() {
    let mut app = TestApp::start().await;
    let maker = key(&app, json!({ "name": "maker", "role": "operator" })).await;
    let root = app.token.replace(maker["key"].as_str().unwrap().to_owned());
    let superuser = app.database.superuser().await;
    run(&superuser, &format!("begin; delete from integratedb.keys where id = {}", maker["id"]))
        .await;
    let body = json!({ "key": { "name": "made", "role": "viewer" } });
    let revoke = async {
        until_waiting(&app.database.superuser().await, 1).await;
        run(&superuser, "commit").await;
    };
    let (answer, ()) = tokio::join!(app.post("/keys", &body), revoke);
    answer.expect(401);
    app.token = root;
    assert_eq!(app.get("/keys").await.expect(200).data(), &json!([]));
}
