//! Users: the first of them, and what is done with the others.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, column, run, until_waiting};

fn user(username: &str, password: &str) -> Value {
    json!({ "user": { "username": username, "password": password } })
}

async fn with_token(app: &TestApp, token: &Value, method: Method, path: &str) -> Answer {
    let request = app.http.request(method, format!("{}{path}", app.base));
    let request = request.bearer_auth(token.as_str().expect("a token"));
    Answer::of(request.send().await.expect("an answer")).await
}

async fn bootstrap(app: &TestApp, secret: Option<&str>) -> Answer {
    let mut request = app.http.post(format!("{}/users", app.base));
    if let Some(secret) = secret {
        request = request.header("x-bootstrap-secret", secret);
    }
    let request = request.json(&user("root", "correct horse"));
    Answer::of(request.send().await.expect("an answer")).await
}

#[tokio::test]
async fn the_first_user_needs_no_token_and_the_second_does() {
    let app = TestApp::empty().await;
    let first = app.post("/users", &user("root", "correct horse")).await.expect(201);
    assert_eq!(first.header("location"), "/api/v1/users/1");
    assert_eq!(first.data()["id"], 1);

    let second = app.post("/users", &user("second", "correct horse")).await.expect(401);
    assert_eq!(second.header("www-authenticate"), "Bearer");
    app.post("/users", &json!({})).await.expect(401);
    let users = with_token(&app, &first.data()["token"], Method::GET, "/users").await.expect(200);
    assert_eq!(users.data(), &json!([{ "id": 1, "username": "root", "role": "admin" }]));
}

#[tokio::test]
async fn of_fifty_simultaneous_first_users_exactly_one_is_made() {
    let app = TestApp::empty().await;
    let requests = (0..50).map(|number| {
        let body = user(&format!("root{number}"), "correct horse");
        let app = &app;
        async move { app.post("/users", &body).await.status }
    });
    let mut statuses = join_all(requests).await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert_eq!(statuses[1..], [401; 49]);
    let client = app.database.superuser().await;
    assert_eq!(column(&client, "select count(*) from integratedb.users").await, ["1"]);
}

#[tokio::test]
async fn the_first_user_takes_the_bootstrap_secret_where_one_is_set() {
    let app =
        TestApp::with(|settings| settings.bootstrap_secret = Some("open sesame".into())).await;
    bootstrap(&app, None).await.expect(401);
    bootstrap(&app, Some("close sesame")).await.expect(403);
    bootstrap(&app, Some("")).await.expect(403);
    bootstrap(&app, Some("open sesame")).await.expect(201);
    bootstrap(&app, Some("open sesame")).await.expect(401);
}

#[tokio::test]
async fn what_a_stranger_sends_is_not_examined() {
    let app =
        TestApp::with(|settings| settings.bootstrap_secret = Some("open sesame".into())).await;
    app.post("/users", &user("", "")).await.expect(401);
}

#[tokio::test]
async fn a_user_is_made_shown_changed_and_deleted() {
    let app = TestApp::start().await;
    let made = app.post("/users", &user(" ann ", "battery staple")).await.expect(201);
    let path = format!("/users/{}", made.data()["id"]);
    assert_eq!(made.header("location"), format!("/api/v1{path}"));
    let expected = json!({ "id": made.data()["id"], "username": "ann", "role": "viewer" });
    assert_eq!(app.get(&path).await.expect(200).data(), &expected);

    let changed = app.put(&path, &json!({ "user": { "username": "anna" } })).await.expect(200);
    assert_eq!(changed.data()["username"], "anna");
    let names: Vec<Value> = app.get("/users").await.data().as_array().unwrap().clone();
    assert_eq!(names.iter().map(|user| &user["username"]).collect::<Vec<_>>(), ["root", "anna"]);

    let deleted = app.delete(&path).await.expect(204);
    assert_eq!(deleted.body, Value::Null);
    app.get(&path).await.expect(404);
    app.delete(&path).await.expect(404);
    app.put(&path, &json!({ "user": { "username": "anna" } })).await.expect(404);
}

#[tokio::test]
async fn everything_wrong_with_a_user_is_said_at_once() {
    let app = TestApp::start().await;
    for (body, username, password) in [
        (json!({}), "can't be blank", "can't be blank"),
        (user(" ", ""), "can't be blank", "can't be blank"),
        (
            user("two words", "123456789"),
            "has invalid format: a letter (a-z) or _, and then up to 254 letters, digits or _ . @ + -",
            "should be at least 10 character(s)",
        ),
        (json!({ "user": { "username": 1, "password": [] } }), "is invalid", "is invalid"),
    ] {
        let answer = app.post("/users", &body).await.expect(422);
        let expected = json!({ "username": [username], "password": [password] });
        assert_eq!(answer.errors(), &expected, "{body}");
    }
    let answer = app.put("/users/1", &user("two words", "123456789")).await.expect(422);
    assert_eq!(answer.errors().as_object().unwrap().len(), 2);
    let answer = app.post("/users", &json!({ "user": "ann" })).await.expect(422);
    assert_eq!(answer.errors(), &json!({ "user": ["is invalid"] }));
    let answer = app.post("/users", &user("long", &"x".repeat(1025))).await.expect(422);
    assert_eq!(answer.errors()["password"], json!(["should be at most 1024 character(s)"]));
}

#[tokio::test]
async fn a_username_is_taken_in_whatever_case() {
    let app = TestApp::start().await;
    let taken = json!({ "username": ["has already been taken"] });
    for name in ["root", "ROOT", " Root "] {
        let answer = app.post("/users", &user(name, "correct horse")).await.expect(422);
        assert_eq!(answer.errors(), &taken, "{name}");
    }
    let other = app.post("/users", &user("other", "correct horse")).await.expect(201);
    let path = format!("/users/{}", other.data()["id"]);
    let answer = app.put(&path, &json!({ "user": { "username": "rOOt" } })).await.expect(422);
    assert_eq!(answer.errors(), &taken);
    app.put(&path, &json!({ "user": { "username": "OTHER" } })).await.expect(200);
}

#[tokio::test]
async fn the_last_user_cannot_be_deleted() {
    let app = TestApp::start().await;
    app.delete("/users/1").await.expect(409);
    app.get("/users/1").await.expect(200);
}

#[tokio::test]
async fn of_two_last_users_deleted_at_once_one_stays() {
    let app = TestApp::start().await;
    let mut other = user("other", "correct horse");
    other["user"]["role"] = json!("admin");
    let other = app.post("/users", &other).await.expect(201);
    let path = format!("/users/{}", other.data()["id"]);

    let superuser = app.database.superuser().await;
    run(&superuser, "begin; lock table integratedb.users in share row exclusive mode").await;
    let release = async {
        until_waiting(&app.database.superuser().await, 2).await;
        run(&superuser, "commit").await;
    };
    let (first, second, ()) = tokio::join!(app.delete("/users/1"), app.delete(&path), release);
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    assert_eq!(column(&superuser, "select count(*) from integratedb.users").await, ["1"]);
}

#[tokio::test]
async fn a_new_password_ends_older_tokens() {
    let app = TestApp::start().await;
    let before = app.post("/users", &user("ann", "battery staple")).await.expect(201);
    let path = format!("/users/{}", before.data()["id"]);
    app.put(&path, &json!({ "user": { "username": "anna" } })).await.expect(200);
    with_token(&app, &before.data()["token"], Method::GET, "/users").await.expect(200);

    let change = json!({ "user": { "password": "another staple" } });
    let answer = app.put(&path, &change).await.expect(200);
    let anna = json!({ "id": before.data()["id"], "username": "anna", "role": "viewer" });
    assert_eq!(answer.data(), &anna);
    with_token(&app, &before.data()["token"], Method::GET, "/users").await.expect(401);
    let refresh = json!({ "data": before.data()["refreshToken"] });
    app.post("/auth/renew", &refresh).await.expect(403);
    let login = |password: &str| json!({ "data": { "username": "anna", "password": password } });
    app.post("/auth/login", &login("battery staple")).await.expect(403);
    let after = app.post("/auth/login", &login("another staple")).await.expect(200);
    with_token(&app, &after.data()["token"], Method::GET, "/users").await.expect(200);
    app.post("/auth/renew", &json!({ "data": after.data()["refreshToken"] })).await.expect(200);
}

#[tokio::test]
async fn the_tokens_of_a_deleted_user_are_not_good_any_more() {
    let app = TestApp::start().await;
    let ann = app.post("/users", &user("ann", "battery staple")).await.expect(201);
    app.delete(&format!("/users/{}", ann.data()["id"])).await.expect(204);
    with_token(&app, &ann.data()["token"], Method::GET, "/users").await.expect(401);
    app.post("/auth/renew", &json!({ "data": ann.data()["refreshToken"] })).await.expect(403);
}

#[tokio::test]
async fn roles_are_for_admins_to_give_and_one_of_them_stays() {
    let mut app = TestApp::start().await;
    let wrong = json!({ "user": { "username": "x", "password": "correct horse", "role": "god" } });
    let answer = app.post("/users", &wrong).await.expect(422);
    let errors = json!({ "role": ["must be viewer, operator or admin"] });
    assert_eq!(answer.errors(), &errors);
    let ann = app.post("/users", &user("ann", "battery staple")).await.expect(201);
    let path = format!("/users/{}", ann.data()["id"]);
    let role = |role: &str| json!({ "user": { "role": role } });
    let last = app.put("/users/1", &role("viewer")).await.expect(409);
    let detail = "The last admin stays one: nobody could then make another.";
    assert_eq!(last.errors(), &json!({ "detail": detail }));
    app.delete("/users/1").await.expect(409);

    let root = app.token.replace(ann.data()["token"].as_str().unwrap().to_owned());
    app.put(&path, &role("admin")).await.expect(403);
    app.put(&path, &json!({ "user": { "username": "anna" } })).await.expect(200);
    app.put("/users/1", &json!({ "user": { "username": "x" } })).await.expect(403);
    app.token = root;
    assert_eq!(app.put(&path, &role("admin")).await.expect(200).data()["role"], "admin");
    app.put("/users/1", &role("viewer")).await.expect(200);
    app.post("/users", &user("bob", "battery staple")).await.expect(403);
}

#[tokio::test]
async fn the_first_user_is_an_admin() {
    let app = TestApp::empty().await;
    let mut body = user("root", "correct horse");
    body["user"]["role"] = json!("viewer");
    let answer = app.post("/users", &body).await.expect(422);
    assert_eq!(answer.errors(), &json!({ "role": ["must be admin for the first user"] }));
    app.post("/users", &user("root", "correct horse")).await.expect(201);
}
