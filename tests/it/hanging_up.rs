//! Callers who hang up in the middle of what has several acts: it goes on without them.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::credentials::{credentials, issue, roles};
use crate::stakeholders::{path, traces};
use crate::support::{TestApp, column, eventually, run, until_waiting};

/// A server where nobody tires of waiting for the fence.
async fn patient() -> TestApp {
    TestApp::start_with(|settings| settings.lock_timeout = Duration::from_secs(25)).await
}

/// Asks for something that takes the fence, hangs up while it waits for that, and lets it go
/// on once the server has noticed.
async fn hang_up(app: &TestApp, method: Method, path: &str) {
    let superuser = app.database.superuser().await;
    run(&superuser, "begin; update integratedb.fence set passed = passed").await;
    let request = app.http.request(method, format!("{}{path}", app.base));
    let request = request.bearer_auth(app.token.as_deref().unwrap_or_default());
    let asking = tokio::spawn(request.send());
    until_waiting(&app.database.superuser().await, 1).await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    let figures = app.http.get(format!("{}/metrics", app.base));
    let figures = figures.bearer_auth(app.token.as_deref().unwrap_or_default());
    eventually("for the server to notice", async || {
        let answer = figures.try_clone().unwrap().send().await.expect("an answer");
        let text = answer.text().await.expect("a text");
        // The one that asks.
        text.contains("integratedb_http_requests_in_flight 1\n")
    })
    .await;
    run(&superuser, "commit").await;
}

#[tokio::test]
async fn a_deletion_whose_caller_hangs_up_is_finished() {
    let app = patient().await;
    let shop = app.stakeholder("shop").await;
    hang_up(&app, Method::DELETE, &path(&shop)).await;
    eventually("for the deletion", async || traces(&app, &shop.name).await == ["0", "0", "0"])
        .await;
    let entries = app.get("/audit?action=stakeholder.delete").await.expect(200);
    assert_eq!(entries.data()[0]["actor"]["name"], "root", "it is put down to who asked");
}

#[tokio::test]
async fn a_revocation_whose_caller_hangs_up_is_finished() {
    let app = patient().await;
    let shop = app.stakeholder("shop").await;
    let issued = issue(&app, &shop, json!({ "name": "blue" })).await;
    // What it has made is handed over, which is validated.
    let superuser = app.database.superuser().await;
    run(
        &superuser,
        &format!(
            "create table {schema}.made (id int); alter table {schema}.made owner to {login}",
            schema = shop.name,
            login = issued.username,
        ),
    )
    .await;
    hang_up(&app, Method::DELETE, &format!("{}/{}", credentials(&shop), issued.id)).await;
    eventually("for the role to go", async || roles(&app, &issued.username).await.is_empty()).await;
    let left = "select count(*) from integratedb.credentials where username is not null";
    assert_eq!(column(&superuser, left).await, ["0"]);
}
