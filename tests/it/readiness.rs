//! Whether the program is alive, and whether it is ready.

use reqwest::Method;
use serde_json::{Value, json};

use crate::audience::{Audience, listen};
use crate::support::{Answer, TestApp, cluster, column, contract, eventually, run};
use integratedb::db::connection;

/// Asks at the root, where nobody needs a token.
async fn at_root(app: &TestApp, method: Method, path: &str) -> Answer {
    let origin = app.base.strip_suffix("/api/v1").unwrap();
    let request = app.http.request(method.clone(), format!("{origin}{path}"));
    let answer = Answer::of(request.send().await.expect("an answer")).await;
    contract::check((method.as_str(), path), None, &answer);
    answer
}

async fn ready(app: &TestApp) -> Answer {
    at_root(app, Method::GET, "/ready").await
}

async fn until_ready(app: &TestApp, status: u16) -> Answer {
    let mut answer = ready(app).await;
    eventually("for the program to be ready or not", async || {
        answer = ready(app).await;
        answer.status == status
    })
    .await;
    answer
}

#[tokio::test]
async fn a_server_that_can_do_its_work_says_so_to_anyone() {
    let app = TestApp::empty().await;
    let alive = at_root(&app, Method::GET, "/health").await.expect(200);
    assert_eq!(alive.body, json!({ "data": { "is_alive": true } }));
    at_root(&app, Method::HEAD, "/health").await.expect(200);
    let refused = at_root(&app, Method::POST, "/health").await.expect(405);
    assert_eq!(refused.header("allow"), "GET, HEAD");

    let answer = until_ready(&app, 200).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let newest = integratedb::db::newest_migration();
    let expected = json!({
        "is_ready": true,
        "checks": {
            "program": { "is_ok": true, "state": "serving" },
            "database": { "is_ok": true, "detail": null },
            "migrations": { "is_ok": true, "version": newest, "expected": newest },
            "stream": {
                "is_ok": true, "state": "unwanted", "detail": null, "held_bytes": 0, "unread_bytes": 0
            },
            "channels": { "is_ok": true, "total": 0, "paused": 0, "failing": 0, "dead_letters": 0 },
            "housekeeping": { "is_ok": true, "failing": [] },
        },
    });
    assert_eq!(answer.data(), &expected);
}

#[tokio::test]
async fn a_database_that_is_gone_makes_the_server_unready_and_leaves_it_alive() {
    let app = TestApp::start().await;
    until_ready(&app, 200).await;
    let (name, server) = (&app.database.name, cluster().superuser_url("postgres"));
    let server = connection::connect_as_is(&server).await.unwrap();
    run(&server, &format!("alter database {name} allow_connections false")).await;
    let end =
        format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
    run(&server, &end).await;

    // Before, it may notice while it asks on a connection that is being ended.
    let mut answer = until_ready(&app, 503).await;
    eventually("for what is in the way", async || {
        answer = until_ready(&app, 503).await;
        answer.errors()["detail"] == "The database can't be reached just now."
    })
    .await;
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(answer.errors()["checks"]["migrations"], Value::Null);
    assert_eq!(answer.errors()["checks"]["program"]["is_ok"], true);
    at_root(&app, Method::GET, "/health").await.expect(200);
    let refused = app.get("/users").await.expect(503);
    assert_eq!(refused.header("retry-after"), "1");

    run(&server, &format!("alter database {name} allow_connections true")).await;
    until_ready(&app, 200).await;
    app.get("/users").await.expect(200);
}

#[tokio::test]
async fn a_database_of_an_earlier_version_is_not_ready() {
    let app = TestApp::empty().await;
    let newest = integratedb::db::newest_migration();
    let sql = format!("delete from integratedb.migrations where version = {newest}");
    let superuser = app.database.superuser().await;
    run(&superuser, &sql).await;
    let before = "select max(version) from integratedb.migrations";
    let before = column(&superuser, before).await.remove(0);
    let expected = format!("The database is at version {before} and this program needs {newest}.");
    // On a machine that stands still it may say first that the database doesn't answer.
    eventually("for that to be said", async || {
        until_ready(&app, 503).await.errors()["detail"] == expected
    })
    .await;
}

#[tokio::test]
async fn the_stream_and_the_channels_are_shown_without_a_name() {
    let a = Audience::after("create table t (id int primary key, word text)").await;
    a.claim(json!([{ "path": "public.t", "fields": ["*"] }])).await;
    a.listen(json!([listen("public.t", &json!(["*"]))])).await;
    a.run("insert into t values (1, 'told')").await;
    a.heard.until_told("told").await;
    let mut answer = ready(&a.app).await;
    eventually("for the stream to be read", async || {
        answer = ready(&a.app).await;
        answer.body["data"]["checks"]["stream"]["state"] == "read"
    })
    .await;
    let channels =
        json!({ "is_ok": true, "total": 1, "paused": 0, "failing": 0, "dead_letters": 0 });
    assert_eq!(answer.data()["checks"]["channels"], channels);
    assert!(!answer.body.to_string().contains(&a.reader.name), "{}", answer.body);
    let beside = a.app.beside(|_| {}).await;
    eventually("for the other to see that it is read", async || {
        ready(&beside).await.body["data"]["checks"]["stream"]["state"] == "read_elsewhere"
    })
    .await;
}
