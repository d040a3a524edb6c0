//! `integratedb health`: what Docker, Compose and people ask whether a server is well.

use std::process::Output;

use serde_json::{Value, json};

use crate::support::program::{Serve, output};
use crate::support::{Database, Receiver, Reply, eventually, free_port};

/// Asks the server that the settings speak of. They have no secret: a probe needs none.
async fn ask(port: u16, arguments: &[&str]) -> Output {
    let port = port.to_string();
    let settings = [("HOST", "0.0.0.0"), ("PORT", &port), ("HTTP_PROXY", "http://127.0.0.1:1")];
    output(&[&["health", "--timeout-seconds", "60"], arguments].concat(), &settings).await
}

#[tokio::test]
async fn a_server_that_is_well_is_0_and_no_words() {
    let server = Receiver::start();

    let asked = ask(server.address().port(), &[]).await;

    assert_eq!(asked.status.code(), Some(0), "{asked:?}");
    assert!(asked.stdout.is_empty() && asked.stderr.is_empty(), "{asked:?}");
    assert_eq!(server.received()[0].path, "/health");
}

#[tokio::test]
async fn a_server_that_is_not_ready_is_1_with_what_it_says() {
    let server = Receiver::start();
    server.answer(|asked| match asked.path.as_str() {
        "/ready" => Reply::status(503).body("the database can't be reached"),
        _ => Reply::status(200),
    });
    let origin = format!("http://{}", server.address());

    assert_eq!(
        output(&["health", "--timeout-seconds", "60", "--url", &origin], &[]).await.status.code(),
        Some(0)
    );
    let asked =
        output(&["health", "--timeout-seconds", "60", "--ready", "--url", &origin], &[]).await;

    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
    let said = String::from_utf8_lossy(&asked.stderr);
    assert!(said.contains("/ready answered 503 Service Unavailable"), "{said}");
    assert!(said.contains("the database can't be reached"), "{said}");
}

#[tokio::test]
async fn no_server_is_1() {
    let asked = ask(free_port(), &[]).await;

    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
    let said = String::from_utf8_lossy(&asked.stderr);
    assert!(said.contains("refused"), "{said}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_1() {
    let server = Receiver::start();
    server.hang();

    let origin = format!("http://{}", server.address());
    let asked = output(&["health", "--timeout-seconds", "1", "--url", &origin], &[]).await;

    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
    let said = String::from_utf8_lossy(&asked.stderr);
    assert!(said.contains("timed out"), "{said}");
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_1_too() {
    let asked = output(&["health"], &[("PORT", "many")]).await;

    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
    let said = String::from_utf8_lossy(&asked.stderr);
    assert!(said.contains("PORT is `many`"), "{said}");
    assert!(!said.contains("DATABASE_URL") && !said.contains("SECRET_KEY_BASE"), "{said}");
}

#[tokio::test]
async fn the_program_itself_is_well_and_ready() {
    let database = Database::create().await;
    let serve = Serve::start(&database.control_url(), &[]).await;

    let alive = output(&["health", "--timeout-seconds", "60", "--url", &serve.origin], &[]).await;

    assert_eq!(alive.status.code(), Some(0), "{alive:?}");
    eventually("for the program to be ready", async || {
        let ready = output(&["health", "--ready", "--url", &serve.origin], &[]).await;
        ready.status.code() == Some(0)
    })
    .await;
}

#[tokio::test]
async fn what_monitoring_runs_answers_in_json() {
    let database = Database::create().await;
    let serve = Serve::start(&database.control_url(), &[]).await;
    let origin = serve.origin.as_str();
    eventually("to be ready", async || {
        let ready = output(&["health", "--ready", "--json", "--url", origin], &[]).await;
        ready.status.code() == Some(0) && said(&ready.stdout)["is_ready"] == true
    })
    .await;
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let gone = output(&["health", "--json", "--url", &nowhere], &[]).await;
    assert!(gone.status.code() == Some(1) && gone.stdout.is_empty(), "{gone:?}");
    assert!(said(&gone.stderr)["errors"]["detail"].is_string(), "{gone:?}");

    let url = database.control_url();
    let settings = [("DATABASE_URL", url.as_str())];
    let gate = output(&["gate", "status", "--json"], &settings).await;
    assert_eq!(gate.status.code(), Some(1), "{gate:?}");
    assert_eq!(said(&gate.stdout), json!({ "gate": "disabled" }));
    let doctor = output(&["doctor", "--json"], &settings).await;
    let findings = said(&doctor.stdout);
    let verdicts = findings.as_array().expect("a list").iter().map(|one| &one["verdict"]);
    let is_lacking = verdicts.clone().any(|verdict| verdict == "lack");
    assert!(verdicts.clone().any(|verdict| verdict == "fine"), "{findings}");
    assert_eq!(doctor.status.code(), Some(i32::from(is_lacking)));
}

fn said(output: &[u8]) -> Value {
    serde_json::from_slice(output).expect("one text of JSON")
}
