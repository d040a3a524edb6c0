//! Statements that meet the gate, or ought not to: schemas, types, views,
//! partitions and extensions, beside what is claimed and right on it.

use serde_json::json;

use crate::gate::{behind_the_gate, is_refused, unmet};
use crate::scene::readable;
use crate::support::{column, refusal, run};

/// How often the fence was passed: by every validation of a transaction that wrote.
const PASSED: &str = "select passed from integratedb.fence";

#[tokio::test]
async fn a_schema_is_dropped_or_left_unless_somebody_claims_what_is_in_it() {
    let (app, owner, reporting) = behind_the_gate().await;
    run(
        &owner,
        "create schema sales; create table sales.invoices (id int, total int);
         create schema attic; create table attic.old (id int);
         create view attic.seen as select id from sales.invoices",
    )
    .await;
    app.claim(&reporting, &json!([{ "path": "sales.invoices", "fields": ["*"] }])).await;
    for migration in [
        "drop schema sales cascade",
        "drop schema attic, sales cascade",
        "alter schema sales rename to turnover",
        "alter table sales.invoices set schema attic",
        "begin; drop schema sales cascade; create schema sales; create table sales.invoices (id int); commit",
    ] {
        is_refused(&owner, migration).await;
        assert!(unmet(&app).await.is_empty(), "{migration}");
    }
    run(&owner, "alter table attic.old set schema public; drop schema attic cascade").await;
    run(
        &owner,
        "alter table sales.invoices set schema public; alter table invoices set schema sales",
    )
    .await;
    assert_eq!(
        readable(&app.connect_as(&reporting).await, "sales.invoices").await,
        ["id", "total"]
    );
}

#[tokio::test]
async fn a_type_is_dropped_with_its_columns_unless_somebody_claims_one() {
    let (app, owner, reporting) = behind_the_gate().await;
    run(
        &owner,
        "create type mood as enum ('good', 'bad'); create type size as (w int, h int);
         create domain code as text; create domain colour as text;
         create table things (id int, mood mood, code code);
         create table others (id int, size size, colour colour)",
    )
    .await;
    let fields = json!(["id", { "name": "mood", "type": "mood" }, "code"]);
    app.claim(&reporting, &json!([{ "path": "public.things", "fields": fields }])).await;
    for migration in ["drop type mood cascade", "drop domain code cascade"] {
        is_refused(&owner, migration).await;
    }
    run(&owner, "drop type size cascade; drop domain colour cascade").await;
    run(&owner, "alter type mood add value 'so so'; alter type mood rename value 'bad' to 'sad'")
        .await;
    run(&owner, "begin; alter type mood add value if not exists 'fine' before 'good'; commit")
        .await;
    run(&owner, "insert into things values (1, 'fine', 'c')").await;
    let client = app.connect_as(&reporting).await;
    assert_eq!(column(&client, "select mood from things").await, ["fine"]);
    assert!(unmet(&app).await.is_empty());
}

#[tokio::test]
async fn a_view_may_be_replaced_as_long_as_it_keeps_what_is_claimed() {
    let (app, owner, reporting) = behind_the_gate().await;
    run(&owner, "create view names as select id, name, 1 as extra from orders").await;
    app.claim(&reporting, &json!([{ "path": "public.names", "fields": ["id", "name"] }])).await;
    run(
        &owner,
        "create or replace view names as select id + 0 as id, name, 2 as extra, 3 as more from orders",
    )
    .await;
    run(&owner, "drop view names; create view names as select name, id from orders").await;
    for lost in [
        "drop view names; create view names as select id from orders",
        "begin; drop view names; create view names as select id::bigint, name from orders; commit",
        "drop view names; create materialized view names as select id from orders",
    ] {
        is_refused(&owner, lost).await;
    }
    // Postgres itself keeps the columns of a view that is replaced.
    let lost = "create or replace view names as select name from orders";
    assert_eq!(refusal(&owner, lost).await.code().code(), "42P16");
    let client = app.connect_as(&reporting).await;
    assert_eq!(readable(&client, "public.names").await, ["name", "id"]);
}

#[tokio::test]
async fn a_materialized_view_is_refreshed_without_the_gate() {
    let (app, owner, reporting) = behind_the_gate().await;
    run(&owner, "create materialized view totals as select id, name from orders").await;
    run(&owner, "create unique index on totals (id)").await;
    app.claim(&reporting, &json!([{ "path": "public.totals", "fields": ["*"] }])).await;
    let superuser = app.database.superuser().await;
    let before = column(&superuser, PASSED).await;
    run(&owner, "insert into orders values (1, 'a')").await;
    run(&owner, "refresh materialized view concurrently totals").await;
    run(&owner, "refresh materialized view totals").await;
    assert_eq!(column(&superuser, PASSED).await, before);
    let client = app.connect_as(&reporting).await;
    assert_eq!(column(&client, "select name from totals").await, ["a"]);
    is_refused(&owner, "drop materialized view totals").await;
}

#[tokio::test]
async fn partitions_come_and_go() {
    let (app, owner, reporting) = behind_the_gate().await;
    run(
        &owner,
        "create table events (at int, what text) partition by range (at);
         create table events_1 partition of events for values from (0) to (10);
         create table events_2 (at int, what text)",
    )
    .await;
    app.claim(&reporting, &json!([{ "path": "public.events", "fields": ["*"] }])).await;
    run(&owner, "alter table events attach partition events_2 for values from (10) to (20)").await;
    run(&owner, "insert into events values (1, 'one'), (11, 'two')").await;
    run(&owner, "alter table events detach partition events_1 concurrently").await;
    run(&owner, "drop table events_1").await;
    run(&owner, "begin; alter table events detach partition events_2; drop table events_2; commit")
        .await;
    let client = app.connect_as(&reporting).await;
    assert_eq!(readable(&client, "public.events").await, ["at", "what"]);

    run(&owner, "create table events_3 partition of events for values from (20) to (30)").await;
    app.claim(
        &reporting,
        &json!([{ "path": "public.events" }, { "path": "public.events_3", "fields": ["at"] }]),
    )
    .await;
    run(&owner, "alter table events detach partition events_3 concurrently").await;
    is_refused(&owner, "alter table events_3 rename at to moment").await;
    is_refused(&owner, "drop table events_3").await;
    assert_eq!(readable(&client, "public.events_3").await, ["at"]);
}

#[tokio::test]
async fn extensions_come_change_and_go_unless_somebody_claims_what_they_take_away() {
    let (app, owner, reporting) = behind_the_gate().await;
    let superuser = app.database.superuser().await;
    run(&superuser, "create schema extensions").await;
    run(&superuser, "create extension pg_stat_statements schema extensions version '1.4'").await;
    run(&superuser, "alter extension pg_stat_statements update to '1.7'").await;
    run(&superuser, "alter extension pg_stat_statements set schema public").await;
    run(&superuser, "drop extension pg_stat_statements").await;
    run(
        &superuser,
        "begin; create extension pg_stat_statements; drop extension pg_stat_statements; commit",
    )
    .await;

    // Version 1.8 calls total_time something else.
    run(&superuser, "create extension pg_stat_statements schema extensions version '1.7'").await;
    run(
        &superuser,
        "grant usage on schema extensions to integratedb_control with grant option;
         grant select on extensions.pg_stat_statements to integratedb_control with grant option",
    )
    .await;
    let path = "extensions.pg_stat_statements";
    let fields =
        json!([{ "alternatives": ["total_time", { "name": "total_exec_time", "planned": true }] }]);
    app.claim(&reporting, &json!([{ "path": path, "fields": ["total_time"] }])).await;
    is_refused(&superuser, "alter extension pg_stat_statements update").await;
    is_refused(&superuser, "drop extension pg_stat_statements").await;
    assert!(unmet(&app).await.is_empty());
    app.claim(&reporting, &json!([{ "path": path, "fields": fields }])).await;
    run(&superuser, "alter extension pg_stat_statements update").await;
    assert!(unmet(&app).await.is_empty());
    drop(owner);
}

#[tokio::test]
async fn an_index_by_which_a_listener_tells_rows_apart_is_not_dropped() {
    let (app, owner, reporting) = behind_the_gate().await;
    run(
        &owner,
        "create table things (id int not null, note text);
         create unique index things_id on things (id); create index things_note on things (note);
         alter table things replica identity using index things_id",
    )
    .await;
    app.claim(&reporting, &json!([{ "path": "public.things", "fields": ["*"] }])).await;
    let listens =
        json!({ "path": "public.things", "fields": ["*"], "events": ["*"], "channels": ["*"] });
    let document = json!({ "match": [listens], "channels": [{ "type": "SOCKET" }] });
    app.put_notifications(&reporting, &document).await.expect(200);
    is_refused(&owner, "drop index things_id").await;
    is_refused(&owner, "begin; drop index things_id; commit").await;
    run(&owner, "drop index things_note").await;
    assert!(unmet(&app).await.is_empty());
}

#[tokio::test]
async fn a_type_does_not_go_elsewhere_with_its_extension() {
    let (app, _, reporting) = behind_the_gate().await;
    let superuser = app.database.superuser().await;
    run(&superuser, "create extension citext; create schema elsewhere").await;
    let owner = app.database.owner().await;
    run(&owner, "create table things (id int, name citext)").await;
    let fields = json!([{ "name": "name", "type": "citext" }]);
    app.claim(&reporting, &json!([{ "path": "public.things", "fields": fields }])).await;
    is_refused(&superuser, "alter extension citext set schema elsewhere").await;
    assert!(unmet(&app).await.is_empty());
}

#[tokio::test]
async fn a_table_that_somebody_listens_to_does_not_become_a_view() {
    let (app, owner, reporting) = behind_the_gate().await;
    run(&owner, "create table things (id int not null)").await;
    app.claim(&reporting, &json!([{ "path": "public.things", "fields": ["*"] }])).await;
    let listens = json!({ "path": "public.things", "fields": ["*"], "events": ["INSERT"], "channels": ["*"] });
    let document = json!({ "match": [listens], "channels": [{ "type": "SOCKET" }] });
    app.put_notifications(&reporting, &document).await.expect(200);
    let rule = r#"create rule "_RETURN" as on select to things do instead select 1 as id"#;
    let refusal = refusal(&owner, rule).await;
    // From 16 on Postgres itself refuses it.
    let by = ["IntegrateDB.InvalidMigration", "relation \"things\" cannot have ON SELECT rules"];
    assert!(by.contains(&refusal.message()), "{}", refusal.message());
    assert!(unmet(&app).await.is_empty());
}
