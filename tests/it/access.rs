//! Who may call what: every route with every kind of caller.

use integratedb::auth::Access;
use integratedb::routes::ROUTES;
use integratedb::users::Role;
use serde_json::{Value, json};

use crate::http::{filled, is_an_error, method};
use crate::support::{Stakeholder, TestApp};

/// What a caller is, as far as it matters to who is let in.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Nobody,
    Wrong,
    Is(Role),
    /// The user whose path it is, with this role.
    Itself(Role),
    /// The key, or token, of the stakeholder whose path it is.
    OwnKey,
    OwnToken,
    /// The same of another.
    OthersKey,
    OthersToken,
}

/// 0, or the status that refuses.
#[expect(clippy::match_same_arms, reason = "a table of who gets what")]
fn verdict(access: Access, kind: Kind) -> u16 {
    let has = |role: Role, needed: Role| if role >= needed { 0 } else { 403 };
    match (access, kind) {
        (Access::Anyone, _) => 0,
        (_, Kind::Nobody | Kind::Wrong) => 401,
        (Access::Anybody, _) => 0,
        (Access::SelfOr(_), Kind::Itself(_)) => 0,
        (
            Access::Role(needed)
            | Access::FirstOr(needed)
            | Access::SelfOr(needed)
            | Access::OwnOr(needed)
            | Access::StreamOr(needed),
            Kind::Is(role) | Kind::Itself(role),
        ) => has(role, needed),
        (Access::OwnOr(_) | Access::StreamOr(_), Kind::OwnKey) => 0,
        (Access::OwnOr(_) | Access::StreamOr(_), Kind::OthersKey) => 404,
        (Access::StreamOr(_), Kind::OwnToken) => 0,
        (Access::StreamOr(_), Kind::OthersToken) => 404,
        _ => 403,
    }
}

async fn user(app: &TestApp, role: &str) -> (i64, String) {
    let body = json!({ "user": { "username": role, "password": "correct horse", "role": role } });
    let made = app.post("/users", &body).await.expect(201);
    let data = made.data();
    (data["id"].as_i64().unwrap(), data["token"].as_str().unwrap().to_owned())
}

async fn key(app: &TestApp, scope: Value) -> String {
    let mut key = json!({ "name": "a program" });
    key.as_object_mut().unwrap().extend(scope.as_object().unwrap().clone());
    let made = app.post("/keys", &json!({ "key": key })).await.expect(201);
    made.data()["key"].as_str().unwrap().to_owned()
}

async fn key_of(app: &TestApp, stakeholder: &Stakeholder) -> String {
    key(app, json!({ "stakeholder_id": stakeholder.id })).await
}

#[tokio::test]
async fn every_route_lets_in_whom_it_is_for_and_nobody_else() {
    let mut app = TestApp::start().await;
    let (shop, other) = (app.stakeholder("shop").await, app.stakeholder("other").await);
    let mut callers = vec![(Kind::Nobody, None)];
    for wrong in ["x", "idbt_wrong", "idbk_wrong"] {
        callers.push((Kind::Wrong, Some(wrong.to_owned())));
    }
    let mut themselves = Vec::new();
    for role in Role::ALL {
        let (id, token) = user(&app, role.as_str()).await;
        callers.push((Kind::Is(role), Some(token.clone())));
        themselves.push((id, Kind::Itself(role), Some(token)));
        callers.push((Kind::Is(role), Some(key(&app, json!({ "role": role })).await)));
    }
    callers.push((Kind::OwnKey, Some(key_of(&app, &shop).await)));
    callers.push((Kind::OthersKey, Some(key_of(&app, &other).await)));
    callers.push((Kind::OwnToken, Some(app.token_of(&shop).await)));
    callers.push((Kind::OthersToken, Some(app.token_of(&other).await)));

    for (name, path, access) in ROUTES.0 {
        let is_users = path.starts_with("/users/");
        let id = if is_users { "999999".to_owned() } else { shop.id.to_string() };
        for (kind, token) in &callers {
            // What is done where somebody is let in is for other tests.
            let expected = verdict(*access, *kind);
            if *name == "DELETE" && expected == 0 {
                continue;
            }
            check(&mut app, (name, path), &filled(path, &id), *kind, token.as_ref(), expected)
                .await;
        }
        for (id, kind, token) in themselves.iter().filter(|_| is_users && *name != "DELETE") {
            let expected = verdict(*access, *kind);
            check(
                &mut app,
                (name, path),
                &filled(path, &id.to_string()),
                *kind,
                token.as_ref(),
                expected,
            )
            .await;
        }
    }
}

async fn check(
    app: &mut TestApp,
    (name, pattern): (&str, &str),
    path: &str,
    kind: Kind,
    token: Option<&String>,
    expected: u16,
) {
    app.token = token.cloned();
    let answer = app.send(method(name), path, Some(&json!({}))).await;
    let what = format!("{name} {pattern} {kind:?}: {}", answer.body);
    if expected == 0 {
        // What else could be wrong doesn't matter here: who is let in is asked first.
        assert!(![401, 403].contains(&answer.status), "{what}");
        let may_be_nothing = pattern.matches('{').count() > 1 || pattern.starts_with("/users/");
        assert!(answer.status != 404 || may_be_nothing, "{what}");
    } else {
        is_an_error(&answer, expected, &what);
        assert_eq!(answer.header("www-authenticate") == "Bearer", expected == 401, "{what}");
    }
}

#[tokio::test]
async fn only_streams_take_a_token_out_of_the_query() {
    let mut app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (token, key) = (app.token_of(&shop).await, key_of(&app, &shop).await);
    app.token = None;
    for (name, path, access) in ROUTES.0 {
        let path = filled(path, &shop.id.to_string());
        for secret in [&token, &key] {
            let in_query = format!("{path}?access_token={secret}");
            let answer = app.send(method(name), &in_query, Some(&json!({}))).await;
            let is_let_in = *access == Access::Anyone || *access == Access::STREAM;
            assert_eq!(answer.status != 401, is_let_in, "{name} {path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn what_is_not_there_tells_nothing_to_whoever_may_nothing() {
    let mut app = TestApp::start().await;
    app.token = None;
    for path in ["", "/", "/nothing", "/users/1/claims"] {
        is_an_error(&app.get(path).await, 401, path);
    }
}

#[tokio::test]
async fn everybody_is_told_who_they_are() {
    let mut app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (own, token) = (key_of(&app, &shop).await, app.token_of(&shop).await);
    let program = key(&app, json!({ "role": "operator" })).await;
    let stakeholder = json!({ "id": shop.id, "name": shop.name });
    let expected = |kind: &str, name: &str, role: Value, stakeholder: &Value| json!({ "kind": kind, "id": 0, "name": name, "role": role, "stakeholder": stakeholder });
    let root = app.token.clone().unwrap();
    for (token, expected) in [
        (root, expected("user", "root", json!("admin"), &Value::Null)),
        (program, expected("key", "a program", json!("operator"), &Value::Null)),
        (own, expected("key", "a program", Value::Null, &stakeholder)),
        (token, expected("token", "test", Value::Null, &stakeholder)),
    ] {
        app.token = Some(token);
        let mut me = app.get("/me").await.expect(200).data().clone();
        assert!(me["id"].is_i64());
        me["id"] = json!(0);
        assert_eq!(me, expected);
    }
}
