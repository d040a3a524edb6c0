//! What is published: just what somebody listens to, and never so that the
//! application's own writes would fail.

use serde_json::json;

use crate::audience::{Audience, listen};
use crate::support::{Collector, all_told, column, run};

const EVERY: &str =
    "insert into t values (1, 'a'); update t set word = 'b'; delete from t; truncate t";

#[tokio::test]
async fn the_publications_hold_just_the_tables_somebody_listens_to() {
    let a = Audience::after(
        "create table a (id int primary key); create table b (id int primary key); create table c (id int)",
    )
    .await;
    assert!(a.published().await.is_empty());
    a.listen(json!([listen("public.a", &json!(["*"])), listen("public.b", &json!(["INSERT"]))]))
        .await;
    assert_eq!(a.published().await, ["public.a", "public.b"]);
    let other = a.app.stakeholder("other").await;
    let document = json!({
        "match": [listen("public.b", &json!(["*"])), listen("public.c", &json!(["INSERT"]))],
        "channels": [Collector::new().await.channel()],
    });
    a.app.put_notifications(&other, &document).await.expect(200);
    assert_eq!(a.published().await, ["inserts public.c", "public.a", "public.b"]);
    a.listen(json!([])).await;
    assert_eq!(a.published().await, ["inserts public.c", "public.b"]);
    a.app.delete(&format!("/stakeholders/{}", other.id)).await.expect(204);
    assert!(a.published().await.is_empty());
}

#[tokio::test]
async fn a_table_without_a_key_is_refused_for_updates_and_deletes() {
    let a = Audience::after("create table t (id int, word text)").await;
    a.claim(json!([{ "path": "public.t", "fields": ["*"] }])).await;
    let sql = "ALTER TABLE public.t REPLICA IDENTITY FULL;";
    for events in [json!(["*"]), json!(["UPDATE"]), json!(["INSERT", "DELETE"])] {
        let faults = a.refuses(json!([listen("public.t", &events)])).await;
        assert_eq!(faults.len(), 1, "{faults:?}");
        let (pointer, message) = faults[0].split_once(' ').unwrap();
        assert_eq!(pointer, "#/match/0/path");
        assert!(message.contains("has no primary key") && message.ends_with(sql), "{message}");
        assert!(a.published().await.is_empty());
    }
    a.run(EVERY).await;

    a.listen(json!([listen("public.t", &json!(["INSERT", "TRUNCATE"]))])).await;
    assert_eq!(a.published().await, ["inserts public.t"]);
    a.run(EVERY).await;
    let events = a.heard.until(2).await;
    assert_eq!(all_told(&events), ["insert public.t", "truncate public.t"]);
    assert_eq!(events[0]["data"]["new"], json!({ "id": 1, "word": "a" }));
    assert_eq!(events[0]["data"]["key"], json!({}));

    a.run(sql).await;
    a.listen(json!([listen("public.t", &json!(["*"]))])).await;
    assert_eq!(a.published().await, ["public.t"]);
    a.run(EVERY).await;
    let events = a.heard.until(6).await;
    assert_eq!(
        all_told(&events[2..]),
        ["insert", "update", "delete", "truncate"].map(|kind| format!("{kind} public.t"))
    );
    assert_eq!(events[3]["data"]["changed"], json!(["word"]));
    assert_eq!(events[4]["data"]["old"], json!({ "id": 1, "word": "b" }));
}

#[tokio::test]
async fn what_identifies_rows_is_told_from_what_only_looks_like_it() {
    let a = Audience::after(
        "create table deferred (id int primary key deferrable);
         create table nothing (id int primary key);
         create table indexed (id int not null, word text, unique (id));
         alter table nothing replica identity nothing;
         alter table indexed replica identity using index indexed_id_key",
    )
    .await;
    for table in ["deferred", "nothing"] {
        let faults = a.refuses(json!([listen(&format!("public.{table}"), &json!(["*"]))])).await;
        assert!(faults[0].contains("REPLICA IDENTITY FULL"), "{faults:?}");
    }
    a.hear(&["public.indexed"], json!(["*"])).await;
    a.run("insert into indexed values (1, 'a'); update indexed set id = 2; delete from indexed")
        .await;
    let events = a.heard.until(3).await;
    assert_eq!(events[1]["data"]["key"], json!({ "id": 2 }));
    assert_eq!(events[1]["data"]["old"], json!({ "id": 1 }));
    assert_eq!(events[2]["data"]["old"], json!({ "id": 2 }));
}

#[tokio::test]
async fn conditions_about_old_values_need_them_all() {
    let a = Audience::after("create table t (id int primary key, word text)").await;
    a.claim(json!([{ "path": "public.t", "fields": ["*"] }])).await;
    let on = |condition: &serde_json::Value| {
        let mut matched = listen("public.t", &json!(["UPDATE"]));
        matched["fields"] = json!(["id", "word"]);
        matched["where"] = condition.clone();
        json!([matched])
    };
    let changed = json!({ "changed": ["word"] });
    let old = json!({ "and": [{ "eq": { "word": "b" } }, { "old": { "eq": { "word": "a" } } }] });
    let sql = "ALTER TABLE public.t REPLICA IDENTITY FULL;";
    for condition in [&changed, &old] {
        let faults = a.refuses(on(condition)).await;
        assert!(faults[0].contains("old values") && faults[0].ends_with(sql), "{faults:?}");
    }
    a.listen(on(&json!({ "changed": ["id"] }))).await;
    a.run("insert into t values (1, 'a'), (3, 'a'); update t set word = 'b'; update t set id = 2 where id = 1").await;
    let events = a.heard.until(1).await;
    assert_eq!(events[0]["data"]["old"], json!({ "id": 1 }));
    a.until_through().await;
    a.run(sql).await;
    a.listen(on(&old)).await;
    a.run("update t set word = 'c'; update t set word = 'a'; update t set word = 'b' where id = 3")
        .await;
    let events = a.heard.until(2).await;
    assert_eq!(events[1]["data"]["new"], json!({ "id": 3, "word": "b" }));
    assert_eq!(events[1]["data"]["changed"], json!(["word"]));
    a.until_through().await;
    a.listen(on(&changed)).await;
    a.run("update t set word = word; update t set word = 'd' where id = 2").await;
    assert_eq!(a.heard.until(3).await[2]["data"]["new"], json!({ "id": 2, "word": "d" }));
}

#[tokio::test]
async fn what_cannot_be_published_is_refused_with_words() {
    let a = Audience::after(
        "create table t (id int primary key); create view v as select id from t;
         create materialized view m as select id from t; create unlogged table u (id int primary key);
         create table guarded (id int primary key); alter table guarded enable row level security;
         create table parts (id int primary key) partition by range (id);
         create table part partition of parts for values from (0) to (9)",
    )
    .await;
    let superuser = a.app.database.superuser().await;
    run(
        &superuser,
        "create extension file_fdw; create server files foreign data wrapper file_fdw;
         create foreign table f (id int) server files options (filename '/dev/null');
         alter foreign table f owner to app_owner",
    )
    .await;
    for (table, why) in [
        ("v", "it is a view"),
        ("m", "it is a materialized view"),
        ("f", "it is a foreign table"),
        ("u", "it is unlogged"),
        ("guarded", "row level security"),
        ("part", "it is a partition of public.parts"),
    ] {
        let faults =
            a.refuses(json!([listen(&format!("public.{table}"), &json!(["INSERT"]))])).await;
        let begin =
            format!("#/match/0/path path: `public.{table}`: its changes can't be published: {why}");
        assert!(faults[0].starts_with(&begin), "{faults:?}");
    }
}

#[tokio::test]
async fn a_partitioned_table_is_heard_as_one_with_its_new_partitions() {
    let a = Audience::after(
        "create table parts (id int primary key, word text) partition by range (id);
         create table one partition of parts for values from (0) to (10)",
    )
    .await;
    a.hear(&["public.parts"], json!(["*"])).await;
    assert_eq!(a.published().await, ["public.parts"]);
    a.run("insert into parts values (1, 'a'); insert into one values (2, 'b')").await;
    a.run("create table two partition of parts for values from (10) to (20)").await;
    a.run("insert into parts values (11, 'c'); update parts set id = 12 where id = 2; delete from two; truncate parts").await;
    let events = a.heard.until(7).await;
    // A row that moves is deleted from one partition and inserted into the other.
    let kinds = ["insert", "insert", "insert", "delete", "insert", "delete", "delete", "truncate"];
    let events = if events.len() < kinds.len() { a.heard.until(kinds.len()).await } else { events };
    assert_eq!(all_told(&events), kinds.map(|kind| format!("{kind} public.parts")));
    a.run("create table keyless (id int) partition by range (id); create table k partition of keyless default").await;
    let faults = a.refuses(json!([listen("public.keyless", &json!(["*"]))])).await;
    assert!(faults[0].contains("ALTER TABLE public.k REPLICA IDENTITY FULL;"), "{faults:?}");
    assert!(faults[0].contains("ALTER TABLE public.keyless REPLICA IDENTITY FULL;"), "{faults:?}");
    a.run("alter table keyless replica identity full; alter table k replica identity full").await;
    a.hear(&["public.keyless"], json!(["*"])).await;
    a.run("insert into keyless values (1); update keyless set id = 2").await;
    let events = a.heard.until(10).await;
    assert_eq!(events[9]["data"]["old"], json!({ "id": 1 }));
}

#[tokio::test]
async fn a_whole_schema_is_heard_as_far_as_it_can_be() {
    let a = Audience::after(
        "create schema shop; create table shop.a (id int primary key); create table shop.keyless (id int);
         create view shop.v as select 1 as id",
    )
    .await;
    let everything = json!([listen("shop.*", &json!(["*"]))]);
    a.claim(json!([{ "path": "shop.*", "fields": ["*"] }])).await;
    let answer = a.listen(everything.clone()).await;
    let untold = answer.data()["not_told"].as_array().unwrap();
    let untold: Vec<_> = untold.iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(untold, ["shop.keyless", "shop.v"], "{}", answer.body);
    assert_eq!(a.published().await, ["inserts shop.keyless", "shop.a"]);
    a.run("insert into shop.a values (1); insert into shop.keyless values (1); update shop.keyless set id = 2").await;
    assert_eq!(all_told(&a.heard.until(2).await), ["insert shop.a", "insert shop.keyless"]);
    a.run(
        "begin; create table shop.b (id int primary key); create table shop.later (id int);
         create view shop.w as select 1 as id; select integratedb_validate_migration(); commit",
    )
    .await;
    assert_eq!(
        a.published().await,
        ["inserts shop.keyless", "inserts shop.later", "shop.a", "shop.b"]
    );
    a.run("insert into shop.b values (1); update shop.b set id = 2; insert into shop.later values (1); delete from shop.later").await;
    let told = all_told(&a.heard.until(5).await);
    assert_eq!(told[2..], ["insert shop.b", "update shop.b", "insert shop.later"]);
    let unmet = column(&a.owner, "select problem from integratedb_unmet_claims()").await;
    assert!(unmet.is_empty(), "{unmet:?}");
    a.listen(everything).await;
}

#[tokio::test]
async fn a_table_of_a_stranger_is_refused_with_the_grant_that_helps() {
    let a = Audience::after("create table mine (id int primary key)").await;
    let superuser = a.app.database.superuser().await;
    let stranger = crate::support::unique("stranger");
    run(
        &superuser,
        &format!(
            "create role \"{stranger}\"; create table theirs (id int primary key);
             alter table theirs owner to \"{stranger}\"; grant select on theirs to {} with grant option",
            "integratedb_control"
        ),
    )
    .await;
    a.claim(json!([{ "path": "public.theirs", "fields": ["*"] }])).await;
    let faults = a
        .refuses(json!([
            listen("public.mine", &json!(["*"])),
            listen("public.theirs", &json!(["*"]))
        ]))
        .await;
    assert_eq!(faults.len(), 1, "{faults:?}");
    let grant = format!("GRANT \"{stranger}\" TO \"integratedb_control\";");
    assert!(faults[0].starts_with("#/match/1/path ") && faults[0].ends_with(&grant), "{faults:?}");
    assert!(a.published().await.is_empty());
    run(&superuser, &grant).await;
    a.listen(json!([listen("public.theirs", &json!(["*"]))])).await;
    run(&superuser, "insert into theirs values (1)").await;
    assert_eq!(all_told(&a.heard.until(1).await), ["insert public.theirs"]);
}

#[tokio::test]
async fn names_that_need_quotes_are_published_and_told() {
    let a = Audience::after(
        r#"create schema "Odd.one"; create table "Odd.one"."a ""b""" ("the Id" int primary key, "x.y" text)"#,
    )
    .await;
    a.hear(&[r#""Odd.one"."a ""b""""#], json!(["*"])).await;
    a.run(r#"insert into "Odd.one"."a ""b""" values (1, 'z')"#).await;
    let event = &a.heard.until(1).await[0];
    assert_eq!(event["subject"], r#""Odd.one"."a ""b""""#);
    assert_eq!(event["data"]["new"], json!({ "the Id": 1, "x.y": "z" }));
}
