//! Sessions of browsers: a cookie that no script reads, a token that no other site has,
//! and when they end.

use std::time::Duration;

use integratedb::sessions::Lifetime;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, column, run};

/// A browser that has logged in.
struct Browser {
    cookie: String,
    csrf: String,
    /// What was said with the cookie.
    attributes: String,
}

fn credentials() -> Value {
    json!({ "user": { "username": "root", "password": "correct horse" } })
}

fn request(app: &TestApp, method: Method, path: &str) -> RequestBuilder {
    app.http.request(method, format!("{}{path}", app.base))
}

async fn sent(request: RequestBuilder) -> Answer {
    Answer::of(request.send().await.unwrap()).await
}

async fn log_in(app: &TestApp) -> Browser {
    log_in_with(request(app, Method::POST, "/auth/session")).await
}

async fn log_in_with(request: RequestBuilder) -> Browser {
    let answer = request.json(&credentials()).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let set = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let (cookie, attributes) = set.split_once(';').unwrap();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["data"]["username"], "root");
    assert_eq!(body["data"]["role"], "admin");
    Browser {
        cookie: cookie.to_owned(),
        csrf: body["data"]["csrf_token"].as_str().unwrap().to_owned(),
        attributes: attributes.to_owned(),
    }
}

impl Browser {
    fn request(&self, app: &TestApp, method: Method, path: &str) -> RequestBuilder {
        request(app, method, path).header("Cookie", &self.cookie)
    }

    async fn get(&self, app: &TestApp, path: &str) -> Answer {
        sent(self.request(app, Method::GET, path)).await
    }

    async fn remove(&self, app: &TestApp, path: &str) -> Answer {
        sent(self.request(app, Method::DELETE, path).header("X-CSRF-Token", &self.csrf)).await
    }
}

fn make(name: &str) -> Value {
    json!({ "stakeholder": { "name": name } })
}

#[tokio::test]
async fn a_browser_logs_in_and_out() {
    let app = TestApp::start().await;
    let browser = log_in(&app).await;
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(browser.attributes.contains(part), "{}", browser.attributes);
    }
    assert!(!browser.attributes.contains("Secure"));
    let shown = browser.get(&app, "/auth/session").await.expect(200);
    assert_eq!(shown.data()["csrf_token"], browser.csrf.as_str());
    assert_eq!(browser.get(&app, "/me").await.expect(200).data()["name"], "root");

    browser.remove(&app, "/auth/session").await.expect(204);
    let ended = browser.get(&app, "/me").await.expect(401);
    assert_eq!(ended.errors()["detail"], "The session has ended. Log in again.");
    assert_eq!(browser.get(&app, "/auth/session").await.expect(200).data(), &Value::Null);
}

#[tokio::test]
async fn a_change_takes_the_token_of_the_same_session() {
    let app = TestApp::start().await;
    let (browser, other) = (log_in(&app).await, log_in(&app).await);
    let change = || browser.request(&app, Method::POST, "/stakeholders").json(&make("forged_1"));
    let refused = sent(change()).await.expect(403);
    assert!(refused.errors()["detail"].as_str().unwrap().contains("X-CSRF-Token"));
    sent(change().header("X-CSRF-Token", "x")).await.expect(403);
    sent(change().header("X-CSRF-Token", &other.csrf)).await.expect(403);
    let vouched = || change().header("X-CSRF-Token", &browser.csrf);
    for site in ["cross-site", "same-site"] {
        sent(vouched().header("Sec-Fetch-Site", site)).await.expect(403);
    }
    assert_eq!(app.get("/stakeholders").await.expect(200).data(), &json!([]));
    // Who brings a token of their own needs none: no other site can send it.
    let by_token =
        request(&app, Method::POST, "/stakeholders").bearer_auth(app.token.as_ref().unwrap());
    sent(by_token.header("Cookie", &other.cookie).json(&make("-"))).await.expect(422);
    let mut wrong = vouched().header("Sec-Fetch-Site", "same-origin");
    wrong = wrong.json(&make("-"));
    sent(wrong).await.expect(422);
}

#[tokio::test]
async fn nobody_is_logged_in_by_another_site_or_with_a_cookie_it_brings() {
    let app = TestApp::start().await;
    let log_in = || request(&app, Method::POST, "/auth/session");
    sent(log_in().header("Sec-Fetch-Site", "cross-site").json(&credentials())).await.expect(403);
    // What a form or a simple fetch of another site can send.
    let plain = || log_in().body(credentials().to_string());
    sent(plain().header("Content-Type", "text/plain")).await.expect(415);
    sent(plain()).await.expect(415);
    let planted = "integratedb_session=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let browser = log_in_with(log_in().header("Cookie", planted)).await;
    assert_ne!(browser.cookie, planted);
    // Logging in again ends the session that was left.
    let next = log_in_with(log_in().header("Cookie", &browser.cookie)).await;
    browser.get(&app, "/me").await.expect(401);
    next.get(&app, "/me").await.expect(200);
    let wrong = json!({ "user": { "username": "root", "password": "wrong horse" } });
    sent(log_in().json(&wrong)).await.expect(403);
    let nothing = sent(log_in().json(&json!({}))).await.expect(422);
    assert_eq!(nothing.errors()["username"], json!(["can't be blank"]));
}

#[tokio::test]
async fn a_session_ends_with_the_password_and_with_the_user() {
    let app = TestApp::start().await;
    let browser = log_in(&app).await;
    let root = browser.get(&app, "/auth/session").await.expect(200).data()["id"].clone();
    let change = json!({ "user": { "password": "another horse" } });
    app.put(&format!("/users/{root}"), &change).await.expect(200);
    browser.get(&app, "/me").await.expect(401);

    let app = TestApp::start().await;
    let second =
        json!({ "user": { "username": "second", "password": "correct horse", "role": "viewer" } });
    let id = app.post("/users", &second).await.expect(201).data()["id"].clone();
    let answer = request(&app, Method::POST, "/auth/session").json(&second).send().await.unwrap();
    let cookie =
        answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let me = || request(&app, Method::GET, "/me").header("Cookie", &cookie);
    sent(me()).await.expect(200);
    app.delete(&format!("/users/{id}")).await.expect(204);
    sent(me()).await.expect(401);
}

#[tokio::test]
async fn a_session_ends_by_its_time_and_when_nothing_is_done_in_it() {
    let hour = Duration::from_hours(1);
    let app = TestApp::start_with(|settings| {
        settings.session_lifetime = Lifetime { whole: 2 * hour, idle: hour };
    })
    .await;
    let (old, idle, fresh) = (log_in(&app).await, log_in(&app).await, log_in(&app).await);
    let superuser = app.database.superuser().await;
    let all = "select id::text from integratedb.sessions order by id";
    let ids = column(&superuser, all).await;
    // At once: housekeeping removes what has ended.
    let ageing = format!(
        "update integratedb.sessions s
         set expires_at = case when s.id = {old} then now() else s.expires_at end,
           last_used_at = now() - case s.id when {idle} then interval '61 min' when {fresh} then interval '50 min' else '0' end",
        old = ids[0],
        idle = ids[1],
        fresh = ids[2],
    );
    run(&superuser, &ageing).await;
    old.get(&app, "/me").await.expect(401);
    idle.get(&app, "/me").await.expect(401);
    fresh.get(&app, "/me").await.expect(200);
    let used = format!(
        "select last_used_at > now() - interval '1 min' from integratedb.sessions where id = {}",
        ids[2]
    );
    assert_eq!(column(&superuser, &used).await, ["t"], "its use is recorded");
    integratedb::sessions::forget(&app.state).await.unwrap();
    assert_eq!(column(&superuser, all).await, ids[2..], "what has ended is removed");
}

#[tokio::test]
async fn the_cookie_is_secure_where_a_trusted_proxy_says_that_tls_is_used() {
    let by_tls = |app: &TestApp| {
        request(app, Method::POST, "/auth/session").header("X-Forwarded-Proto", "https")
    };
    let app = TestApp::start().await;
    assert!(!log_in_with(by_tls(&app)).await.attributes.contains("Secure"));
    let app = TestApp::start_with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let browser = log_in_with(by_tls(&app)).await;
    assert!(browser.attributes.contains("; Secure"));
    assert!(browser.cookie.starts_with("__Host-integratedb_session="));
    let me = || browser.request(&app, Method::GET, "/me");
    sent(me().header("X-Forwarded-Proto", "https")).await.expect(200);
    // Without TLS a browser would never send it.
    sent(me()).await.expect(401);
    assert!(!log_in(&app).await.attributes.contains("Secure"));
}

#[tokio::test]
async fn the_page_hears_whether_the_first_user_is_still_to_be_made() {
    let app =
        TestApp::with(|settings| settings.bootstrap_secret = Some("open sesame".into())).await;
    let hint = app.get("/auth/session").await.expect(200);
    assert_eq!(
        hint.body,
        json!({ "data": null, "needs_first_user": true, "takes_bootstrap_secret": true })
    );
    let app = TestApp::start().await;
    let hint = sent(request(&app, Method::GET, "/auth/session")).await.expect(200);
    assert_eq!(
        hint.body,
        json!({ "data": null, "needs_first_user": false, "takes_bootstrap_secret": false })
    );
}

#[tokio::test]
async fn a_cookie_opens_no_stream() {
    let app = TestApp::start().await;
    let browser = log_in(&app).await;
    let reader = app.stakeholder("reader").await;
    browser.get(&app, &format!("/stakeholders/{}/events", reader.id)).await.expect(401);
}
