//! Schema evolution: alternatives, optionals, plans and wildcards while the
//! database changes beneath them.

use serde_json::json;

use crate::scene::Scene;
use crate::support::{column, may_not, run};

#[tokio::test]
async fn the_alternatives_of_the_guide_carry_its_migration() {
    let scene = Scene::after("create table orders (product_id int, quantity int)").await;
    scene.claim(json!({ "path": "public.orders", "fields": ["product_id", "quantity"] })).await;
    let migration = "alter table orders rename to legacy_orders;
        create table orders (product_uuid uuid, quantity int)";
    scene.refuses_migration(migration).await;
    scene
        .claim(json!({
            "path": "public.orders",
            "fields": [{ "alternatives": ["product_id", { "name": "product_uuid", "planned": true }] }, "quantity"],
            "alternatives": [{
                "path": "public.legacy_orders",
                "planned": true,
                "fields": [{ "alternatives": ["product_id", "product_uuid"] }, "quantity"],
            }],
        }))
        .await;
    scene.migrate(migration).await;
    assert_eq!(scene.readable("public.orders").await, ["product_uuid", "quantity"]);
    assert_eq!(scene.readable("public.legacy_orders").await, ["product_id", "quantity"]);
    // The document of the guide, as it stands there, now fits.
    scene
        .claim(json!({ "alternatives": [
            { "path": "public.orders", "fields": ["product_uuid", "quantity"] },
            { "path": "public.legacy_orders", "fields": ["product_id", "quantity"] },
        ]}))
        .await;
    scene.migrate("drop table legacy_orders").await;
    scene.refuses_migration("drop table orders").await;
    scene.claim(json!({ "path": "public.orders", "fields": ["product_uuid", "quantity"] })).await;
}

#[tokio::test]
async fn one_of_several_tables_is_enough_and_the_last_one_stays() {
    let scene =
        Scene::after("create table a (x int); create table b (x int); create table c (x int)")
            .await;
    let tables =
        ["a", "b", "c"].map(|name| json!({ "path": format!("public.{name}"), "fields": ["x"] }));
    scene.claim(json!([{ "alternatives": tables }])).await;
    scene.refuses_migration("drop table a, b, c").await;
    scene.migrate("drop table b").await;
    scene.refuses_migration("drop table a, c").await;
    scene.migrate("alter table a drop column x").await;
    let refused = scene.refuses_migration("alter table c alter x type text").await;
    assert_eq!(
        refused.faults(),
        ["public.a x name - -", "public.b - path - -", "public.c x type integer text"]
    );
    assert!(refused.detail.contains("has no alternative left"), "{}", refused.detail);
    scene.migrate("alter table a add x int; drop table c").await;
    scene.refuses_migration("alter table a drop column x").await;
    assert_eq!(scene.readable("public.a").await, ["x"]);
}

#[tokio::test]
async fn one_of_several_columns_is_enough_and_the_last_one_stays() {
    let scene = Scene::after("create table a (x int, y int, z int)").await;
    scene
        .claim_fields(
            "public.a",
            json!([{ "alternatives": ["x", { "name": "y", "type": "int" }] }, "z"]),
        )
        .await;
    scene.refuses_migration("alter table a drop column x, drop column y").await;
    scene.refuses_migration("alter table a drop column z").await;
    scene.migrate("alter table a drop column x").await;
    let refused = scene.refuses_migration("alter table a alter y type bigint").await;
    assert_eq!(refused.faults(), ["public.a x name - -", "public.a y type int bigint"]);
    scene.migrate("alter table a add x int, drop column y").await;
    assert_eq!(scene.readable("public.a").await, ["z", "x"]);
}

#[tokio::test]
async fn an_alternative_counts_as_a_whole() {
    let scene = Scene::after("create table a (x int, y int); create table b (x int, y int)").await;
    scene
        .claim(json!([{ "alternatives": [
            { "path": "public.a", "fields": ["x", "y"] },
            { "path": "public.b", "fields": ["x", "y"] },
        ]}]))
        .await;
    scene.refuses_migration("alter table a drop column x; alter table b drop column y").await;
    scene.migrate("alter table a drop column x, drop column y").await;
}

#[tokio::test]
async fn what_is_optional_never_stands_in_the_way() {
    let scene =
        Scene::after("create table a (x int, y varchar(9) not null); create table b (x int)").await;
    scene
        .claim(json!([
            { "path": "public.a", "fields": ["x", { "name": "y", "type": "varchar", "min_length": 9, "is_nullable": false, "optional": true }] },
            { "path": "public.b", "fields": ["*"], "optional": true },
        ]))
        .await;
    scene.migrate("alter table a alter y type varchar(3), alter y drop not null").await;
    assert_eq!(scene.readable("public.a").await, ["x", "y"]);
    scene.migrate("alter table a alter y type int using null").await;
    scene.migrate("alter table a drop column y; alter table b rename x to z").await;
    assert_eq!(scene.readable("public.b").await, ["z"]);
    scene.migrate("drop table b").await;
    scene.refuses_migration("alter table a drop column x").await;
    scene.migrate("alter table a add y text; create table b (w int)").await;
    assert_eq!(scene.readable("public.a").await, ["x", "y"]);
    assert_eq!(scene.readable("public.b").await, ["w"]);
}

#[tokio::test]
async fn a_planned_column_lets_one_migration_rename_it_without_a_gap() {
    let scene = Scene::after("create table a (name varchar(40)); insert into a values ('x')").await;
    scene.claim_fields("public.a", json!(["name"])).await;
    scene.refuses_migration("alter table a rename name to title").await;
    let fields = json!([{ "alternatives": ["name", { "name": "title", "planned": true }] }]);
    scene.claim_fields("public.a", fields.clone()).await;
    scene.migrate("alter table a rename name to title").await;
    assert_eq!(column(&scene.client, "select title from a").await, ["x"]);
    // The same document still fits, and so does the one that has moved on.
    scene.claim_fields("public.a", fields).await;
    scene.claim_fields("public.a", json!(["title"])).await;
    scene.refuses_migration("alter table a rename title to name").await;
}

#[tokio::test]
async fn a_planned_table_lets_one_migration_replace_another() {
    let scene = Scene::after("create table a (x int)").await;
    scene
        .claim(json!([{
            "path": "public.a", "fields": ["x"],
            "alternatives": [{ "path": "fresh.b", "fields": ["x"], "planned": true }],
        }]))
        .await;
    scene.refuses_migration("drop table a").await;
    scene
        .refuses_migration("drop table a; create schema fresh; create table fresh.b (y int)")
        .await;
    scene.migrate("drop table a; create schema fresh; create table fresh.b (x int)").await;
    assert_eq!(scene.readable("fresh.b").await, ["x"]);
    scene.refuses_migration("drop table fresh.b").await;
}

#[tokio::test]
async fn a_lone_planned_column_is_needed_once_it_was_seen() {
    let scene = Scene::after("create table a (x int)").await;
    scene
        .claim_fields("public.a", json!(["x", { "name": "y", "type": "int", "planned": true }]))
        .await;
    scene.migrate("alter table a add z int").await;
    scene.migrate("alter table a add y int").await;
    assert_eq!(scene.readable("public.a").await, ["x", "y"]);
    scene.refuses_migration("alter table a drop column y").await;
    scene.refuses_migration("alter table a alter y type text").await;
}

#[tokio::test]
async fn what_wildcards_brought_in_is_granted_and_required_from_then_on() {
    let scene =
        Scene::after("create schema shop; create table shop.a (x int); create table b (x int)")
            .await;
    scene
        .claim(json!([
            { "path": "shop.*", "fields": ["*"] },
            { "path": "public.b", "fields": ["*"] },
        ]))
        .await;
    scene
        .migrate(
            "alter table b add y int; alter table shop.a add y int; create table shop.c (z int)",
        )
        .await;
    assert_eq!(scene.readable("public.b").await, ["x", "y"]);
    assert_eq!(scene.readable("shop.a").await, ["x", "y"]);
    assert_eq!(scene.readable("shop.c").await, ["z"]);
    for sql in [
        "alter table b drop column y",
        "alter table shop.a drop column y",
        "drop table shop.c",
        "alter table shop.c set schema public",
        "alter table shop.c alter z type bigint",
        "alter schema shop rename to store",
    ] {
        scene.refuses_migration(sql).await;
    }
    // Whatever comes later, also without a validation, comes with the next sync.
    run(&scene.owner, "create table shop.d (x int); alter table b add z int").await;
    may_not(&scene.client, "select x from shop.d").await;
    run(&scene.owner, "select integratedb_sync()").await;
    assert_eq!(scene.readable("shop.d").await, ["x"]);
    assert_eq!(scene.readable("public.b").await, ["x", "y", "z"]);
    scene.refuses_migration("drop table shop.d").await;
}

#[tokio::test]
async fn what_wildcards_of_an_optional_match_brought_in_may_go() {
    let scene = Scene::after(
        "create schema shop; create table shop.a (x int, y int); create table b (x int, y int)",
    )
    .await;
    scene
        .claim(json!([
            { "path": "shop.*", "fields": ["*"], "optional": true },
            { "path": "public.b", "fields": ["*"], "optional": true },
        ]))
        .await;
    scene.migrate("alter table b drop column y; alter table shop.a drop column y").await;
    scene.migrate("drop table shop.a; create table shop.c (z int)").await;
    assert_eq!(scene.readable("shop.c").await, ["z"]);
    assert_eq!(scene.readable("public.b").await, ["x"]);
    scene.migrate("drop schema shop cascade; drop table b").await;
    scene.migrate("create schema shop; create table shop.a (w int); create table b (w int)").await;
    assert_eq!(scene.readable("shop.a").await, ["w"]);
    assert_eq!(scene.readable("public.b").await, ["w"]);
}

#[tokio::test]
async fn claiming_less_frees_what_a_migration_wanted() {
    let scene = Scene::after("create table a (x int, y int)").await;
    scene.claim_fields("public.a", json!(["*"])).await;
    scene.refuses_migration("alter table a drop column y").await;
    scene.claim_fields("public.a", json!(["x"])).await;
    scene.migrate("alter table a drop column y").await;
    scene.claim(json!([])).await;
    scene.migrate("drop table a").await;
}

#[tokio::test]
async fn claiming_again_takes_the_properties_anew() {
    let scene = Scene::after("create table a (name varchar(40))").await;
    scene.claim_fields("public.a", json!(["name"])).await;
    scene.claim(json!([])).await;
    scene.migrate("alter table a alter name type varchar(20)").await;
    scene.claim_fields("public.a", json!(["name"])).await;
    scene.refuses_migration("alter table a alter name type varchar(19)").await;
}
