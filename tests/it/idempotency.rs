//! Asking twice and being given once: `Idempotency-Key`.

use futures::future::join_all;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, column, run, unique};

async fn post(app: &TestApp, path: &str, key: &str, body: &Value) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("idempotency-key", key.parse().unwrap());
    app.send_with(Method::POST, path, headers, Some(body)).await
}

/// Each path on which secrets are made, with a body, and one that asks for something else.
async fn everything(app: &TestApp) -> Vec<(String, Value, Value)> {
    let shop = app.stakeholder("shop").await.id;
    let user = |name: &str| json!({ "user": { "username": name, "password": "correct horse" } });
    let stakeholder = || json!({ "stakeholder": { "name": unique("other") } });
    let key = |name: &str| json!({ "key": { "name": name, "role": "viewer" } });
    let credential = |name: &str| json!({ "credential": { "name": name } });
    let token = |name: &str| json!({ "token": { "name": name } });
    vec![
        ("/users".to_owned(), user("ann"), user("bob")),
        ("/stakeholders".to_owned(), stakeholder(), stakeholder()),
        ("/keys".to_owned(), key("ci"), key("backup")),
        (format!("/stakeholders/{shop}/credentials"), credential("blue"), credential("green")),
        (format!("/stakeholders/{shop}/tokens"), token("one"), token("two")),
    ]
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_with_the_secret_in_it() {
    let app = TestApp::start().await;
    for (path, body, other) in everything(&app).await {
        let key = unique("key");
        let first = post(&app, &path, &key, &body).await.expect(201);
        let again = post(&app, &path, &key, &body).await.expect(201);
        assert_eq!(again.body, first.body, "{path}");
        assert_eq!(again.header("location"), first.header("location"), "{path}");
        let refused = post(&app, &path, &key, &other).await.expect(422);
        let expected = json!({ "Idempotency-Key": ["was used for another request"] });
        assert_eq!(refused.errors(), &expected, "{path}");
        let another = post(&app, &path, &unique("key"), &other).await.expect(201);
        assert_ne!(another.data()["id"], first.data()["id"], "{path}");
    }
}

#[tokio::test]
async fn of_ten_simultaneous_requests_under_one_key_one_is_done() {
    let app = TestApp::start().await;
    for (path, body, _) in everything(&app).await {
        let key = unique("key");
        let answers = join_all((0..10).map(|_| post(&app, &path, &key, &body))).await;
        let (done, running): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 201);
        assert!(done.iter().all(|answer| answer.body == done[0].body), "{path}");
        for answer in running {
            let detail =
                json!({ "detail": "A request with this Idempotency-Key is still running." });
            assert_eq!(answer.expect(409).errors(), &detail, "{path}");
        }
        let again = post(&app, &path, &key, &body).await.expect(201);
        assert_eq!(again.body, done[0].body, "{path}");
    }
}

#[tokio::test]
async fn no_secret_and_no_key_can_be_read_in_the_registry() {
    let app = TestApp::start().await;
    let client = app.database.superuser().await;
    for (path, body, _) in everything(&app).await {
        let key = unique("key");
        post(&app, &path, &key, &body).await.expect(201);
        let kept = "select encode(id || sealed, 'escape') from integratedb.kept_answers
                    order by inserted_at desc limit 1";
        let kept = column(&client, kept).await.remove(0);
        for readable in [key.as_str(), "\"id\"", "data", "token", "password"] {
            assert!(!kept.contains(readable), "{path}: {readable} in {kept}");
        }
    }
}

#[tokio::test]
async fn a_key_means_nothing_to_another_caller_nor_after_a_day() {
    let app = TestApp::start().await;
    let (path, body, _) = everything(&app).await.remove(2);
    let first = post(&app, &path, "once", &body).await.expect(201);

    let key = app.post("/keys", &json!({ "key": { "name": "other", "role": "admin" } })).await;
    let root = app.token.clone();
    let mut other = app.beside(|_| {}).await;
    other.token = key.expect(201).data()["key"].as_str().map(str::to_owned);
    let theirs = post(&other, &path, "once", &body).await.expect(201);
    assert_ne!(theirs.data()["key"], first.data()["key"]);

    other.token = root;
    let again = post(&other, &path, "once", &body).await.expect(201);
    assert_eq!(again.body, first.body, "on every instance");

    let client = app.database.superuser().await;
    run(&client, "update integratedb.kept_answers set inserted_at = now() - interval '1 day'")
        .await;
    let later = post(&app, &path, "once", &body).await.expect(201);
    assert_ne!(later.data()["id"], first.data()["id"]);
    // Housekeeping may have come first, so what counts is what is left.
    integratedb::idempotency::forget(&app.state).await.expect("to forget");
    let left = "select count(*), bool_and(inserted_at > now() - interval '1 hour')
                from integratedb.kept_answers";
    let left = client.query_one(left, &[]).await.expect("an answer");
    let (left, are_new): (i64, bool) = (left.get(0), left.get(1));
    assert_eq!((left, are_new), (1, true), "the other caller's goes, since ours is new again");
}

#[tokio::test]
async fn what_was_refused_may_be_asked_again_under_its_key() {
    let app = TestApp::start().await;
    let taken = json!({ "user": { "username": "ROOT", "password": "correct horse" } });
    post(&app, "/users", "once", &taken).await.expect(422);
    let free = json!({ "user": { "username": "ann", "password": "correct horse" } });
    post(&app, "/users", "once", &free).await.expect(201);
}

#[tokio::test]
async fn a_key_is_one_visible_text() {
    let app = TestApp::start().await;
    let body = json!({ "key": { "name": "ci", "role": "viewer" } });
    for wrong in ["", "two words", &"a".repeat(256)] {
        let refused = post(&app, "/keys", wrong, &body).await.expect(400);
        let detail = refused.errors()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("1 to 255 visible ASCII characters"), "{detail}");
    }
    post(&app, "/keys", &"a".repeat(255), &body).await.expect(201);
}
