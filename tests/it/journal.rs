//! The journal: what was validated, synced and overridden, by whom, and what
//! followed from it.

use integratedb::gate;
use serde_json::{Value, json};

use crate::scene::Scene;
use crate::support::program::output;
use crate::support::{may_not, run};

async fn entries(scene: &Scene) -> Vec<Value> {
    let answer = scene.app.get("/journal").await.expect(200);
    answer.data().as_array().expect("a list").clone()
}

#[tokio::test]
async fn an_explicit_call_enters_what_changed_and_what_followed() {
    let scene = Scene::after("create table a (id int, x int); create table b (id int)").await;
    scene.claim_fields("public.a", json!(["*"])).await;
    scene.migrate("select 1").await;
    assert_eq!(entries(&scene).await, [json!(null); 0], "nothing that is claimed has changed");
    scene.refuses_migration("alter table a drop x").await;
    assert_eq!(entries(&scene).await, [json!(null); 0], "it was rolled back");

    run(&scene.owner, "set application_name = 'migrator'").await;
    scene.migrate("alter table a add y int; create table c (id int)").await;
    let entries = entries(&scene).await;
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!(entry["kind"], json!("validated"));
    assert_eq!(entry["by_gate"], json!(false));
    assert_eq!(entry["by_role"], json!("app_owner"));
    assert_eq!(entry["application"], json!("migrator"));
    assert_eq!(entry["tables"], json!(["public.a"]));
    assert_eq!(entry["commands"], json!(null));
    assert_eq!(
        entry["grants"],
        json!([{ "action": "GRANT", "role": scene.reporting.name, "on": "public.a", "columns": ["y"] }])
    );
    assert!(entry["validation_ms"].as_f64().unwrap() > 0.0);
    assert!(entry["started_at"].as_str().unwrap() <= entry["at"].as_str().unwrap());
}

#[tokio::test]
async fn the_gate_enters_every_migration_with_its_commands_and_leaves_no_marks() {
    let scene = Scene::after("create table a (id int)").await;
    scene.claim_fields("public.a", json!(["id"])).await;
    let mut superuser = scene.app.database.superuser().await;
    gate::enable(&mut superuser).await.unwrap();
    run(
        &scene.owner,
        "begin; create table c (id int primary key); alter table a add x int; drop table c; commit",
    )
    .await;
    run(&scene.owner, "begin; alter table a add y int; select integratedb_validate_migration(); alter table a add z int; commit").await;
    drop(scene.owner.simple_query("alter table a drop id").await.unwrap_err());
    run(
        &scene.owner,
        "begin; alter table a drop x; savepoint s; alter table a drop y; rollback to s; commit",
    )
    .await;

    let entries = entries(&scene).await;
    let commands: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            let commands = entry["commands"].as_array().unwrap().iter();
            commands
                .map(|one| {
                    format!(
                        "{} {}",
                        one["command"].as_str().unwrap(),
                        one["object"].as_str().unwrap()
                    )
                })
                .collect()
        })
        .collect();
    assert_eq!(
        commands,
        [
            vec!["ALTER TABLE public.a.x", "ALTER TABLE public.a"],
            vec!["ALTER TABLE public.a", "ALTER TABLE public.a"],
            vec!["CREATE TABLE public.c", "ALTER TABLE public.a", "DROP TABLE public.c"],
        ]
    );
    assert!(entries.iter().all(|entry| entry["by_gate"] == json!(true)));
    assert_eq!(entries[1]["tables"], json!(["public.a"]));
    let left = "select count(*)::int from integratedb.gate_commands";
    let left: i32 = superuser.query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_migration_of_thousands_of_commands_keeps_the_first_hundred() {
    let scene = Scene::after("select 1").await;
    gate::enable(&mut scene.app.database.superuser().await).await.unwrap();
    run(&scene.owner, "do $$ begin for i in 1..300 loop execute format('create table t%s (id int)', i); end loop; end $$").await;
    let entry = &entries(&scene).await[0];
    assert_eq!(entry["command_count"], json!(300));
    assert_eq!(entry["commands"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn a_sync_is_entered_if_something_followed() {
    let scene = Scene::after("create table a (id int)").await;
    scene.claim_fields("public.a", json!(["*"])).await;
    run(&scene.owner, "select integratedb_sync()").await;
    assert_eq!(entries(&scene).await.len(), 0);
    run(&scene.owner, "alter table a add x int; select integratedb_sync()").await;
    let entries = entries(&scene).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["kind"], json!("synced"));
    assert_eq!(entries[0]["tables"], json!(["public.a"]));
}

#[tokio::test]
async fn the_journal_is_read_by_pages_by_sql_and_by_the_command() {
    let scene = Scene::after("create table a (id int)").await;
    scene.claim_fields("public.a", json!(["*"])).await;
    for name in ["x", "y", "z"] {
        scene.migrate(&format!("alter table a add {name} int")).await;
    }
    let page = scene.app.get("/journal?limit=2").await.expect(200);
    assert_eq!(page.data().as_array().unwrap().len(), 2);
    let before = page.body["page"]["before"].as_i64().unwrap();
    let rest = scene.app.get(&format!("/journal?limit=2&before={before}")).await.expect(200);
    assert_eq!(rest.data().as_array().unwrap().len(), 1);
    assert_eq!(rest.body["page"]["before"], json!(null));
    scene.app.get("/journal?limit=0").await.expect(422);

    let newest = "select array_agg(tables[1] order by id) from integratedb_journal(2)";
    let row = scene.client.query_one(newest, &[]).await.unwrap();
    assert_eq!(row.get::<_, Vec<String>>(0), ["public.a", "public.a"]);
    may_not(&scene.client, "select * from integratedb.journal").await;

    let url = scene.app.database.control_url();
    let told = output(&["journal", "--limit", "2"], &[("DATABASE_URL", &url)]).await;
    let text = String::from_utf8(told.stdout).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.lines().nth(1).unwrap().contains("  app_owner  validated  public.a  1"), "{text}");
}
