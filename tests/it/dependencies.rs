//! Who depends on what, and what there is to claim, as the page and programs read it.

use serde_json::{Value, json};

use crate::scene::Scene;
use crate::support::run;

fn names(list: &Value, key: &str) -> Vec<String> {
    let items = list.as_array().expect("a list");
    items.iter().map(|item| item[key].as_str().unwrap_or_default().to_owned()).collect()
}

async fn scene() -> Scene {
    let scene = Scene::after(
        "create schema sales; create table sales.orders (id bigint primary key, status text, note text);
         create table sales.items (id int); create view sales.open as select id from sales.orders",
    )
    .await;
    scene
        .claim(json!([
            { "path": "sales.orders", "fields": ["id", "status"] },
            { "path": "sales.open", "fields": ["id"], "optional": true },
        ]))
        .await;
    scene
}

#[tokio::test]
async fn dependencies_are_tables_stakeholders_and_the_lines_between() {
    let scene = scene().await;
    let idle = scene.app.stakeholder("idle").await;
    let told = scene.app.get("/dependencies").await.expect(200);
    let told = told.data();
    assert_eq!(names(&told["tables"], "table"), ["open", "orders"]);
    assert_eq!(told["tables"][1]["columns"], 2);
    assert_eq!(told["tables"][1]["stakeholders"], 1);
    assert_eq!(told["tables"][1]["is_unmet"], false);
    assert!(names(&told["stakeholders"], "name").contains(&idle.name));
    assert_eq!(told["total"], 2);
    let line = told["claims"].as_array().unwrap().iter();
    let line = line.clone().find(|line| line["table_id"] == told["tables"][0]["id"]).unwrap();
    assert_eq!(line["stakeholder_id"], scene.reporting.id);
    assert_eq!(line["is_required"], false);
    assert_eq!(told.get("columns"), None);

    let one = scene.app.get(&format!("/dependencies?stakeholder={}", idle.id)).await.expect(200);
    assert_eq!(names(&one.data()["stakeholders"], "name"), [idle.name]);
    assert_eq!(one.data()["tables"], json!([]));
}

#[tokio::test]
async fn a_table_is_told_column_by_column() {
    let scene = scene().await;
    let told = scene.app.get("/dependencies?schema=sales&table=orders").await.expect(200);
    let columns = &told.data()["columns"];
    assert_eq!(names(columns, "name"), ["id", "status", "note"]);
    assert_eq!(
        columns[0],
        json!({
            "name": "id", "type": "bigint", "is_nullable": false, "exists": true,
            "claimed_by": [scene.reporting.id], "unmet_for": []
        })
    );
    assert_eq!(columns[2]["claimed_by"], json!([]));
}

#[tokio::test]
async fn what_is_unmet_comes_first_and_is_marked() {
    let scene = scene().await;
    // Nobody validates here, so the claim stays and is unmet.
    run(&scene.owner, "drop view sales.open; alter table sales.orders drop status").await;
    let told = scene.app.get("/dependencies").await.expect(200);
    let told = told.data();
    assert_eq!(told["claims"][0]["is_unmet"], true);
    assert_eq!(told["claims"][1]["is_unmet"], false);
    assert_eq!(told["tables"][0]["exists"], false);
    assert_eq!(told["tables"][1]["is_unmet"], true);
    let reporting = told["stakeholders"].as_array().unwrap().iter();
    let mut reporting = reporting.filter(|one| one["id"] == scene.reporting.id);
    assert_eq!(reporting.next().unwrap()["unmet_claims"], 1);

    let told = scene.app.get("/dependencies?schema=sales&table=orders").await.expect(200);
    let columns = told.data()["columns"].as_array().unwrap();
    let status = columns.iter().find(|column| column["name"] == "status").unwrap();
    assert_eq!(status["exists"], false);
    assert_eq!(status["unmet_for"], json!([scene.reporting.id]));
}

#[tokio::test]
async fn every_table_of_a_schema_is_told_table_by_table() {
    let scene = scene().await;
    scene.claim(json!([{ "path": "sales.*", "fields": ["*"] }])).await;
    let told = scene.app.get("/dependencies?schema=sales").await.expect(200);
    assert_eq!(names(&told.data()["tables"], "table"), ["items", "open", "orders"]);
    assert!(told.data()["claims"][0]["is_every_column"].as_bool().unwrap());
    run(&scene.owner, "drop schema sales cascade").await;
    let told = scene.app.get("/dependencies").await.expect(200);
    assert_eq!(names(&told.data()["tables"], "table"), ["*", "items", "open", "orders"]);
}

#[tokio::test]
async fn relations_are_what_a_document_may_claim() {
    let scene = scene().await;
    let all = scene.app.get("/relations").await.expect(200);
    assert_eq!(names(all.data(), "path"), ["sales.items", "sales.open", "sales.orders"]);
    let found = scene.app.get("/relations?search=ORD").await.expect(200);
    assert_eq!(
        found.data(),
        &json!([{
            "path": "sales.orders", "schema": "sales", "name": "orders", "kind": "table",
            "columns": [
                { "name": "id", "type": "bigint", "is_nullable": false },
                { "name": "status", "type": "text", "is_nullable": true },
                { "name": "note", "type": "text", "is_nullable": true },
            ]
        }])
    );
    let one = scene.app.get("/relations?schema=sales&limit=1").await.expect(200);
    assert_eq!(names(one.data(), "name"), ["items"]);
    run(&scene.owner, "create table sales.\"odd.\"\"name\" (id int)").await;
    let odd = scene.app.get("/relations?search=odd").await.expect(200);
    assert_eq!(names(odd.data(), "path"), ["sales.\"odd.\"\"name\""]);
    for query in ["search=%00", "schema=%00", "limit=0"] {
        scene.app.get(&format!("/relations?{query}")).await.expect(422);
    }
    for query in ["stakeholder=x", "schema=%00"] {
        scene.app.get(&format!("/dependencies?{query}")).await.expect(422);
    }
    scene.app.get("/impact?path=%00").await.expect(422);
}
