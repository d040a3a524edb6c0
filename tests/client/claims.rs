//! Claims out of files, and what is wrong with them.

use serde_json::json;

use crate::person::{Person, json as read};
use crate::support::{TestApp, run};

pub const TABLES: &str =
    "create table orders (id int primary key, note varchar(40)); create table totals (n int)";

#[tokio::test]
async fn a_document_is_put_and_printed_as_it_is() {
    let app = TestApp::start().await;
    run(&app.database.owner().await, TABLES).await;
    let person = Person::of(&app).await;
    let shop = app.stakeholder("shop").await;
    let document = json!({ "match": [{ "path": "public.orders", "fields": ["id"] }] });
    let file = person.writes("claims.json", &document.to_string());
    let planned = person.says(&["claims", "set", &shop.name, &file, "--dry-run"]).await;
    planned.ends_with(1).has("+ SELECT (id) on public.orders");
    assert_eq!(
        app.get(&format!("/stakeholders/{}/claims", shop.id)).await.data()["match"],
        json!([])
    );
    let said = person.says(&["claims", "set", &shop.name, &file]).await;
    said.ends_with(0).has(&format!("Saved the claims of {}.", shop.name));
    person.says(&["claims", "set", &shop.name, &file, "--dry-run"]).await.ends_with(0);

    assert_eq!(person.reads(&["claims", "get", &shop.name]).await, document);
    let printed = person.says(&["claims", "get", &shop.id.to_string()]).await;
    assert_eq!(printed.ends_with(0).text, format!("{document:#}\n"));
    // What is printed can be put back, and so can a whole body.
    let set = ["claims", "set", &shop.name, "-"];
    person.types(&set, &printed.text).await.ends_with(0);
    let whole = json!({ "data": { "match": [] } }).to_string();
    let planned = person.types(&["claims", "set", &shop.name, "-", "--dry-run"], &whole).await;
    planned.ends_with(1).has("- SELECT (id) on public.orders");
    person.types(&set, &whole).await.ends_with(0);
    assert_eq!(person.reads(&["claims", "get", &shop.name]).await, json!({ "match": [] }));
}

#[tokio::test]
async fn all_that_is_wrong_with_a_document_is_said_with_its_place() {
    let app = TestApp::start().await;
    run(&app.database.owner().await, TABLES).await;
    let person = Person::of(&app).await;
    let shop = app.stakeholder("shop").await;
    let set = ["claims", "set", &shop.name, "-"];
    let mistaken = json!({ "match": [
        { "path": "public.nowhere" },
        { "path": "public.orders", "fields": [{ "name": "id", "type": "text" }] },
    ] });
    let said = person.types(&set, &mistaken.to_string()).await;
    said.ends_with(2).has("integratedb: #/match/0/path: path: `public.nowhere`");
    said.has("integratedb: #/match/1/fields/0/type: path: `public.orders`, field: `id`:");
    assert!(said.text.is_empty(), "{said:?}");
    let set_json = [&set[..], &["--json"]].concat();
    let said = person.types(&set_json, &mistaken.to_string()).await;
    let errors = read(&said.ends_with(2).errors);
    assert_eq!(errors["errors"]["detail"][0][1], "#/match/0/path");
    assert!(errors["errors"]["claims"].is_array(), "{errors}");
    let said = person.types(&set, "{\"mtch\": []}").await;
    said.ends_with(2).has("#/mtch: ").has("#: Required property match was not present.");
    person.types(&set, "{").await.ends_with(2).has("standard input: isn't JSON");
    person.says(&["claims", "set", &shop.name, "/nowhere"]).await.ends_with(2).has("can't be read");
}

#[tokio::test]
async fn what_can_not_be_revoked_is_said_beside_the_answer() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, TABLES).await;
    let person = Person::of(&app).await;
    let shop = app.stakeholder("shop").await;
    app.claim(&shop, &json!([{ "path": "public.orders", "fields": ["id"] }])).await;
    let superuser = app.database.superuser().await;
    run(&superuser, "alter table orders owner to postgres").await;
    let said = person.types(&["claims", "set", &shop.name, "-"], "{\"match\": []}").await;
    said.ends_with(0).has("Saved the claims of");
}
