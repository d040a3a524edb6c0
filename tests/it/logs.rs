//! What the log says to who has to find out what is wrong.

use serde_json::{Value, json};

use crate::ground::Ground;
use crate::support::eventually;
use crate::support::program::Serve;

fn lines(serve: &Serve, message: &str) -> Vec<Value> {
    let lines = serve.log();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line["message"] == message).collect()
}

#[tokio::test]
async fn a_postgres_that_is_gone_is_named_with_the_cause_once_a_request() {
    let mut ground = Ground::start(&[]).await;
    let url = ground.control_url();
    let serve = Serve::start(&url, &[]).await;
    let token = serve.first_user().await;
    ground.kill().await;
    let answer = serve.request("GET", "/stakeholders", &token).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    let asked = |path: &str| {
        let all = lines(&serve, "request");
        all.into_iter().filter(|line| line["path"] == path).collect::<Vec<_>>()
    };
    eventually("for its line", async || !asked("/api/v1/stakeholders").is_empty()).await;
    let line = &asked("/api/v1/stakeholders")[0];
    assert_eq!((&line["status"], &line["level"]), (&json!(503), &json!("INFO")));
    let why = line["error"].as_str().expect("why");
    assert!(why.starts_with("the database is unavailable: ") && why.len() > 40, "{why}");
    assert!(line.get("spans").is_none(), "{line}");
    assert_eq!(lines(&serve, "request failed"), Vec::<Value>::new());

    let gone = "stopped reading the stream of changes; trying again";
    eventually("for the reader of the stream", async || !lines(&serve, gone).is_empty()).await;
    let place = format!("127.0.0.1:{}", url.rsplit(':').next().unwrap().split('/').next().unwrap());
    assert_eq!(lines(&serve, gone)[0]["server"], place);
    assert!(!serve.log().contains("only in this test run"), "no passwords");
}
