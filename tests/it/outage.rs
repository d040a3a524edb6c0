//! Postgres goes away, comes back, or hangs, while the program is at work.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use futures::future::join_all;
use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::ground::Ground;
use crate::support::program::{SECRET_KEY_BASE, Serve, output, program};
use crate::support::{Answer, Collector, column, eventually, free_port, http, unique};

/// How long an answer may be waited for before the test fails.
const PATIENCE: Duration = Duration::from_mins(3);

/// Makes the first user; answers its token.
async fn bootstrap(serve: &Serve) -> String {
    let body = json!({ "user": { "username": "root", "password": "correct horse" } });
    let request = serve.http.post(format!("{}/api/v1/users", serve.origin)).json(&body);
    let answer = Answer::of(request.send().await.expect("an answer")).await.expect(201);
    answer.data()["token"].as_str().expect("a token").to_owned()
}

/// What everybody may be answered while Postgres is away: what they asked for, or to
/// come again.
fn is_as_it_should_be(response: &Response) -> bool {
    match response.status().as_u16() {
        200 | 201 => true,
        503 => response.headers().get("retry-after").is_some_and(|value| value == "1"),
        other => panic!("{other} from {}", response.url()),
    }
}

/// Reads and writes until it is to end; counts the answers that were good, and those that
/// were not.
async fn ask(serve: &Serve, token: &str, is_over: &AtomicBool, counts: &[AtomicU32; 2]) {
    while !is_over.load(Ordering::Relaxed) {
        let body = json!({ "stakeholder": { "name": unique("shop") } });
        for request in [
            serve.request("GET", "/users", token),
            serve.request("POST", "/stakeholders", token).json(&body),
            serve.request("GET", "/unmet", token),
        ] {
            let response = request.send().await.expect("an answer");
            assert!(is_as_it_should_be(&response), "{response:?}");
            counts[usize::from(!response.status().is_success())].fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_is_killed_and_started_again_is_answered_with_503_meanwhile() {
    let mut ground = Ground::start(&[]).await;
    let serve = Serve::start(&ground.control_url(), &[]).await;
    let token = bootstrap(&serve).await;
    let (is_over, counts) = (AtomicBool::new(false), [const { AtomicU32::new(0) }; 2]);
    let asking = join_all((0..20).map(|_| ask(&serve, &token, &is_over, &counts)));
    let more = async |which: usize| {
        let before = counts[which].load(Ordering::Relaxed);
        eventually("for more answers", async || {
            counts[which].load(Ordering::Relaxed) > before + 40
        })
        .await;
    };
    let events = async {
        for _ in 0..3 {
            more(0).await;
            ground.kill().await;
            more(1).await;
            ground.start_again().await;
        }
        more(0).await;
        is_over.store(true, Ordering::Relaxed);
    };
    timeout(10 * PATIENCE, async { tokio::join!(asking, events) }).await.expect("an end");

    let sql = "select name from integratedb.stakeholders
               where name not in (select rolname from pg_roles)
                 or name not in (select nspname from pg_namespace)";
    assert!(column(&ground.superuser().await, sql).await.is_empty(), "half done");
    for _ in 0..20 {
        let request = serve.request("GET", "/users", &token);
        assert_eq!(request.send().await.expect("an answer").status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_hangs_is_answered_with_503_in_time_and_used_again_when_it_goes_on() {
    let ground = Ground::start(&[]).await;
    let mut serve = Serve::start(&ground.control_url(), &[]).await;
    let token = bootstrap(&serve).await;
    let heard = Collector::new().await;
    let shop = json!({ "stakeholder": { "name": "shop" } });
    let id =
        serve.send("POST", "/stakeholders", &token, &shop).await.expect(201).data()["id"].clone();
    let put = async |what: &str, document: Value| {
        let path = format!("/stakeholders/{id}/{what}");
        serve.send("PUT", &path, &token, &json!({ "data": document })).await.expect(200);
    };
    let mut orders = json!({ "path": "proof.orders", "fields": ["*"] });
    put("claims", json!({ "match": [orders] })).await;
    orders["events"] = json!(["INSERT"]);
    orders["channels"] = json!(["*"]);
    put("notifications", json!({ "match": [orders], "channels": [heard.channel()] })).await;

    serve.signal("TERM");
    serve.ended().await;
    let settings = [("REQUEST_TIMEOUT_SECONDS", "1"), ("LOCK_TIMEOUT_MS", "1")];
    let serve = Serve::start(&ground.control_url(), &settings).await;
    ground.hang().await;
    for _ in 0..2 {
        let asked = (0..12).map(|_| serve.request("GET", "/users", &token).send());
        let answers = timeout(PATIENCE, join_all(asked)).await.expect("answers while it hangs");
        for answer in answers {
            let answer = answer.expect("an answer");
            assert_eq!(answer.status(), 503);
            assert!(is_as_it_should_be(&answer));
        }
    }
    let ready = serve.http.get(format!("{}/ready", serve.origin)).send().await.unwrap();
    assert_eq!(ready.status(), 503);
    let alive = serve.http.get(format!("{}/health", serve.origin)).send().await.unwrap();
    assert_eq!(alive.status(), 200);

    ground.go_on();
    eventually("for the program to serve again", async || {
        let ready = serve.http.get(format!("{}/ready", serve.origin)).send().await.unwrap();
        ready.status() == 200
    })
    .await;
    eventually("for every connection to be good", async || {
        let asked = (0..12).map(|_| serve.request("GET", "/users", &token).send());
        join_all(asked).await.into_iter().all(|answer| answer.expect("an answer").status() == 200)
    })
    .await;
    let owner = ground.owner().await;
    let insert = "insert into proof.orders (id, note) values (4711, 'told after all')";
    owner.simple_query(insert).await.unwrap();
    heard.until_told("told after all").await;
}

/// Reads a stream until it has said this; answers all it said.
async fn until_said(stream: &mut Response, words: &str) -> String {
    let mut said = String::new();
    while !said.contains(words) {
        let chunk = stream.chunk().await.expect("a chunk");
        let chunk = chunk.unwrap_or_else(|| panic!("no {words} in {said}"));
        said.push_str(std::str::from_utf8(&chunk).expect("text"));
    }
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_ends_with_postgres_says_so_and_goes_on_where_it_was() {
    let mut ground = Ground::start(&[]).await;
    let serve = Serve::start(&ground.control_url(), &[]).await;
    let token = bootstrap(&serve).await;
    let shop = json!({ "stakeholder": { "name": "shop" } });
    let id =
        serve.send("POST", "/stakeholders", &token, &shop).await.expect(201).data()["id"].clone();
    let mut orders = json!({ "path": "proof.orders", "fields": ["*"] });
    let claims = json!({ "data": { "match": [orders] } });
    serve.send("PUT", &format!("/stakeholders/{id}/claims"), &token, &claims).await.expect(200);
    orders["events"] = json!(["INSERT"]);
    orders["channels"] = json!(["*"]);
    let document = json!({ "data": { "match": [orders], "channels": [{ "type": "SOCKET" }] } });
    let path = format!("/stakeholders/{id}/notifications");
    serve.send("PUT", &path, &token, &document).await.expect(200);
    let open = async |query: &str| {
        let path = format!("/stakeholders/{id}/events{query}");
        serve.request("GET", &path, &token).send().await.expect("an answer")
    };

    let mut stream = open("").await;
    until_said(&mut stream, ": subscribed").await;
    ground.kill().await;
    let rest = timeout(PATIENCE, until_said(&mut stream, "?from=")).await.expect("an end");
    assert!(rest.contains(": the database can't be reached: come again with ?from="), "{rest}");
    let from = rest.split("?from=").nth(1).unwrap().trim().to_owned();
    assert_eq!(open(&format!("?from={from}")).await.status(), 503);

    ground.start_again().await;
    let owner = ground.owner().await;
    let insert = "insert into proof.orders (id, note) values (4711, 'told after all')";
    owner.simple_query(insert).await.unwrap();
    eventually("for the stream", async || open("").await.status() == 200).await;
    let mut stream = open(&format!("?from={from}")).await;
    timeout(PATIENCE, until_said(&mut stream, "told after all")).await.expect("the event");
}

#[tokio::test]
async fn a_program_that_is_started_first_waits_for_postgres_and_says_so() {
    let mut ground = Ground::start(&[]).await;
    let url = ground.control_url();
    ground.kill().await;
    let port = free_port().to_string();
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("SECRET_KEY_BASE", SECRET_KEY_BASE),
        ("PORT", port.as_str()),
    ];
    let _program =
        program(&["serve"], &settings).stderr(Stdio::null()).spawn().expect("the program");
    let http = http();
    let status = async |path: &str| {
        let request = http.get(format!("http://127.0.0.1:{port}{path}"));
        request.send().await.map_or(0, |response| response.status().as_u16())
    };
    eventually("for the program to be alive", async || status("/health").await == 200).await;
    let answer = http.get(format!("http://127.0.0.1:{port}/ready")).send().await.unwrap();
    let answer = Answer::of(answer).await.expect(503);
    assert_eq!(answer.errors()["checks"]["program"]["state"], "starting");
    let answer = http.get(format!("http://127.0.0.1:{port}/api/v1/users")).send().await.unwrap();
    assert!(answer.status() == 503 && is_as_it_should_be(&answer));

    ground.start_again().await;
    eventually("for the program to be ready", async || status("/ready").await == 200).await;
    assert_eq!(status("/api/v1/users").await, 401);
}

#[tokio::test]
async fn what_waiting_does_not_mend_ends_the_program_at_once() {
    let ground = Ground::start(&[]).await;
    let url = ground.control_url();
    for (wrong, reason) in [
        (url.replace("integratedb_control:", "integratedb_control:not"), "password authentication"),
        (url.replace("/proof", "/nowhere"), "does not exist"),
    ] {
        let settings = [("DATABASE_URL", wrong.as_str()), ("SECRET_KEY_BASE", SECRET_KEY_BASE)];
        let ended = output(&["serve"], &[&settings[..], &[("PORT", "0")]].concat()).await;
        let text = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{text}");
        assert!(text.contains(reason), "{text}");
    }
}
