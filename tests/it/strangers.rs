//! Any role may take any advisory lock: one that takes ours holds up nothing.

use futures::future::join_all;
use integratedb::db::{self, advisory};
use integratedb::housekeeping;

use crate::support::{TestApp, column, eventually, may_not, run, unique, until_waiting};

/// What the locks are called, as eight letters: of installations, housekeeping, rotations
/// and the stream.
const STREAM: i64 = i64::from_be_bytes(*b"integrds");
const ROTATION: i64 = i64::from_be_bytes(*b"integrdp");

#[tokio::test]
async fn who_holds_the_lock_of_the_stream_and_is_no_instance_is_sent_away() {
    let app = TestApp::start().await;
    let superuser = app.database.superuser().await;
    let holder =
        "select a.usename || ' ' || a.pid from pg_locks l join pg_stat_activity a using (pid)
                  where l.locktype = 'advisory' and l.granted and a.datname = current_database()";
    let ours = async || column(&superuser, holder).await.first().cloned();
    eventually("for a leader", async || ours().await.is_some()).await;
    let before = ours().await;

    let bob = app.stakeholder("bob").await;
    let take = format!("select pg_advisory_lock({STREAM})");
    let strangers = [app.connect_as(&bob).await, app.connect_as(&bob).await];
    let are_ended = join_all(strangers.iter().map(async |client| {
        // It may have the lock for as long as the other is being ended.
        drop(client.simple_query(&take).await);
        eventually("for the session to end", async || client.is_closed()).await;
    }));
    let another_term = async {
        until_waiting(&superuser, 2).await;
        let end = "select pg_terminate_backend(pid) from pg_stat_activity
                   where datname = current_database() and usename = 'integratedb_control'
                     and application_name = 'integratedb stream'";
        run(&superuser, end).await;
        eventually("for another term", async || {
            ours()
                .await
                .is_some_and(|now| now.starts_with("integratedb_control ") && Some(now) != before)
        })
        .await;
    };
    tokio::join!(are_ended, another_term);
}

#[tokio::test]
async fn a_lock_of_ours_is_taken_back_from_others_only() {
    let app = TestApp::start().await;
    let bob = app.connect_as(&app.stakeholder("bob").await).await;
    let take = format!("select pg_advisory_lock({ROTATION})");
    run(&bob, &take).await;
    let control = app.database.control().await;
    run(&control, "set lock_timeout = '60s'").await;
    assert!(!advisory::try_lock(&control, ROTATION).await.unwrap());
    assert!(advisory::claim_back(&control, ROTATION).await.unwrap());
    assert!(bob.simple_query("select 1").await.is_err());

    // An instance of ours keeps it.
    let another = app.database.control().await;
    assert!(!advisory::claim_back(&another, ROTATION).await.unwrap());
    run(&control, &format!("select pg_advisory_unlock({ROTATION})")).await;

    // So does whoever is not ours to end, which is logged.
    let superuser = app.database.superuser().await;
    let stranger = unique("stranger");
    run(&superuser, &format!("create role {stranger} login password 'x'")).await;
    let url = app.database.url(&stranger, Some("x"));
    let theirs = db::connection::connect_as_is(&url).await.unwrap();
    run(&theirs, &take).await;
    assert!(!advisory::claim_back(&another, ROTATION).await.unwrap());
    run(&theirs, "select 1").await;
    drop(theirs);
    eventually("for the role to go", async || {
        superuser.simple_query(&format!("drop role {stranger}")).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn installations_and_housekeeping_ask_for_no_lock_that_others_can_take() {
    let app = TestApp::start().await;
    let bob = app.connect_as(&app.stakeholder("bob").await).await;
    for letters in [*b"integrdb", *b"integrdh"] {
        run(&bob, &format!("select pg_advisory_lock({})", i64::from_be_bytes(letters))).await;
    }
    for table in ["migrations", "housekeeping"] {
        may_not(&bob, &format!("begin; lock table integratedb.{table} in access share mode")).await;
        run(&bob, "rollback").await;
    }
    let mut control = app.database.control().await;
    run(&control, "set lock_timeout = '60s'").await;
    db::install(&mut control).await.expect("an installation");
    eventually("for a round", async || housekeeping::round(&app.state).await.unwrap()).await;
    run(&bob, "select 1").await;
}
