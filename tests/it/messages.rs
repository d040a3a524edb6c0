//! How a refused migration is told to the person who wrote it: whom it would
//! break, what is there now, what would have done instead, and the ways out.

use serde_json::json;

use crate::scene::{Refused, Scene, migration};
use crate::support::{log_of_postgres, run};

/// What stands before the ways out.
fn complaints(refused: &Refused) -> &str {
    refused.detail.split_once("\n\n").expect("ways out").0
}

fn ways_out(refused: &Refused) -> &str {
    let (_, rest) = refused.detail.split_once("\n\n").expect("ways out");
    rest.split_once("\nJSON: ").expect("JSON").0
}

#[tokio::test]
async fn claims_are_grouped_by_table_and_those_who_need_the_same_stand_in_one_line() {
    let scene = Scene::after("create table a (x int, y int); create table b (z int)").await;
    let mut names = Vec::new();
    for _ in 0..8 {
        let stakeholder = scene.app.stakeholder("reader").await;
        let claims = json!([{ "path": "public.a", "fields": ["x"] }, { "path": "public.b" }]);
        scene.app.claim(&stakeholder, &claims).await;
        names.push(stakeholder.name);
    }
    names.sort();
    scene.claim_fields("public.a", json!(["x", "y"])).await;
    let refused =
        scene.refuses_migration("drop table b; alter table a alter x type text, drop y").await;
    let (all, many) = (names.len(), names[..5].join(", "));
    assert_eq!(
        complaints(&refused),
        format!(
            "17 claims would be unmet:\n\
             public.a (9 claims)\n  \
               {many} and 3 more need x to be integer: it is text\n  \
               {} needs x to be integer: it is text; and y: the column does not exist\n\
             public.b ({all} claims)\n  \
               {many} and 3 more need the table: it does not exist",
            scene.reporting.name
        )
    );
}

#[tokio::test]
async fn what_would_have_done_instead_is_named() {
    let scene = Scene::after("create table a (x int, y int); create table b (x int)").await;
    let name = &scene.reporting.name;
    scene
        .claim_fields(
            "public.a",
            json!(["x", { "alternatives": ["y", { "name": "z", "planned": true }] }]),
        )
        .await;
    let refused = scene.refuses_migration("alter table a drop y").await;
    assert_eq!(
        complaints(&refused),
        format!(
            "1 claim would be unmet:\npublic.a\n  \
             {name} needs y: the column does not exist, or z: the column does not exist"
        )
    );

    scene
        .claim(json!([{ "alternatives": [
            { "path": "public.a", "fields": ["x", "y"] },
            { "path": "public.b", "fields": ["x"] },
        ] }]))
        .await;
    let refused = scene.refuses_migration("alter table a drop x, drop y; drop table b").await;
    assert_eq!(
        complaints(&refused),
        format!(
            "1 claim would be unmet:\npublic.a\n  \
             {name} has no alternative left: it needs x: the column does not exist; \
             and y: the column does not exist; or else public.b: the table does not exist"
        )
    );
}

#[tokio::test]
async fn the_ways_out_are_written_so_that_they_can_be_copied() {
    let scene = Scene::after("create table a (x int, v varchar(20), n int not null)").await;
    let name = &scene.reporting.name;
    let claims = json!([{ "path": "public.a", "fields": ["x", "v", "n"] }]);
    scene.claim(claims).await;
    for (change, told) in [
        (
            "alter table a rename x to \"new \"\"x\"",
            r#"either will do: {"alternatives": ["x", {"name": "new \"x", "planned": true}]}"#,
        ),
        (
            "alter table a drop x",
            r#"either will do: {"alternatives": ["x", {"name": "<the new column>", "planned": true}]}"#,
        ),
        (
            "alter table a alter x type bigint",
            r#"either will do: {"alternatives": [{"name": "x", "type": "integer"}, {"name": "x", "type": "bigint", "planned": true}]}"#,
        ),
        (
            "alter table a alter v type varchar(5)",
            r#"less will do: {"name": "v", "min_length": 5}"#,
        ),
        (
            "alter table a alter n drop not null",
            r#"it may be null: {"name": "n", "is_nullable": true}"#,
        ),
        (
            "alter table a rename to b",
            r#"either will do: {"alternatives": [{"path": "public.a", …}, {"path": "public.b", …, "planned": true}]}"#,
        ),
    ] {
        let refused = scene.refuses_migration(change).await;
        let expected = format!("\n  - First let {name} say that {told}\n");
        assert!(ways_out(&refused).contains(&expected), "{change}: {}", refused.detail);
    }
}

/// Each way out is taken word for word, and the migration passes then.
#[tokio::test]
async fn the_ways_out_lead_out() {
    let scene = Scene::after("create table a (x int, v varchar(20), n int not null)").await;
    for (field, change) in [
        ("x", "alter table a rename x to w"),
        ("w", "alter table a alter w type bigint"),
        ("v", "alter table a alter v type varchar(5)"),
        ("n", "alter table a alter n drop not null"),
    ] {
        scene.claim_fields("public.a", json!([field])).await;
        let refused = scene.refuses_migration(change).await;
        let line = ways_out(&refused).lines().find(|line| line.contains("First let")).unwrap();
        let (_, told) = line.split_once(": ").unwrap();
        scene
            .claim_fields(
                "public.a",
                json!([serde_json::from_str::<serde_json::Value>(told).unwrap()]),
            )
            .await;
        scene.migrate(change).await;
    }
}

#[tokio::test]
async fn a_refusal_leaves_a_line_in_the_servers_log_and_is_counted() {
    let scene = Scene::after("create table \"odd\nname\" (x int)").await;
    scene.claim(json!([{ "path": "public.\"odd\nname\"" }])).await;
    run(&scene.owner, "set application_name = 'night shift'").await;
    let superuser = scene.app.database.superuser().await;
    scene.refuses_migration("drop table \"odd\nname\"").await;
    scene.refuses_migration("drop table \"odd\nname\"").await;

    let name = &scene.reporting.name;
    let line = format!(
        "IntegrateDB.InvalidMigration: refused the migration of role app_owner, application \
         \"night shift\": 1 claim would be unmet: {name} needs public.odd name: the table does not exist"
    );
    let log = log_of_postgres(&superuser).await;
    assert_eq!(log.lines().filter(|one| one.ends_with(&line)).count(), 2, "{line}");

    let counted = scene.app.get("/unmet").await.expect(200);
    assert_eq!(counted.body["refusals"]["count"], json!(2));
    assert!(counted.body["refusals"]["last_at"].is_string(), "{}", counted.body);
}

#[tokio::test]
async fn hundreds_of_broken_claims_fit_on_a_screen() {
    let scene =
        Scene::after("create table a (x int); create table b (x int); create table c (x int)")
            .await;
    let claim = |no: usize| json!({ "path": format!("public.{}", ["a", "b", "c"][no / 100]), "fields": ["x"] });
    scene.claim((0..300).map(claim).collect()).await;
    let refused = Refused::of(
        &scene.owner,
        &migration("alter table a drop x; alter table b drop x; alter table c drop x"),
    )
    .await;
    assert!(refused.detail.starts_with("300 claims would be unmet:\npublic.a (100 claims)\n"));
    assert!(refused.detail.contains("\n… and 200 more\n"), "{}", refused.detail);
    assert!(refused.detail.split("\nJSON: ").next().unwrap().lines().count() < 10);
}
