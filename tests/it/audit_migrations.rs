//! Migrations in the audit: those that were let through, and what can be kept of those
//! that were not.

use integratedb::gate;
use serde_json::{Value, json};

use crate::audience::Audience;
use crate::audit::entries;
use crate::scene::{Refused, Scene, migration};
use crate::support::{eventually, run};

async fn gated(sql: &str) -> Scene {
    let scene = Scene::after(sql).await;
    gate::enable(&mut scene.app.database.superuser().await).await.unwrap();
    scene
}

#[tokio::test]
async fn what_the_gate_lets_through_is_entered_under_the_role_that_did_it() {
    let scene = gated("create table a (id int)").await;
    run(&scene.owner, "set application_name = 'migrator'; alter table a add x int").await;
    let entry = &entries(&scene.app, "").await[0];
    assert_eq!(entry["action"], "migration.validated");
    assert_eq!(entry["actor"], json!({ "kind": "migration", "id": null, "name": "app_owner" }));
    assert_eq!(entry["subject"]["name"], json!(scene.app.database.name));
    assert_eq!(entry["after"]["application"], "migrator");
    assert_eq!(entry["after"]["by_gate"], true);
    assert_eq!(
        entry["after"]["commands"],
        json!([{ "command": "ALTER TABLE", "object": "public.a" }])
    );
    let journal = scene.app.get("/journal").await.expect(200);
    assert_eq!(entry["after"]["journal_id"], journal.data()[0]["id"]);
}

#[tokio::test]
async fn a_call_and_the_gate_in_one_transaction_leave_one_entry() {
    let scene = gated("create table a (id int)").await;
    scene.claim_fields("public.a", json!(["*"])).await;
    run(&scene.owner, "begin; alter table a add x int; select integratedb_validate_migration(); savepoint s; alter table a add y int; rollback to s; alter table a add z int; commit").await;
    let found = entries(&scene.app, "?action=migration").await;
    assert_eq!(found.len(), 1, "{found:?}");
    let grants = found[0]["after"]["grants"].as_array().unwrap();
    assert_eq!(grants.len(), 2, "what both did: {grants:?}");
}

#[tokio::test]
async fn an_override_is_entered_with_its_reason_and_what_it_broke() {
    let scene = gated("create table a (id int, x int)").await;
    scene.claim_fields("public.a", json!(["x"])).await;
    let superuser = scene.app.database.superuser().await;
    run(
        &superuser,
        "begin; set local integratedb.override = 'it burns'; alter table a drop x; commit",
    )
    .await;
    let entry = &entries(&scene.app, "?action=migration.overridden").await[0];
    assert_eq!(entry["after"]["reason"], "it burns");
    assert_eq!(entry["after"]["unmet"][0]["stakeholder"], scene.reporting.name);
}

#[tokio::test]
async fn what_the_control_plane_does_itself_is_not_a_migration() {
    let scene = gated("create table a (id int)").await;
    run(&scene.client, &format!("create table {}.mine (id int)", scene.reporting.name)).await;
    let before = entries(&scene.app, "?action=migration").await.len();
    let path = format!("/stakeholders/{}", scene.reporting.id);
    let name = crate::support::unique("renamed");
    scene.app.put(&path, &json!({ "stakeholder": { "name": name } })).await.expect(200);
    scene.app.delete(&path).await.expect(200);
    assert_eq!(entries(&scene.app, "?action=migration").await.len(), before);
    let actions: Vec<Value> =
        entries(&scene.app, "?limit=2").await.iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(actions, ["stakeholder.delete", "stakeholder.rename"]);
}

#[tokio::test]
async fn refusals_are_counted_where_nobody_reads_the_stream() {
    let scene = Scene::after("create table a (id int)").await;
    scene.claim_fields("public.a", json!(["id"])).await;
    for _ in 0..2 {
        scene.refuses_migration("alter table a drop id").await;
    }
    let counted = entries(&scene.app, "?action=migration").await;
    let (first, last) = (&counted[counted.len() - 1], &counted[0]);
    assert_eq!(last["action"], "migration.refusals_counted");
    let ends = (&first["before"]["refusals"], &last["after"]["refusals"]);
    assert_eq!(ends, (&json!(0), &json!(2)));
    assert!(last["after"]["last_at"].is_string(), "{last}");
}

#[tokio::test]
async fn refusals_are_told_where_somebody_does() {
    let a = Audience::after("create table t (id int primary key)").await;
    a.hear(&["public.t"], json!(["*"])).await;
    Refused::of(&a.owner, &migration("alter table t drop id")).await;
    let mut told = Vec::new();
    eventually("for the refusal to be heard of", async || {
        told = entries(&a.app, "?action=migration.refused").await;
        !told.is_empty()
    })
    .await;
    assert_eq!(told[0]["actor"]["name"], "app_owner");
    assert_eq!(told[0]["after"]["unmet"][0]["stakeholder"], a.reader.name);
}
