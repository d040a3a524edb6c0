//! Logging in, staying in, and what is no token.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, TestApp, eventually, run};

async fn with_header(app: &TestApp, authorization: &str) -> Answer {
    let request = app.http.get(format!("{}/users", app.base));
    let request = request.header("authorization", authorization);
    Answer::of(request.send().await.expect("an answer")).await
}

async fn login(app: &TestApp, username: &str, password: &str) -> Answer {
    let body = json!({ "data": { "username": username, "password": password } });
    app.post("/auth/login", &body).await
}

fn text<'a>(answer: &'a Answer, member: &str) -> &'a str {
    answer.data()[member].as_str().expect("a token")
}

#[tokio::test]
async fn logging_in_and_renewing_answer_tokens_that_work() {
    let mut app = TestApp::start().await;
    app.token = None;
    let session = login(&app, "root", "correct horse").await.expect(200);
    with_header(&app, &format!("Bearer {}", text(&session, "token"))).await.expect(200);
    with_header(&app, &format!("bearer  {}", text(&session, "token"))).await.expect(200);

    let renewed = json!({ "data": session.data()["refreshToken"] });
    let renewed = app.post("/auth/renew", &renewed).await.expect(200);
    assert_eq!(renewed.data()["id"], 1);
    with_header(&app, &format!("Bearer {}", text(&renewed, "token"))).await.expect(200);
    let again = json!({ "data": renewed.data()["refreshToken"] });
    app.post("/auth/renew", &again).await.expect(200);
    login(&app, " Root ", "correct horse").await.expect(200);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let app = TestApp::start().await;
    let wrong_password = login(&app, "root", "correct mouse").await.expect(403);
    let unknown_user = login(&app, "nobody", "correct horse").await.expect(403);
    assert_eq!(wrong_password.errors(), &json!({ "detail": "Wrong credentials." }));
    assert_eq!(wrong_password.body, unknown_user.body);
    let headers = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        headers.remove("date");
        headers
    };
    assert_eq!(headers(&wrong_password), headers(&unknown_user));
}

#[tokio::test]
async fn what_is_missing_for_a_login_is_said_at_once() {
    let app = TestApp::start().await;
    let blank = json!({ "username": ["can't be blank"], "password": ["can't be blank"] });
    assert_eq!(app.post("/auth/login", &json!({})).await.expect(422).errors(), &blank);
    assert_eq!(login(&app, "", " ").await.expect(422).errors(), &blank);
    for (body, message) in
        [(json!({}), "can't be blank"), (json!({ "data": { "token": "x" } }), "is invalid")]
    {
        let answer = app.post("/auth/renew", &body).await.expect(422);
        assert_eq!(answer.errors(), &json!({ "data": [message] }));
    }
}

#[tokio::test]
async fn logging_in_takes_no_notice_of_an_old_token() {
    let app = TestApp::start().await;
    for header in ["Bearer x", "Bearer ", "Basic x"] {
        let request = app.http.post(format!("{}/auth/login", app.base));
        let body = json!({ "data": { "username": "root", "password": "correct horse" } });
        let request = request.header("authorization", header).json(&body);
        Answer::of(request.send().await.expect("an answer")).await.expect(200);
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_own_purpose_only() {
    let app = TestApp::start().await;
    let session = login(&app, "root", "correct horse").await.expect(200);
    with_header(&app, &format!("Bearer {}", text(&session, "refreshToken"))).await.expect(401);
    app.post("/auth/renew", &json!({ "data": session.data()["token"] })).await.expect(403);
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let app = TestApp::start().await;
    let token = app.token.clone().expect("a token");
    let (head, tail) = token.rsplit_once('.').expect("a signature");
    // {"alg":"none","typ":"JWT"}
    let unsigned =
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", head.split_once('.').unwrap().1);
    let reversed: String = tail.chars().rev().collect();
    for header in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer x".to_owned(),
        "Bearer a.b.c".to_owned(),
        "Basic cm9vdDpjb3JyZWN0IGhvcnNl".to_owned(),
        token.clone(),
        format!("Bearer {head}.{reversed}"),
        format!("Bearer {head}."),
        format!("Bearer {unsigned}"),
        format!("Bearer {token} {token}"),
    ] {
        let answer = with_header(&app, &header).await;
        assert_eq!(answer.status, 401, "{header}: {}", answer.body);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(answer.errors()["detail"].is_string());
    }
    for data in ["", "x", "a.b.c", &unsigned] {
        app.post("/auth/renew", &json!({ "data": data })).await.expect(403);
    }
}

#[tokio::test]
async fn a_token_signed_with_another_secret_is_refused() {
    let app = TestApp::start().await;
    let other = TestApp::start_with(|settings| {
        settings.secret_key_base = "another secret that is just as long".into();
    })
    .await;
    let token = other.token.clone().expect("a token");
    with_header(&other, &format!("Bearer {token}")).await.expect(200);
    with_header(&app, &format!("Bearer {token}")).await.expect(401);
}

#[tokio::test]
async fn tokens_expire() {
    let app = TestApp::start_with(|settings| {
        settings.token_lifetime = Duration::ZERO;
        settings.refresh_token_lifetime = Duration::ZERO;
    })
    .await;
    let session: Value = login(&app, "root", "correct horse").await.expect(200).data().clone();
    let header = format!("Bearer {}", session["token"].as_str().unwrap());
    eventually("for a token to expire", async || with_header(&app, &header).await.status == 401)
        .await;
    let renewal = json!({ "data": session["refreshToken"] });
    eventually("for the other to expire", async || {
        app.post("/auth/renew", &renewal).await.status == 403
    })
    .await;
}

#[tokio::test]
async fn guessing_a_password_is_limited_by_account_and_address() {
    let app = TestApp::start_with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await;
    let from = async |address: &str, username: &str, password: &str| {
        let body = json!({ "data": { "username": username, "password": password } });
        let request = app.http.post(format!("{}/auth/login", app.base)).json(&body);
        let request = request.header("x-forwarded-for", address);
        Answer::of(request.send().await.expect("an answer")).await
    };
    for _ in 0..9 {
        from("203.0.113.1", "root", "wrong password").await.expect(403);
        from("203.0.113.1", "ROOT", "correct horse").await.expect(200);
    }
    // What was right takes back what was wrong before; ten in a row are too many.
    for _ in 0..10 {
        from("203.0.113.1", "root", "wrong password").await.expect(403);
    }
    let refused = from("203.0.113.1", "Root", "correct horse").await.expect(429);
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((800..=900).contains(&seconds), "{seconds}");
    // Its owner isn't locked out elsewhere, nor are others there.
    from("203.0.113.2", "root", "correct horse").await.expect(200);
    from("203.0.113.1", "nobody", "correct horse").await.expect(403);

    let client = app.database.superuser().await;
    run(&client, "update integratedb.login_attempts set since = now() - interval '16 minutes'")
        .await;
    from("203.0.113.1", "root", "correct horse").await.expect(200);
}

#[tokio::test]
async fn many_guesses_at_once_are_no_way_around_the_limit() {
    let app = TestApp::start_with(|settings| settings.database.pool_size = 60).await;
    let guesses = (0..30).map(|_| login(&app, "root", "wrong password"));
    let statuses = futures::future::join_all(guesses).await;
    let tried = statuses.iter().filter(|answer| answer.status == 403).count();
    assert_eq!(tried, 10);
    assert!(statuses.iter().all(|answer| [403, 429].contains(&answer.status)));
}

#[tokio::test]
async fn an_address_has_so_many_attempts_whatever_the_accounts() {
    let app = TestApp::start().await;
    let client = app.database.superuser().await;
    for number in 0..12 {
        login(&app, &format!("user{number}"), "wrong password").await.expect(403);
    }
    run(&client, "update integratedb.login_attempts set attempts = 100 where attempts = 12").await;
    login(&app, "root", "correct horse").await.expect(429);
}
