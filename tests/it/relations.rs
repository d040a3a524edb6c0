//! What can be claimed: every kind of relation that has columns to read.

use serde_json::json;

use crate::scene::Scene;
use crate::support::{column, may_not, run};

#[tokio::test]
async fn a_partitioned_table_is_read_through_its_parent_alone() {
    let scene = Scene::after(
        "create table sales (id int, region text) partition by list (region);
         create table sales_eu partition of sales for values in ('eu');
         insert into sales values (1, 'eu')",
    )
    .await;
    scene.claim_fields("public.sales", json!(["id"])).await;
    assert_eq!(column(&scene.client, "select id from sales").await, ["1"]);
    may_not(&scene.client, "select id from sales_eu").await;
    scene.claim_fields("public.sales_eu", json!(["*"])).await;
    assert_eq!(scene.readable("public.sales_eu").await, ["id", "region"]);
    may_not(&scene.client, "select id from sales").await;
    scene.refuses_migration("drop table sales_eu").await;
}

#[tokio::test]
async fn views_and_materialized_views_can_be_claimed_without_their_tables() {
    let scene = Scene::after(
        "create table a (id int, secret text); insert into a values (1, 'x');
         create view v as select * from a;
         create materialized view m as select * from a",
    )
    .await;
    scene
        .claim(json!([
            { "path": "public.v", "fields": ["id"] },
            { "path": "public.m", "fields": [{ "name": "id", "type": "int" }] },
        ]))
        .await;
    for view in ["v", "m"] {
        assert_eq!(column(&scene.client, &format!("select id from {view}")).await, ["1"]);
        may_not(&scene.client, &format!("select secret from {view}")).await;
    }
    may_not(&scene.client, "select id from a").await;
    for dropped in ["drop view v", "drop materialized view m", "drop table a cascade"] {
        scene.refuses_migration(dropped).await;
    }
}

#[tokio::test]
async fn foreign_tables_can_be_claimed() {
    let scene = Scene::after("select 1").await;
    let superuser = scene.app.database.superuser().await;
    run(
        &superuser,
        "create foreign data wrapper dummy;
         create server elsewhere foreign data wrapper dummy;
         create foreign table far_away (id int not null, note varchar(9)) server elsewhere;
         alter foreign table far_away owner to app_owner",
    )
    .await;
    let privileges = "select has_column_privilege('far_away', 'id', 'select')
        || '/' || has_column_privilege('far_away', 'note', 'select')";
    let fields = json!([{ "name": "id", "is_nullable": false }]);
    scene.claim_fields("public.far_away", fields).await;
    assert_eq!(column(&scene.client, privileges).await, ["true/false"]);
    scene.refuses_migration("alter foreign table far_away drop column id").await;
    scene.claim(json!([])).await;
    assert_eq!(column(&scene.client, privileges).await, ["false/false"]);
}

#[tokio::test]
async fn an_index_a_sequence_or_a_type_is_no_table() {
    let scene = Scene::after(
        "create table a (id serial primary key); create type pair as (x int); create index i on a (id)",
    )
    .await;
    for name in ["i", "a_id_seq", "pair"] {
        let refused = scene.refuses(json!([{ "path": format!("public.{name}") }])).await;
        assert_eq!(refused, [format!("#/match/0/path path: `public.{name}` does not exist.")]);
    }
}

#[tokio::test]
async fn a_schema_wildcard_brings_in_every_kind_of_relation_but_partitions() {
    let scene = Scene::after(
        "create schema shop;
         create table shop.plain (a int, b int);
         create table shop.sales (id int) partition by list (id);
         create table shop.sales_1 partition of shop.sales for values in (1);
         create view shop.seen as select a from shop.plain;
         create materialized view shop.kept as select b from shop.plain;
         create sequence shop.numbers;
         create table elsewhere (x int)",
    )
    .await;
    scene.claim_fields("shop.*", json!(["*"])).await;
    assert_eq!(scene.readable("shop.plain").await, ["a", "b"]);
    assert_eq!(scene.readable("shop.sales").await, ["id"]);
    assert_eq!(scene.readable("shop.seen").await, ["a"]);
    assert_eq!(scene.readable("shop.kept").await, ["b"]);
    assert_eq!(scene.readable("shop.sales_1").await, [""; 0]);
    assert_eq!(scene.readable("public.elsewhere").await, [""; 0]);
    scene.claim(json!([])).await;
    may_not(&scene.client, "select a from shop.plain").await;
}

#[tokio::test]
async fn a_schema_without_tables_can_be_claimed_and_must_stay() {
    let scene = Scene::after("create schema empty").await;
    scene.claim_fields("empty.*", json!(["*"])).await;
    scene.refuses_migration("drop schema empty").await;
    scene.migrate("create table empty.first (id int)").await;
    assert_eq!(scene.readable("empty.first").await, ["id"]);
    let refused = scene.refuses(json!([{ "path": "nowhere.*", "fields": ["*"] }])).await;
    assert_eq!(refused, ["#/match/0/path path: `nowhere.*` does not exist."]);
}
