//! Migrations of tables that somebody listens to.

use integratedb::gate;
use serde_json::{Value, json};

use crate::audience::{Audience, listen};
use crate::scene::{Refused, migration};
use crate::support::{all_told, column, eventually, refusal, run};

const TABLE: &str = "create table t (id int primary key, word text, extra text)";

/// Hears of everything in a table, of which only two columns are claimed.
async fn hearing() -> Audience {
    let a = Audience::after(TABLE).await;
    a.claim(json!([{ "path": "public.t", "fields": ["id", "word"] }])).await;
    a.listen(json!([{ "path": "public.t", "fields": ["id", "word", "extra"], "events": ["*"], "channels": ["*"] }]))
        .await;
    a
}

const DROP_KEY: &str = "alter table t drop constraint t_pkey, alter id set not null";

#[tokio::test]
async fn taking_the_key_from_a_table_that_is_heard_is_refused() {
    let a = hearing().await;
    let refused = Refused::of(&a.owner, &migration(DROP_KEY)).await;
    assert_eq!(refused.faults(), ["public.t - replica_identity key none"]);
    let words = format!(
        "{} listens, and needs public.t to have a primary key or another replica identity",
        a.reader.name
    );
    assert!(refused.detail.contains(&words), "{}", refused.detail);
    assert!(
        refused.detail.contains("ALTER TABLE public.t REPLICA IDENTITY FULL"),
        "{}",
        refused.detail
    );
    a.run(&migration(&format!("{DROP_KEY}; alter table t replica identity full"))).await;
    a.run("insert into t values (1); update t set word = 'x'").await;
    assert_eq!(all_told(&a.heard.until(2).await), ["insert public.t", "update public.t"]);
    Refused::of(&a.owner, &migration("alter table t replica identity default")).await;
    Refused::of(&a.owner, &migration("alter table t enable row level security")).await;
}

#[tokio::test]
async fn the_gate_refuses_it_too_and_does_not_mind_publications() {
    let a = Audience::after(TABLE).await;
    gate::enable(&mut a.app.database.superuser().await).await.unwrap();
    let entries = async || column(&a.owner, "select count(*) from integratedb_journal()").await;
    let before = entries().await;
    a.hear(&["public.t"], json!(["*"])).await;
    assert_eq!(a.published().await, ["public.t"]);
    a.listen(json!([])).await;
    a.listen(json!([listen("public.t", &json!(["*"]))])).await;
    assert_eq!(entries().await, before);
    let refused = refusal(&a.owner, DROP_KEY).await;
    assert_eq!(refused.message(), "IntegrateDB.InvalidMigration");
    a.run("insert into t values (1); update t set word = 'x'").await;
    a.heard.until(2).await;
    // The publication is the migration's own business, and what was a table is none.
    a.run("begin; alter table t rename to old; create table t (like old including all); drop table old; commit").await;
    assert_eq!(a.published().await, ["public.t"]);
    a.run("insert into t values (1, 'again')").await;
    a.heard.until_told("again").await;
}

#[tokio::test]
async fn a_key_that_is_gone_all_the_same_stops_no_update_for_long() {
    let a = hearing().await;
    a.run("insert into t values (1)").await;
    a.run(DROP_KEY).await;
    eventually("for updates to work again", async || {
        a.owner.simple_query("update t set word = 'x'").await.is_ok()
    })
    .await;
    assert_eq!(a.published().await, ["inserts public.t"]);
    let problems = column(&a.owner, "select problem from integratedb_unmet_claims()").await;
    assert!(problems[0].contains("replica identity"), "{problems:?}");
    a.run("alter table t add primary key (id); select integratedb_sync()").await;
    assert_eq!(a.published().await, ["public.t"]);
    a.run("update t set word = 'mended'").await;
    a.heard.until_told("mended").await;
}

#[tokio::test]
async fn what_notifications_name_is_a_dependency() {
    let a = hearing().await;
    let refused = Refused::of(&a.owner, &migration("alter table t drop column extra")).await;
    assert_eq!(refused.faults(), ["public.t extra name - -"]);
    let impact = a.app.get("/impact?path=public.t.extra").await.expect(200);
    let dependents = impact.data()["dependents"].as_array().unwrap();
    assert_eq!(dependents.len(), 1, "{}", impact.body);
    assert_eq!(dependents[0]["would_break"], true);
    a.run("alter table t drop column extra").await;
    let unmet = "select stakeholder || ' ' || path || ' ' || field from integratedb_unmet_claims()";
    assert_eq!(column(&a.owner, unmet).await, [format!("{} public.t extra", a.reader.name)]);
    let mut matched = listen("public.t", &json!(["*"]));
    matched["fields"] = json!(["id", { "name": "extra", "optional": true }]);
    a.run("alter table t add column extra text").await;
    a.listen(json!([matched])).await;
    a.run(&migration("alter table t drop column extra")).await;
    a.run("insert into t values (7, 'x')").await;
    assert_eq!(a.heard.until(1).await[0]["data"]["new"], json!({ "id": 7 }));
}

#[tokio::test]
async fn notifications_follow_names() {
    let a = Audience::after("create table t (id int primary key, n int); create table other (id int primary key, n int)").await;
    a.hear(&["public.t"], json!(["*"])).await;
    a.run(&migration("alter table t rename to was; alter table other rename to t")).await;
    assert_eq!(a.published().await, ["public.t"]);
    a.run("insert into was values (1, 11111); insert into t values (2, 22222)").await;
    let events = a.heard.until_told("22222").await;
    assert_eq!(all_told(&events), ["insert public.t"]);
    a.run(&migration("drop table t; create table t (n int, more text, id int primary key)")).await;
    a.run("insert into t values (33333, 'more', 3)").await;
    let events = a.heard.until_told("33333").await;
    assert_eq!(events[1]["data"]["new"], json!({ "n": 33333, "more": "more", "id": 3 }));
    assert_eq!(events[1]["data"]["key"], json!({ "id": 3 }));

    a.run("drop table t; select integratedb_sync()").await;
    Refused::of(&a.owner, &migration("create table z (id int)")).await;
    a.run("create table t (id int primary key, n int)").await;
    a.run("insert into t values (4, 44444); select integratedb_sync(); insert into t values (5, 55555)").await;
    let events = a.heard.until_told("55555").await;
    let told = Value::Array(events).to_string();
    assert!(!told.contains("11111"), "{told}");
}

#[tokio::test]
async fn the_schema_may_change_between_the_rows_of_one_transaction() {
    let a = Audience::after("create table t (id int primary key, n int, note text)").await;
    a.hear(&["public.t"], json!(["*"])).await;
    run(
        &a.owner,
        "begin;
         insert into t values (1, 1, 'one');
         alter table t add column late text;
         insert into t values (2, 2, 'two', 'late');
         alter table t alter n set default 9, alter n set not null;
         insert into t values (3, 3, 'three', 'later');
         alter table t rename late to latest;
         update t set n = 4 where id = 1;
         delete from t where id = 2;
         select integratedb_validate_migration();
         commit",
    )
    .await;
    let events = a.heard.until(5).await;
    assert_eq!(
        all_told(&events),
        ["insert", "insert", "insert", "update", "delete"].map(|kind| format!("{kind} public.t"))
    );
    assert_eq!(events[0]["data"]["new"], json!({ "id": 1, "n": 1, "note": "one" }));
    assert_eq!(events[3]["data"]["new"]["n"], 4);
    assert_eq!(events[3]["data"]["new"]["latest"], Value::Null);
    assert_eq!(events[4]["data"]["old"], json!({ "id": 2 }));
    let ids: Vec<&str> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    let commit = ids[0].split_once(':').unwrap().0;
    assert_eq!(ids, [0, 1, 2, 3, 4].map(|index| format!("{commit}:{index}")));
}
