//! What is done now and then: credentials that have expired go, and whoever fails at it
//! is seen.

use std::time::Duration;

use integratedb::housekeeping::{self, Standing};
use serde_json::json;

use crate::credentials::{Issued, credentials, issue, log_in, refused};
use crate::support::{Stakeholder, TestApp, cluster, column, eventually, run, unique};
use integratedb::db::connection;

async fn standing(app: &TestApp) -> Standing {
    let client = app.state.pool.get().await.expect("a connection");
    let mut standing = housekeeping::standing(&client).await.expect("an answer");
    let position = standing.iter().position(|standing| standing.job == "credentials");
    standing.swap_remove(position.expect("the job"))
}

/// Does a round, whoever else is at it.
async fn keep_house(app: &TestApp) {
    eventually("for a turn", async || housekeeping::round(&app.state).await.expect("a round"))
        .await;
}

async fn expire(app: &TestApp, issued: &Issued) {
    let sql =
        format!("update integratedb.credentials set expires_at = now() where id = {}", issued.id);
    run(&app.database.superuser().await, &sql).await;
}

/// A server that keeps house once, at its start, and then only when it is told to.
pub async fn kept_by_hand() -> TestApp {
    let app = TestApp::start_with(|settings| {
        settings.housekeeping_interval = Duration::from_hours(1);
    })
    .await;
    keep_house(&app).await;
    app
}

async fn shop_with(app: &TestApp, wanted: serde_json::Value) -> (Stakeholder, Issued) {
    let shop = app.stakeholder("shop").await;
    let issued = issue(app, &shop, wanted).await;
    (shop, issued)
}

#[tokio::test]
async fn an_expired_login_goes_with_its_sessions() {
    let app = kept_by_hand().await;
    let (shop, blue) = shop_with(&app, json!({ "expires_in_minutes": 60 })).await;
    let green = issue(&app, &shop, json!({ "expires_in_days": 1 })).await;
    let (ended, kept) = (log_in(&app, &blue).await, log_in(&app, &green).await);
    keep_house(&app).await;
    run(&ended, "select 1").await;
    expire(&app, &blue).await;
    let listed = app.get(&credentials(&shop)).await.data().clone();
    assert_eq!([&listed[1]["is_expired"], &listed[2]["is_expired"]], [true, false]);
    keep_house(&app).await;
    assert!(ended.simple_query("select 1").await.is_err());
    run(&kept, "select 1").await;
    assert_eq!(refused(&app, &blue.username, &blue.password).await, "28P01");
    assert_eq!(app.get(&credentials(&shop)).await.data().as_array().unwrap().len(), 2);
    app.connect_as(&shop).await;
}

#[tokio::test]
async fn the_server_keeps_house_by_itself() {
    let app = TestApp::start_with(|settings| {
        settings.housekeeping_interval = Duration::from_millis(50);
    })
    .await;
    let (shop, blue) = shop_with(&app, json!({})).await;
    expire(&app, &blue).await;
    eventually("for the login to be removed", async || {
        app.get(&credentials(&shop)).await.data().as_array().unwrap().len() == 1
    })
    .await;
    let standing = standing(&app).await;
    assert!(standing.last_success_at.is_some() && !standing.is_failing(), "{standing:?}");
}

#[tokio::test]
async fn a_revocation_that_a_crash_interrupted_is_finished_by_the_next_start() {
    let app = kept_by_hand().await;
    let (shop, blue) = shop_with(&app, json!({})).await;
    let session = log_in(&app, &blue).await;
    let superuser = app.database.superuser().await;
    let first_act = format!(
        "begin; alter role {} nologin;
         update integratedb.credentials set revoked_at = now() where id = {}; commit",
        blue.username, blue.id
    );
    run(&superuser, &first_act).await;
    assert_eq!(app.get(&credentials(&shop)).await.data()[1]["is_revoked"], true);
    let next =
        app.beside(|settings| settings.housekeeping_interval = Duration::from_millis(50)).await;
    eventually("for the login to be removed", async || {
        next.get(&credentials(&shop)).await.data().as_array().unwrap().len() == 1
    })
    .await;
    assert!(session.simple_query("select 1").await.is_err());
}

#[tokio::test]
async fn a_login_that_cannot_be_removed_is_shut_out_and_seen() {
    let app = kept_by_hand().await;
    let (shop, blue) = shop_with(&app, json!({})).await;
    let (other, green) = shop_with(&app, json!({})).await;
    keep_house(&app).await;
    assert!(!standing(&app).await.is_failing());
    let session = log_in(&app, &blue).await;
    let elsewhere = unique("elsewhere");
    let superuser = app.database.superuser().await;
    run(&superuser, &format!("create database {elsewhere}")).await;
    let there = connection::connect_as_is(&cluster().superuser_url(&elsewhere)).await.unwrap();
    let role = &blue.username;
    run(&there, &format!("create table orders (id int); alter table orders owner to {role}")).await;

    let address = format!("{}/{}", credentials(&shop), blue.id);
    let answer = app.delete(&address).await.expect(409);
    let detail = answer.errors()["detail"].as_str().expect("a sentence");
    assert!(detail.starts_with("It can't log in any more and has no sessions"), "{detail}");
    assert!(session.simple_query("select 1").await.is_err());
    assert_ne!(refused(&app, &blue.username, &blue.password).await, "");
    assert_eq!(app.get(&credentials(&shop)).await.data()[1]["is_revoked"], true);

    expire(&app, &green).await;
    keep_house(&app).await;
    assert_eq!(app.get(&credentials(&other)).await.data().as_array().unwrap().len(), 1);
    let failing = standing(&app).await;
    assert!(failing.is_failing() && failing.failures > 0, "{failing:?}");
    assert!(failing.last_error.as_deref().unwrap().contains("DROP OWNED BY"), "{failing:?}");
    let figures = app.http.get(format!("{}/metrics", app.base));
    let figures = figures.bearer_auth(app.token.as_deref().unwrap());
    let figures = figures.send().await.unwrap().text().await.unwrap();
    let failures = "integratedb_housekeeping_failures_total{job=\"credentials\"} ";
    let success = "integratedb_housekeeping_last_success_timestamp_seconds{job=\"credentials\"} ";
    assert!(figures.contains(failures) && figures.contains(success), "{figures}");
    assert!(!figures.contains(&format!("{failures}0\n")), "{figures}");

    run(&there, &format!("drop owned by {role}")).await;
    keep_house(&app).await;
    let mended = standing(&app).await;
    assert!(!mended.is_failing() && mended.failures == failing.failures, "{mended:?}");
    app.delete(&address).await.expect(404);
    drop(there);
    run(&superuser, &format!("drop database {elsewhere} with (force)")).await;
}

#[tokio::test]
async fn a_deletion_that_nobody_is_at_any_more_is_finished() {
    let app = TestApp::start().await;
    let (fresh, abandoned) = (app.stakeholder("fresh").await, app.stakeholder("left").await);
    let superuser = app.database.superuser().await;
    for (stakeholder, minutes) in [(&fresh, 1), (&abandoned, 10)] {
        run(
            &superuser,
            &format!(
                "alter role {name} nologin;
                 update integratedb.stakeholders
                 set deletion = '\"keep\"', updated_at = now() - interval '{minutes} min'
                 where name = '{name}'",
                name = stakeholder.name
            ),
        )
        .await;
    }
    keep_house(&app).await;
    app.get(&format!("/stakeholders/{}", abandoned.id)).await.expect(404);
    // Somebody may still be at it.
    app.get(&format!("/stakeholders/{}", fresh.id)).await.expect(200);
}

#[tokio::test]
async fn one_instance_at_a_time_keeps_house() {
    let app = TestApp::start().await;
    let beside = app.beside(|_| {}).await;
    let other = app.database.control().await;
    run(&other, "begin").await;
    eventually("for both first rounds", async || {
        column(&other, "select integratedb.try_to_keep_house()").await == ["t"]
    })
    .await;
    assert!(!housekeeping::round(&app.state).await.expect("an answer"));
    assert!(!housekeeping::round(&beside.state).await.expect("an answer"));
    run(&other, "commit").await;
    keep_house(&beside).await;
}

#[test]
fn every_job_is_documented() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/credentials.md");
    let page = std::fs::read_to_string(page).expect("a page");
    for job in housekeeping::JOBS {
        assert!(page.contains(&format!("| `{}` |", job.name)), "{}", job.name);
    }
}
