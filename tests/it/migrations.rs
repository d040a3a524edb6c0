//! Migration control: what a migration is refused, what it is told, and how
//! claims and grants follow one that passes.

use serde_json::json;

use crate::scene::{Refused, Scene, migration};
use crate::support::{column, may_not, run};

#[tokio::test]
async fn the_examples_of_the_guide_do_what_it_says() {
    let scene = Scene::after("create table foos (id int, name varchar(255))").await;
    let drop = "BEGIN;
        ALTER TABLE foos DROP COLUMN name;
        SELECT integratedb_validate_migration();
        COMMIT;";
    let restore = "BEGIN;
        ALTER TABLE foos ADD COLUMN name varchar(255);
        SELECT integratedb_sync();
        COMMIT;";
    run(&scene.owner, drop).await;
    run(&scene.owner, restore).await;
    scene.claim_fields("public.foos", json!(["name"])).await;
    Refused::of(&scene.owner, drop).await;
    assert_eq!(scene.readable("public.foos").await, ["name"]);
    scene.claim_fields("public.foos", json!([{ "name": "name", "optional": true }])).await;
    run(&scene.owner, drop).await;
    run(&scene.owner, restore).await;
    assert_eq!(scene.readable("public.foos").await, ["name"]);
    let rows = column(&scene.owner, "SELECT * from integratedb_unmet_claims()").await;
    assert_eq!(rows, [""; 0]);
}

#[tokio::test]
async fn a_valid_migration_is_answered_zero() {
    let scene = Scene::after("create table a (x int)").await;
    let validate = "select integratedb_validate_migration()";
    assert_eq!(column(&scene.owner, validate).await, ["0"]);
    scene.claim_fields("public.a", json!(["*"])).await;
    assert_eq!(column(&scene.owner, validate).await, ["0"]);
    assert_eq!(column(&scene.owner, "select integratedb_validate_migration(5)").await, ["0"]);
    run(&scene.owner, "select integratedb_sync()").await;
}

#[tokio::test]
async fn whatever_takes_something_claimed_away_is_refused() {
    let scene = Scene::after(
        "create schema shop;
         create type mood as enum ('sad', 'happy');
         create type shop.tier as enum ('gold');
         create domain code as varchar(12) not null;
         create table a (id bigint primary key, name varchar(40), free text, total numeric(10, 2), m mood, c code, t shop.tier);
         create table shop.b (id int, note text);
         create view v as select id, name from a where free is null",
    )
    .await;
    scene
        .claim(json!([
            { "path": "public.a", "fields": ["*"] },
            { "path": "shop.b", "fields": ["id"] },
            { "path": "public.v", "fields": ["*"] },
        ]))
        .await;
    for sql in [
        "alter table a drop column free cascade",
        "alter table a rename name to title",
        "alter table a alter column m type text",
        "alter table a alter column total type bigint",
        "alter table a alter column total type numeric(9, 2)",
        "drop view v; alter table a alter column id type int; create view v as select id::bigint, name from a",
        "drop view v; alter table a alter column name type varchar(39); create view v as select id, name::varchar(40) from a",
        "alter table a drop constraint a_pkey, alter column id drop not null",
        "drop table shop.b",
        "drop table a cascade",
        "alter table shop.b rename to c",
        "alter table shop.b set schema public",
        "alter schema shop rename to store",
        "drop schema shop cascade",
        "drop type mood cascade",
        "alter type mood rename to feeling",
        "alter type mood set schema shop",
        "alter domain code drop not null",
        "drop view v",
        "drop view v; create view v as select id from a",
        "alter view v rename column name to title",
        "drop view v; create view v as select id::int, name from a",
        "alter table shop.b rename id to key; alter table shop.b rename note to id",
    ] {
        scene.refuses_migration(sql).await;
        assert_eq!(scene.readable("public.a").await.len(), 7, "{sql}");
    }
}

#[tokio::test]
async fn whatever_takes_nothing_claimed_away_passes() {
    let scene = Scene::after(
        "create schema shop;
         create type mood as enum ('sad', 'happy');
         create domain code as varchar(12) not null;
         create table a (id int primary key, name varchar(40), free text, total numeric(10, 2), m mood, c code, n int);
         create table shop.b (id int, note text);
         create view v as select id, free from a",
    )
    .await;
    scene
        .claim(json!([
            { "path": "public.a", "fields": ["id", "name", "total", "m", "c", "n"] },
            { "path": "shop.b", "fields": ["id"] },
            { "path": "public.v", "fields": ["id"] },
        ]))
        .await;
    for sql in [
        "alter table a alter column name type varchar(80)",
        "alter table a alter column name type varchar",
        "alter table a alter column total type numeric(12, 2)",
        "alter table a alter column n set not null",
        "alter table a add column more text not null default 'x'",
        "alter table a alter column id set default 7, add check (id > 0)",
        "create index on a (name); create unique index on a (c)",
        "create or replace view v as select id, free, 1 as one from a",
        "drop view v; create view v as select id from a",
        "alter table a drop column free",
        "alter table shop.b rename note to remark",
        "alter table shop.b drop column remark",
        "alter type mood add value if not exists 'calm'",
        "alter type mood rename value 'sad' to 'sorry'",
        "alter domain code add check (length(value) > 1)",
        // What is claimed is its base type, unless a document says otherwise.
        "alter domain code rename to codes",
        "create table public.c (x int); drop table public.c",
        "create temporary table a (x int) on commit drop",
        "truncate a; analyze a; cluster a using a_pkey",
        "comment on table a is 'words'; insert into a (id, c, n) values (1, 'co', 2)",
    ] {
        scene.migrate(sql).await;
    }
    assert_eq!(scene.readable("public.a").await, ["id", "name", "total", "m", "c", "n"]);
    // The view was made anew.
    assert_eq!(scene.readable("public.v").await, ["id"]);
}

#[tokio::test]
async fn a_type_that_is_named_may_not_be_renamed() {
    let scene = Scene::after(
        "create type mood as enum ('sad'); create domain code as text; create table a (m mood[], c code, d code)",
    )
    .await;
    let fields = json!([{ "name": "m", "type": "mood[]" }, { "name": "c", "type": "code" }, "d"]);
    scene.claim_fields("public.a", fields).await;
    let refused = scene.refuses_migration("alter type mood rename to feeling").await;
    assert_eq!(refused.faults(), ["public.a m type mood[] public.feeling[]"]);
    let refused = scene.refuses_migration("alter domain code rename to codes").await;
    assert_eq!(refused.faults(), ["public.a c type code text"]);
    scene.migrate("alter table a alter d type text").await;
}

#[tokio::test]
async fn what_widened_may_not_be_narrowed_again() {
    let scene = Scene::after("create table a (name varchar(40), total numeric(5), n int)").await;
    scene.claim_fields("public.a", json!(["*"])).await;
    scene
        .migrate(
            "alter table a alter name type varchar(80), alter total type numeric(6), alter n set not null",
        )
        .await;
    let cases = [
        ("alter name type varchar(79)", "public.a name min_length 80 79"),
        ("alter total type numeric(5)", "public.a total min_length 6 5"),
        ("alter n drop not null", "public.a n is_nullable false true"),
    ];
    for (narrowing, fault) in cases {
        let refused = scene.refuses_migration(&format!("alter table a {narrowing}")).await;
        assert_eq!(refused.faults(), [fault]);
    }
    scene.migrate("alter table a alter name type varchar").await;
    let refused = scene.refuses_migration("alter table a alter name type varchar(9999)").await;
    assert_eq!(refused.faults(), ["public.a name min_length unlimited 9999"]);
}

#[tokio::test]
async fn a_property_that_is_given_counts_instead_of_what_was_seen() {
    let scene =
        Scene::after("create table a (name varchar(40) not null, other varchar(40) not null)")
            .await;
    let field = json!({ "name": "name", "type": "varchar", "min_length": 30, "is_nullable": true });
    scene.claim_fields("public.a", json!([field, "other"])).await;
    scene.migrate("alter table a alter name type varchar(30), alter name drop not null").await;
    let refused = scene.refuses_migration("alter table a alter name type varchar(29)").await;
    assert_eq!(refused.faults(), ["public.a name min_length 30 29"]);
    scene.migrate("alter table a alter name type varchar(90)").await;
    scene.migrate("alter table a alter name type varchar(30)").await;
    scene.refuses_migration("alter table a alter other type varchar(39)").await;
    scene.refuses_migration("alter table a alter name type text").await;
}

#[tokio::test]
async fn dropping_and_making_again_in_one_transaction_passes_and_grants_follow() {
    let scene = Scene::after(
        "create schema shop; create table shop.a (id int, name varchar(40)); insert into shop.a values (1, 'x')",
    )
    .await;
    scene.claim_fields("shop.a", json!(["id", "name"])).await;
    for sql in [
        "drop table shop.a; create table shop.a (extra int, name varchar(40), id int)",
        "alter table shop.a rename to old; create table shop.a (like shop.old); drop table shop.old",
        "alter table shop.a drop column id; alter table shop.a add column id int",
        "alter table shop.a rename id to was; alter table shop.a add column id int",
        "drop schema shop cascade; create schema shop; create table shop.a (id int, name varchar(40))",
        "drop table shop.a; create view shop.a as select 1 as id, 'x'::varchar(40) as name",
    ] {
        scene.migrate(sql).await;
        let mut readable = scene.readable("shop.a").await;
        readable.sort();
        assert_eq!(readable, ["id", "name"], "{sql}");
    }
}

#[tokio::test]
async fn what_was_renamed_away_can_no_longer_be_read() {
    let scene =
        Scene::after("create table a (id int, name text); create table b (id int, name text)")
            .await;
    scene
        .claim(json!([{ "path": "public.a", "fields": ["id"] }, { "path": "public.b", "fields": ["name"] }]))
        .await;
    scene
        .migrate("alter table a rename to c; alter table b rename to a; alter table c rename to b")
        .await;
    assert_eq!(scene.readable("public.a").await, ["id"]);
    assert_eq!(scene.readable("public.b").await, ["name"]);
    scene.migrate("alter table a rename to old; create table a (id int)").await;
    assert_eq!(scene.readable("public.a").await, ["id"]);
    may_not(&scene.client, "select id from old").await;
    scene.migrate("alter table b rename name to was; alter table b add name text").await;
    may_not(&scene.client, "select was from b").await;
    assert_eq!(scene.readable("public.b").await, ["name"]);
}

#[tokio::test]
async fn a_rollback_that_was_made_by_hand_is_followed_by_a_sync() {
    let scene = Scene::after("create table a (id int, name varchar(40))").await;
    scene.claim_fields("public.a", json!(["*"])).await;
    run(&scene.owner, "alter table a drop column name").await;
    let name = &scene.reporting.name;
    let unmet = [format!("{name} needs public.a.name: the column does not exist")];
    assert_eq!(scene.unmet().await, unmet);
    run(&scene.owner, "select integratedb_sync()").await;
    assert_eq!(scene.unmet().await, unmet, "a sync forgets nothing");
    // It also refuses whatever else is validated.
    Refused::of(&scene.owner, &migration("create table b (x int)")).await;
    Refused::of(&scene.owner, "begin; select integratedb_validate_migration(); commit").await;
    run(
        &scene.owner,
        "begin; alter table a add name varchar(40); select integratedb_sync(); commit",
    )
    .await;
    assert_eq!(scene.unmet().await, [""; 0]);
    assert_eq!(scene.readable("public.a").await, ["id", "name"]);
    scene.migrate("create table b (x int)").await;
}

#[tokio::test]
async fn a_sync_never_fails_where_it_may_not_grant_and_goes_on_with_the_rest() {
    let scene = Scene::after("create table a (x int); create table b (x int)").await;
    scene.claim(json!([{ "path": "public.a", "fields": ["*"] }, { "path": "public.b", "fields": ["*"] }])).await;
    let superuser = scene.app.database.superuser().await;
    run(&superuser, "begin; drop table a; create table a (x int); drop table b; create table b (x int); alter table b owner to app_owner; select integratedb_validate_migration(); commit").await;
    assert_eq!(scene.readable("public.a").await, [""; 0]);
    assert_eq!(scene.readable("public.b").await, ["x"]);
    run(&superuser, "alter table a owner to app_owner; select integratedb_sync()").await;
    assert_eq!(scene.readable("public.a").await, ["x"]);
}
