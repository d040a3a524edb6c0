//! The gate: no transaction that changes the schema goes unvalidated.

use integratedb::error::Error;
use integratedb::gate::{self, Status};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::support::{
    Client, Stakeholder, TestApp, cluster, column, may_not, refusal, run, unique,
};

/// A server whose database has the gate, the owner's connection, and a
/// stakeholder that claims all of `orders`.
pub async fn behind_the_gate() -> (TestApp, Client, Stakeholder) {
    let app = TestApp::start().await;
    gate::enable(&mut app.database.superuser().await).await.unwrap();
    let owner = app.database.owner().await;
    run(&owner, "create table orders (id int primary key, name varchar(40) not null)").await;
    let reporting = app.stakeholder("reporting").await;
    app.claim(&reporting, &json!([{ "path": "public.orders", "fields": ["*"] }])).await;
    (app, owner, reporting)
}

pub async fn is_refused(client: &Client, sql: &str) {
    let refusal = refusal(client, sql).await;
    assert_eq!(refusal.message(), "IntegrateDB.InvalidMigration", "{sql}");
    // Inside a transaction block that failed before its COMMIT.
    drop(client.simple_query("rollback").await);
}

pub async fn unmet(app: &TestApp) -> Vec<String> {
    let anybody = app.database.owner().await;
    column(&anybody, "select path from integratedb_unmet_claims()").await
}

#[tokio::test]
async fn a_migration_that_calls_nothing_is_refused_at_its_commit() {
    let (app, owner, _) = behind_the_gate().await;
    for migration in [
        "alter table orders drop column name",
        "alter table orders rename column name to title",
        "alter table orders rename to purchases",
        "alter table orders alter name type varchar(20)",
        "alter table orders alter name type text",
        "alter table orders alter name drop not null",
        "create schema attic; alter table orders set schema attic",
        "drop table orders",
        "begin; alter table orders add note text; alter table orders drop column name; commit",
    ] {
        is_refused(&owner, migration).await;
        assert!(unmet(&app).await.is_empty(), "{migration}");
    }
    let superuser = app.database.superuser().await;
    is_refused(&superuser, "drop schema public cascade").await;
    is_refused(&superuser, "alter schema public rename to elsewhere").await;
}

#[tokio::test]
async fn views_types_and_domains_are_behind_the_gate_too() {
    let (app, owner, reporting) = behind_the_gate().await;
    run(&owner, "create type mood as enum ('good'); create domain code as text not null").await;
    run(&owner, "create table feelings (mood mood, code code)").await;
    run(&owner, "create view felt as select mood, 1 as n from feelings").await;
    app.claim(
        &reporting,
        &json!([
            { "path": "public.feelings", "fields": ["*"] },
            { "path": "public.felt", "fields": ["n"] },
        ]),
    )
    .await;
    for migration in [
        "drop type mood cascade",
        "alter type mood rename to temper",
        "alter domain code drop not null",
        "drop view felt; create view felt as select mood from feelings",
        "drop view felt",
        "alter view felt rename column n to m",
    ] {
        is_refused(&owner, migration).await;
    }
    run(&owner, "create or replace view felt as select mood, 1 as n, 2 as o from feelings").await;
    assert!(unmet(&app).await.is_empty());
}

#[tokio::test]
async fn grants_follow_a_migration_that_calls_nothing() {
    let (app, owner, reporting) = behind_the_gate().await;
    run(&owner, "alter table orders add note text").await;
    let client = app.connect_as(&reporting).await;
    column(&client, "select note from orders").await;
}

#[tokio::test]
async fn dropping_and_making_again_in_one_transaction_stays_legal() {
    let (app, owner, reporting) = behind_the_gate().await;
    run(
        &owner,
        "begin; drop table orders;
         create table orders (id int primary key, name varchar(40) not null); commit",
    )
    .await;
    column(&app.connect_as(&reporting).await, "select id, name from orders").await;
}

#[tokio::test]
async fn a_savepoint_hides_nothing_and_costs_nothing() {
    let (app, owner, _) = behind_the_gate().await;
    is_refused(
        &owner,
        "begin; savepoint a; alter table orders add x int; rollback to a;
         alter table orders drop column name; commit",
    )
    .await;
    run(&owner, "begin; savepoint a; alter table orders drop column name; rollback to a; commit")
        .await;
    assert!(unmet(&app).await.is_empty());
}

#[tokio::test]
async fn making_constraints_immediate_is_no_way_around() {
    let (app, owner, _) = behind_the_gate().await;
    is_refused(
        &owner,
        "begin; set constraints all immediate; alter table orders drop column name; commit",
    )
    .await;
    is_refused(
        &owner,
        "begin; alter table orders add x int; set constraints all immediate;
         alter table orders drop column name; commit",
    )
    .await;
    assert!(unmet(&app).await.is_empty());
}

#[tokio::test]
async fn what_touches_no_schema_never_meets_the_gate() {
    let (app, owner, _) = behind_the_gate().await;
    let superuser = app.database.superuser().await;
    let passed = "select passed from integratedb.fence";
    let before = column(&superuser, passed).await;
    run(&owner, "create temp table t (id int); alter table t add x int; drop table t").await;
    run(&owner, "begin; create temp table t (id int) on commit drop; commit").await;
    run(&owner, "insert into orders values (1, 'a'); update orders set name = 'b'").await;
    run(&owner, "create index concurrently orders_name on orders (name)").await;
    run(&owner, "drop index concurrently orders_name").await;
    run(&owner, "reindex table concurrently orders").await;
    run(&owner, "vacuum orders").await;
    assert_eq!(column(&superuser, passed).await, before);
    assert!(column(&superuser, "select xid from integratedb.gate_marks").await.is_empty());
}

#[tokio::test]
async fn an_override_passes_is_recorded_and_leaves_the_claims_unmet() {
    let (app, owner, _) = behind_the_gate().await;
    let superuser = app.database.superuser().await;
    let migration = |reason: &str| {
        format!(
            "begin; set local integratedb.override = '{reason}';
             alter table orders drop column name; commit"
        )
    };
    may_not(&owner, &migration("I say so")).await;
    drop(owner.simple_query("rollback").await);

    let breaker = unique("breaker");
    run(
        &superuser,
        &format!(
            "do $$ begin create role integratedb_override; exception when duplicate_object or unique_violation then null; end $$;
             create role {breaker} login password 'glass'; grant integratedb_override, app_owner to {breaker}"
        ),
    )
    .await;
    let url = app.database.url(&breaker, Some("glass"));
    let member = integratedb::db::connection::connect_as_is(&url).await.unwrap();
    for empty in ["", " "] {
        let refusal = refusal(&member, &migration(empty)).await;
        let hint = refusal.hint().expect("a hint");
        assert!(hint.ends_with("takes a reason, and integratedb.override is empty."), "{hint}");
        drop(member.simple_query("rollback").await);
    }
    run(&member, &migration("the disk is full")).await;

    assert_eq!(unmet(&app).await, ["public.orders"]);
    let recorded = "select concat_ws(' ', kind, by_role, reason, unmet -> 0 ->> 'field') from integratedb.journal where reason is not null";
    let expected = format!("overridden {breaker} the disk is full name");
    assert_eq!(column(&superuser, recorded).await, [expected]);
    run(&superuser, &format!("drop owned by {breaker}; drop role {breaker}")).await;
}

#[tokio::test]
async fn a_server_enables_the_gate_at_its_start_where_it_may() {
    let without_the_right = TestApp::with(|settings| settings.enables_gate = true).await;
    let control = without_the_right.database.control().await;
    assert_eq!(gate::status(&control).await.unwrap(), Status::Disabled);

    let superuser = cluster();
    let with_the_right = TestApp::with(|settings| {
        let name = database_of(settings.database.url.expose_secret());
        settings.enables_gate = true;
        settings.database.url = superuser.superuser_url(&name).into();
    })
    .await;
    let control = with_the_right.database.control().await;
    assert_eq!(gate::status(&control).await.unwrap(), Status::Enabled);
}

/// The name of the database that a URL leads to.
fn database_of(url: &str) -> String {
    url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn only_a_superuser_enables_the_gate_and_everybody_else_is_told_how() {
    let app = TestApp::start().await;
    let mut control = app.database.control().await;
    assert_eq!(gate::status(&control).await.unwrap(), Status::Disabled);
    let Err(Error::Conflict(how)) = gate::enable(&mut control).await else {
        panic!("the control plane is no superuser")
    };
    let sql = how.split("\n\n").nth(1).expect("the SQL");
    let mut superuser = app.database.superuser().await;
    run(&superuser, sql).await;
    assert_eq!(gate::status(&control).await.unwrap(), Status::Enabled);
    gate::enable(&mut superuser).await.unwrap();
    run(&superuser, "alter event trigger integratedb_gate_drop disable").await;
    assert_eq!(gate::status(&control).await.unwrap(), Status::Incomplete);
    gate::enable(&mut superuser).await.unwrap();
    assert_eq!(gate::status(&control).await.unwrap(), Status::Enabled);
    gate::disable(&mut superuser).await.unwrap();
    assert_eq!(gate::status(&control).await.unwrap(), Status::Disabled);
}
