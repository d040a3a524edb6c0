//! Nobody overwrites what they haven't seen: `ETag`, `If-None-Match` and `If-Match`.

use futures::future::join_all;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, run, unique};

async fn ask(
    app: &TestApp,
    method: Method,
    path: &str,
    (header, tag): (&'static str, &str),
    body: Option<&Value>,
) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(header, tag.parse().unwrap());
    app.send_with(method, path, headers, body).await
}

/// Paths of all that has versions, each with two bodies that change it.
async fn everything(app: &TestApp) -> Vec<(String, Value, Value)> {
    let owner = app.database.owner().await;
    run(&owner, "create table public.orders (id bigint primary key, note text)").await;
    let user = json!({ "user": { "username": "ann", "password": "correct horse" } });
    let user = app.post("/users", &user).await.expect(201).data()["id"].clone();
    let shop = app.stakeholder("shop").await;
    app.claim(&shop, &json!([{ "path": "public.orders", "fields": ["*"] }])).await;
    let claims = |field: &str| json!({ "data": { "match": [{ "path": "public.orders", "fields": [field] }] } });
    let hook = |password: &str| {
        let url = format!("https://hook:{password}@hooks.example.com/");
        json!({ "data": { "match": [], "channels": [{ "type": "WEBHOOK", "url": url }] } })
    };
    let password = |password: &str| json!({ "user": { "password": password } });
    let limit = |limit: i32| json!({ "guards": { "connection_limit": limit } });
    let name = || json!({ "stakeholder": { "name": unique("name") } });
    vec![
        (format!("/users/{user}"), password("another horse"), password("a third horse")),
        (format!("/stakeholders/{}", shop.id), name(), name()),
        (format!("/stakeholders/{}/guards", shop.id), limit(3), limit(4)),
        (format!("/stakeholders/{}/claims", shop.id), claims("id"), claims("note")),
        (format!("/stakeholders/{}/notifications", shop.id), hook("one"), hook("two")),
    ]
}

/// What is said of a header that can't be read.
fn unreadable(header: &str) -> Value {
    let detail = format!(
        "The header {header} can't be read: it must be * or what ETag said, in its double quotes, \
         as {header}: \"JfPk1Yv0yOvn8dG1hJmX5A\"; several with commas between."
    );
    json!({ "detail": detail })
}

#[tokio::test]
async fn what_is_known_already_is_not_sent_again() {
    let app = TestApp::start().await;
    for (path, change, _) in everything(&app).await {
        let tag = app.get(&path).await.expect(200).header("etag").to_owned();
        for known in [tag.as_str(), &format!("W/{tag}"), &format!("\"other\", {tag}"), "*"] {
            let answer = ask(&app, Method::GET, &path, ("if-none-match", known), None).await;
            assert_eq!(answer.expect(304).header("etag"), tag);
        }
        ask(&app, Method::GET, &path, ("if-none-match", "\"other\""), None).await.expect(200);
        let bare = tag.trim_matches('"');
        for wrong in [bare, "what is no tag"] {
            let answer = ask(&app, Method::GET, &path, ("if-none-match", wrong), None).await;
            assert_eq!(answer.expect(400).errors(), &unreadable("If-None-Match"), "{path}");
        }

        let changed = app.put(&path, &change).await.expect(200).header("etag").to_owned();
        assert_ne!(changed, tag, "{path}");
        let answer = ask(&app, Method::GET, &path, ("if-none-match", &tag), None).await;
        assert_eq!(answer.expect(200).header("etag"), changed, "{path}");
    }
}

#[tokio::test]
async fn a_change_of_a_version_that_is_gone_is_refused() {
    let app = TestApp::start().await;
    for (path, change, other) in everything(&app).await {
        let seen = app.get(&path).await.expect(200).header("etag").to_owned();
        let put = async |tag: &str, body| {
            ask(&app, Method::PUT, &path, ("if-match", tag), Some(body)).await
        };
        let now = put(&seen, &change).await.expect(200).header("etag").to_owned();
        let refused = put(&seen, &other).await.expect(412);
        assert_eq!(refused.header("etag"), now, "{path}");
        put(&format!("W/{now}"), &other).await.expect(412);
        for wrong in [now.trim_matches('"'), "what is no tag", &format!("*, {now}")] {
            let refused = put(wrong, &other).await.expect(400);
            assert_eq!(refused.errors(), &unreadable("If-Match"), "{path}");
        }
        put("*", &other).await.expect(200);
        let now = app.get(&path).await.header("etag").to_owned();
        let taken = ask(&app, Method::PUT, &path, ("if-none-match", "*"), Some(&change)).await;
        assert_eq!(taken.expect(412).header("etag"), now, "{path}");
    }
}

#[tokio::test]
async fn of_ten_changes_of_one_version_at_once_exactly_one_is_made() {
    let app = TestApp::start().await;
    for (path, change, _) in everything(&app).await {
        let seen = app.get(&path).await.expect(200).header("etag").to_owned();
        let puts =
            (0..10).map(|_| ask(&app, Method::PUT, &path, ("if-match", &seen), Some(&change)));
        let mut statuses: Vec<u16> =
            join_all(puts).await.into_iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200, "{path}");
        assert_eq!(statuses[1..], [412; 9], "{path}");
    }
}

#[tokio::test]
async fn a_dry_run_answers_for_the_version_that_there_is() {
    let app = TestApp::start().await;
    let (path, change, other) = everything(&app).await.remove(3);
    let seen = app.get(&path).await.expect(200).header("etag").to_owned();
    let dry = format!("{path}?dry_run=true");
    let put = async |path: &str, body| {
        ask(&app, Method::PUT, path, ("if-match", &seen), Some(body)).await
    };
    assert_eq!(put(&dry, &change).await.expect(200).header("etag"), seen);
    put(&path, &change).await.expect(200);
    put(&dry, &other).await.expect(412);
}

#[tokio::test]
async fn only_the_version_that_was_seen_is_deleted() {
    let app = TestApp::start().await;
    for (path, change, _) in everything(&app).await.into_iter().take(2) {
        let seen = app.get(&path).await.expect(200).header("etag").to_owned();
        let now = app.put(&path, &change).await.expect(200).header("etag").to_owned();
        ask(&app, Method::DELETE, &path, ("if-match", &seen), None).await.expect(412);
        app.get(&path).await.expect(200);
        ask(&app, Method::DELETE, &path, ("if-match", &now), None).await.expect(204);
        ask(&app, Method::DELETE, &path, ("if-match", "*"), None).await.expect(404);
    }
}
