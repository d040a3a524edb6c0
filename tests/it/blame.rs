//! Migrations while a claim is unmet that they have not broken: they pass the gate, and
//! nobody is told that they did it.

use std::time::Duration;

use integratedb::claims::store;
use integratedb::{gate, housekeeping};
use serde_json::{Value, json};

use crate::alerted::{Alerted, kinds};
use crate::gate::is_refused;
use crate::scene::{Refused, Scene, migration};
use crate::support::{Client, column, eventually, run, until_waiting};

const TABLES: &str = "
    create table orders (id int primary key, notes varchar(40) not null, total bigint);
    create table customers (id int)";

/// Reporting claims all of `orders` but what comes later.
async fn gated() -> (Scene, Client) {
    let scene = Scene::after(TABLES).await;
    let mut superuser = scene.app.database.superuser().await;
    gate::enable(&mut superuser).await.unwrap();
    scene.claim_fields("public.orders", json!(["id", "notes", "total"])).await;
    (scene, superuser)
}

/// A migration that is let through whatever it breaks.
async fn override_with(superuser: &Client, sql: &str) {
    let reason = "set local integratedb.override = 'it burns'";
    run(superuser, &format!("begin; {reason}; {sql}; commit")).await;
}

/// What the gate says to a migration that it refuses.
async fn refused(client: &Client, sql: &str) -> Refused {
    Refused::of(client, &format!("begin; {sql}; commit")).await
}

async fn count_of_refusals(scene: &Scene) -> Value {
    scene.app.get("/unmet").await.expect(200).body["refusals"]["count"].clone()
}

#[tokio::test]
async fn who_touches_nothing_of_an_unmet_claim_passes_the_gate_and_is_followed() {
    let (scene, superuser) = gated().await;
    let billing = scene.app.stakeholder("billing").await;
    scene.app.claim(&billing, &json!([{ "path": "public.customers", "fields": ["*"] }])).await;
    override_with(&superuser, "alter table orders drop notes").await;
    let unmet = scene.unmet().await;
    assert_eq!(unmet.len(), 1);
    for isolation in ["read committed", "repeatable read", "serializable"] {
        let level = format!("set transaction isolation level {isolation}");
        run(&scene.owner, &format!("begin; {level}; create table t (); drop table t; commit"))
            .await;
    }
    run(&scene.owner, "alter table customers add name text").await;
    // Nor who touches the table, and takes nothing that is needed.
    run(&scene.owner, "alter table orders add extra int").await;
    run(&scene.owner, "begin; alter table orders drop extra; create table other (); commit").await;
    column(&scene.app.connect_as(&billing).await, "select name from customers").await;
    assert_eq!(scene.unmet().await, unmet);
    assert_eq!(scene.readable("public.orders").await, ["id", "total"]);
    assert_eq!(count_of_refusals(&scene).await, 0);
}

#[tokio::test]
async fn who_makes_an_unmet_claim_worse_is_refused_and_told_of_that_claim_alone() {
    let (scene, superuser) = gated().await;
    let billing = scene.app.stakeholder("billing").await;
    scene.app.claim(&billing, &json!([{ "path": "public.customers", "fields": ["id"] }])).await;
    override_with(&superuser, "alter table orders drop notes").await;
    let told = refused(&scene.owner, "alter table customers drop id, add x int").await;
    assert_eq!(
        told.detail.split("\n\n").next().unwrap(),
        format!(
            "1 claim would be unmet:\npublic.customers\n  {} needs id: the column does not exist\n\
             Unmet before, and not by this: 1 claim",
            billing.name
        )
    );
    assert_eq!(told.faults(), ["public.customers id name - -"]);
    for worse in [
        "alter table orders drop total",
        "alter table orders alter total type int",
        "alter table orders rename to purchases",
        "drop table orders",
        "create table t (); savepoint s; alter table orders drop total; release s; drop table t",
        "set constraints all immediate; alter table orders drop total",
        "alter table orders drop total; select integratedb_sync()",
        "alter schema public rename to old; create schema public",
    ] {
        refused(&superuser, worse).await;
    }
    assert_eq!(count_of_refusals(&scene).await, 9);
}

#[tokio::test]
async fn what_is_mended_step_by_step_is_protected_from_there_on() {
    let (scene, superuser) = gated().await;
    override_with(&superuser, "alter table orders drop notes").await;
    run(&scene.owner, "alter table orders add notes varchar(10)").await;
    for worse in ["drop notes", "alter notes type varchar(5)", "alter notes type text[] using null"]
    {
        refused(&scene.owner, &format!("alter table orders {worse}")).await;
    }
    run(&scene.owner, "alter table orders alter notes type varchar(20)").await;
    run(&scene.owner, "alter table orders alter notes set not null").await;
    refused(&scene.owner, "alter table orders alter notes drop not null").await;
    run(&scene.owner, "alter table orders alter notes type varchar(50)").await;
    assert_eq!(scene.unmet().await, [""; 0]);
    refused(&scene.owner, "alter table orders drop notes").await;
    assert_eq!(column(&superuser, "select property from integratedb.known_faults").await, [""; 0]);
}

#[tokio::test]
async fn a_table_that_was_gone_may_come_back_in_part() {
    let (scene, superuser) = gated().await;
    override_with(&superuser, "drop table orders").await;
    run(&scene.owner, "create table orders (id int)").await;
    refused(&scene.owner, "drop table orders").await;
    refused(&scene.owner, "alter table orders drop id").await;
    run(&scene.owner, "alter table orders add total bigint").await;
    run(&scene.owner, "alter table orders add notes text").await;
    let said = &scene.unmet().await[0];
    assert!(said.contains("varying: it is text"), "another type is still a fault: {said}");
}

#[tokio::test]
async fn alternatives_that_held_are_still_needed_while_another_part_is_unmet() {
    let (scene, superuser) = gated().await;
    let fields =
        json!(["id", "notes", { "alternatives": [{ "name": "sum", "planned": true }, "total"] }]);
    scene.claim_fields("public.orders", fields).await;
    override_with(&superuser, "alter table orders drop notes").await;
    run(&scene.owner, "alter table orders add sum bigint").await;
    run(&scene.owner, "alter table orders drop total").await;
    refused(&scene.owner, "alter table orders drop sum").await;
}

#[tokio::test]
async fn no_sync_and_no_swap_of_schemas_hides_what_a_migration_breaks() {
    let (scene, superuser) = gated().await;
    run(&superuser, "create schema a; create table a.t (id int, x int); create schema b; create table b.t (id int)").await;
    run(&superuser, "grant all on schema a, b to app_owner; alter schema a owner to app_owner; alter schema b owner to app_owner; alter table a.t owner to app_owner; alter table b.t owner to app_owner").await;
    run(
        &superuser,
        "grant create on database \"$\" to app_owner"
            .replace('$', &scene.app.database.name)
            .as_str(),
    )
    .await;
    scene.claim_fields("a.t", json!(["id", "x"])).await;
    let swap = "alter schema a rename to c; alter schema b rename to a";
    refused(&scene.owner, swap).await;
    refused(&scene.owner, &format!("{swap}; select integratedb_sync()")).await;
    refused(&scene.owner, &format!("select integratedb_sync(); {swap}")).await;
    refused(
        &scene.owner,
        "alter table a.t drop x; select integratedb_sync(); select integratedb_sync()",
    )
    .await;
    refused(
        &scene.owner,
        "savepoint s; alter table a.t drop x; select integratedb_sync(); release s",
    )
    .await;
    assert_eq!(scene.unmet().await, [""; 0]);
}

#[tokio::test]
async fn an_override_stays_one_whatever_follows_and_has_what_it_broke_itself() {
    let (scene, superuser) = gated().await;
    let billing = scene.app.stakeholder("billing").await;
    scene.app.claim(&billing, &json!([{ "path": "public.customers", "fields": ["id"] }])).await;
    override_with(&superuser, "alter table orders drop notes").await;
    run(
        &superuser,
        "begin; set local integratedb.override = 'more'; alter table customers drop id;
         set constraints all immediate; set constraints all deferred;
         set local integratedb.override = ''; create table t (); commit",
    )
    .await;
    override_with(&superuser, "alter table orders drop total").await;
    let sql =
        "select concat_ws(' ', kind, reason, unmet -> 0 ->> 'path', jsonb_array_length(unmet))
               from integratedb_journal() where kind = 'overridden'";
    assert_eq!(
        column(&superuser, sql).await,
        [
            "overridden it burns public.orders 1",
            "overridden more public.customers 1",
            "overridden it burns public.orders 1"
        ]
    );
}

#[tokio::test]
async fn a_call_is_refused_while_anything_is_unmet_and_says_whose_doing_it_is_not() {
    let scene = Scene::after(TABLES).await;
    scene.claim_fields("public.orders", json!(["id", "notes"])).await;
    // Without the gate, and nobody has looked since.
    run(&scene.owner, "alter table orders drop notes").await;
    for harmless in ["alter table customers add x int", "create table t ()", "select 1"] {
        let told = Refused::of(&scene.owner, &migration(harmless)).await;
        let words = format!(
            "1 claim was unmet before this migration, which breaks none:\npublic.orders\n  \
             {} needs notes: the column does not exist\n\nWays out:\n  - Mend what is missing",
            scene.reporting.name
        );
        assert!(told.detail.starts_with(&words), "{}", told.detail);
    }
    let told = Refused::of(&scene.owner, &migration("alter table orders drop id")).await;
    assert!(told.detail.starts_with("1 claim would be unmet:\n"), "{}", told.detail);
    // A table that is gone is known to be so once somebody has looked.
    run(&scene.owner, "drop table orders").await;
    while !housekeeping::round(&scene.app.state).await.unwrap() {}
    let told = Refused::of(&scene.owner, &migration("create table t ()")).await;
    assert!(told.detail.starts_with("1 claim was unmet before"), "{}", told.detail);
    scene.migrate("create table orders (id int not null, notes varchar(40) not null)").await;
}

#[tokio::test]
async fn what_was_broken_while_there_was_no_gate_refuses_nobody_once_there_is() {
    let (scene, mut superuser) = gated().await;
    gate::disable(&mut superuser).await.unwrap();
    run(&scene.owner, "drop table orders").await;
    gate::enable(&mut superuser).await.unwrap();
    run(&scene.owner, "alter table customers add x int").await;
    // Nor does what a superuser did past it.
    run(&superuser, "alter event trigger integratedb_gate_drop disable").await;
    scene.claim_fields("public.customers", json!(["x"])).await;
    run(&superuser, "drop table customers").await;
    run(&superuser, "alter event trigger integratedb_gate_drop enable").await;
    is_refused(&scene.owner, "create table t ()").await;
    while !housekeeping::round(&scene.app.state).await.unwrap() {}
    run(&scene.owner, "create table t ()").await;
    assert_eq!(scene.unmet().await.len(), 1);
}

#[tokio::test]
async fn grants_that_were_taken_away_come_back_while_something_is_unmet() {
    let (scene, superuser) = gated().await;
    override_with(&superuser, "alter table orders drop notes").await;
    let name = &scene.reporting.name;
    run(&superuser, &format!("revoke select (total) on orders from {name}")).await;
    run(&scene.owner, "alter table customers add x int").await;
    assert_eq!(scene.readable("public.orders").await, ["id", "total"]);
}

#[tokio::test]
async fn of_two_migrations_at_once_each_answers_for_its_own() {
    let (scene, superuser) = gated().await;
    let other = scene.app.database.owner().await;
    run(&superuser, "begin; set local integratedb.override = 'it burns'; alter table orders drop notes; set constraints all immediate").await;
    run(&other, "begin; alter table customers add x int").await;
    let watch = scene.app.database.superuser().await;
    tokio::join!(run(&other, "commit"), async {
        until_waiting(&watch, 1).await;
        run(&superuser, "commit").await;
    });
    assert_eq!(scene.unmet().await.len(), 1);
}

#[tokio::test]
async fn nobody_is_told_of_a_migration_that_would_have_done_nothing_to_them() {
    let a = Alerted::of(json!(["migration_refused", "overridden"])).await;
    let mut superuser = a.app.database.superuser().await;
    run(&a.owner, "create table customers (id int)").await;
    let claims = json!([{ "path": "public.orders", "fields": ["id", "status", "note"] }]);
    a.app.claim(&a.shop, &claims).await;
    gate::enable(&mut superuser).await.unwrap();
    override_with(&superuser, "alter table orders drop status").await;
    run(&a.owner, "alter table customers add x int").await;
    let told = Refused::of(&a.owner, &migration("alter table customers add y int")).await;
    assert!(told.detail.starts_with("1 claim was unmet before"), "{}", told.detail);
    assert_eq!(kinds(&a.told().await), ["overridden"]);

    let mut audited = Vec::new();
    eventually("for the refusal to be heard of", async || {
        audited = crate::audit::entries(&a.app, "?action=migration.refused").await;
        !audited.is_empty()
    })
    .await;
    assert_eq!(audited[0]["after"]["unmet"], json!([]));
    assert_eq!(audited[0]["after"]["unmet_before"][0]["stakeholder"], a.shop.name);
    // But of one that takes more from them.
    override_with(&superuser, "alter table orders drop note").await;
    assert_eq!(kinds(&a.told().await)[1..], ["overridden"]);
}

#[tokio::test]
async fn stakeholders_are_renamed_and_removed_while_others_are_unmet() {
    let (scene, superuser) = gated().await;
    let path = async |name: &str| {
        let one = scene.app.stakeholder(name).await;
        (format!("/stakeholders/{}", one.id), one)
    };
    let ((shop, owner), (idle, _)) = (path("shop").await, path("idle").await);
    run(&scene.app.connect_as(&owner).await, &format!("create table {}.t (id int)", owner.name))
        .await;
    let own = format!("{}.t", owner.name);
    let billing = scene.app.stakeholder("billing").await;
    scene.app.claim(&billing, &json!([{ "path": own, "fields": ["id"] }])).await;
    // Nobody has looked: the gate was not there.
    run(&superuser, "alter event trigger integratedb_gate_drop disable").await;
    run(&superuser, "alter event trigger integratedb_gate_ddl disable").await;
    run(&superuser, "drop table orders").await;
    run(&superuser, "alter event trigger integratedb_gate_drop enable").await;
    run(&superuser, "alter event trigger integratedb_gate_ddl enable").await;

    let named = |name: String| json!({ "stakeholder": { "name": name } });
    let other = crate::support::unique("other");
    scene.app.put(&idle, &named(other)).await.expect(200);
    scene.app.delete(&idle).await.expect(204);
    // What others claim stays, and to say so is no migration that is refused.
    let answer = scene.app.put(&shop, &named(crate::support::unique("other"))).await.expect(409);
    let said = answer.errors()["detail"].as_str().unwrap();
    assert!(
        said.starts_with("1 claim would be unmet:\n") && said.contains(&billing.name),
        "{said}"
    );
    scene.app.delete(&format!("{shop}?objects=drop")).await.expect(409);
    assert_eq!(count_of_refusals(&scene).await, 0);
    let booked = crate::audit::entries(&scene.app, "?action=migration.refused").await;
    assert_eq!(booked, [Value::Null; 0]);
    // And whoever is unmet itself may go.
    scene.app.delete(&format!("/stakeholders/{}", scene.reporting.id)).await.expect(204);
    assert_eq!(scene.unmet().await, [""; 0]);
}

/// Noting takes the fence: who waits for more then would let a migration end in a deadlock.
#[tokio::test]
async fn who_has_noted_what_is_unmet_waits_for_nobody_for_long() {
    let scene = Scene::after(TABLES).await;
    let mut control = scene.app.state.pool.get().await.unwrap();
    let transaction = control.transaction().await.unwrap();
    store::wait_at_most(&transaction, Duration::from_secs(5)).await.unwrap();
    store::note_faults(&transaction).await.unwrap();
    let now = transaction.query_one("show lock_timeout", &[]).await.unwrap();
    assert_eq!(now.get::<_, &str>(0), "500ms");
}
