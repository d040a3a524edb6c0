//! The reading of the stream of changes while others are at work.

use std::sync::Arc;

use integratedb::changes::{Feed, Lsn, Next, Position, Retention};
use serde_json::json;

use crate::support::{Client, TestApp, column, eventually, run, until_waiting};

/// A server whose stakeholder hears of `public.orders`, and the application.
async fn heard(retention: Retention) -> (TestApp, Client) {
    let app = TestApp::start_with(|settings| settings.retention = retention).await;
    let owner = app.database.owner().await;
    run(&owner, "create table public.orders (id bigint primary key, note text)").await;
    run(&owner, "create table public.unheard (id bigint)").await;
    let stakeholder = app.stakeholder("reader").await;
    app.claim(&stakeholder, &json!([{ "path": "public.orders", "fields": ["*"] }])).await;
    let matches = json!([{
        "path": "public.orders", "fields": ["*"], "events": ["*"], "channels": ["*"]
    }]);
    let document = json!({ "match": matches, "channels": [{ "type": "SOCKET" }] });
    app.put_notifications(&stakeholder, &document).await.expect(200);
    (app, owner)
}

#[tokio::test]
async fn what_nobody_hears_is_acknowledged_though_it_never_pauses() {
    let (app, owner) = heard(Retention::default()).await;
    let superuser = app.database.superuser().await;
    let now = column(&superuser, "select pg_current_wal_lsn()").await.remove(0);
    let acknowledged = format!(
        "select confirmed_flush_lsn > '{now}' from pg_replication_slots
         where database = current_database()"
    );
    eventually("for what was written before to be acknowledged", async || {
        for _ in 0..20 {
            run(&owner, "insert into public.unheard values (1)").await;
        }
        column(&superuser, &acknowledged).await == ["t"]
    })
    .await;
}

#[tokio::test]
async fn a_backup_that_reads_the_log_does_not_hold_up_the_stream() {
    let retention = Retention { bytes: 8 * 1000, ..Retention::default() };
    let (app, owner) = heard(retention).await;
    let (superuser, backup) = (app.database.superuser().await, app.database.superuser().await);
    run(&backup, "begin; select from integratedb.log").await;
    let epoch = "select epoch from integratedb.stream";
    let before = column(&superuser, epoch).await;
    for id in 1..=3 {
        run(&owner, &format!("insert into public.orders values ({id}, repeat('x', 2000))")).await;
        let count = "select count(*) from integratedb.log";
        eventually("for the change to be in the log", async || {
            column(&superuser, count).await == [id.to_string()]
        })
        .await;
    }
    assert_eq!(column(&superuser, epoch).await, before, "the leader gave up");
}

#[tokio::test]
async fn a_gap_is_told_though_the_log_is_emptied_while_it_is_read() {
    let app = TestApp::start().await;
    let (clearing, superuser) = (app.database.control().await, app.database.superuser().await);
    let entries = "insert into integratedb.log (ring, lsn, index, xid, committed_at, kind, message)
                   values (0, '0/1', 1, 1, now(), 'T', ''), (1, '0/2', 0, 1, now(), 'T', '')";
    run(&clearing, entries).await;
    // Which waits only shortly for whoever writes to it.
    eventually("for the segment to be emptied", async || {
        let emptied = clearing.simple_query("begin; select integratedb.empty_segment(0::smallint)");
        let is_emptied = emptied.await.is_ok();
        if !is_emptied {
            run(&clearing, "rollback").await;
        }
        is_emptied
    })
    .await;
    let at = |lsn, index| Position { lsn: Lsn(lsn), index };
    let mut feed = Feed::after(Arc::clone(&app.state.changes), app.state.pool.clone(), at(1, 0));
    let read = feed.next();
    let clear = async {
        until_waiting(&superuser, 1).await;
        run(&clearing, "commit").await;
    };
    let (next, ()) = tokio::join!(read, clear);
    match next.expect("what comes next") {
        Next::Gap { from, to } => assert_eq!((from, to), (at(1, 0), at(1, 1))),
        Next::Entries { entries, .. } => panic!("no word of the gap before {entries:?}"),
    }
}
