//! Claims as code: a folder is compared with the database, made so, and written,
//! by the real program.

use std::fs;

use serde_json::{Value, json};

use crate::scene::readable;
use crate::support::documents::{Folder, Said};
use crate::support::program::output;
use crate::support::{Client, Stakeholder, TestApp, column, may_not, run};

/// Two stakeholders, an owner with tables, and a folder.
pub struct Stage {
    pub app: TestApp,
    pub owner: Client,
    pub shop: Stakeholder,
    pub billing: Stakeholder,
    pub folder: Folder,
}

impl Stage {
    pub async fn set() -> Self {
        let app = TestApp::start().await;
        let owner = app.database.owner().await;
        run(&owner, TABLES).await;
        let (billing, shop) = (app.stakeholder("billing").await, app.stakeholder("shop").await);
        let folder = Folder::of(&app.database);
        Self { app, owner, shop, billing, folder }
    }

    /// What the registry knows of all documents.
    pub async fn stored(&self) -> Vec<String> {
        column(&self.app.database.superuser().await, "select document from integratedb.specs").await
    }
}

pub const TABLES: &str = "
    create table orders (id int primary key, quantity int not null, note varchar(40));
    create table invoices (id int, total numeric(10, 2));
    create schema sales; create table sales.\"we.ird\" (id int, tags text[]);
    grant usage on schema sales to public";

#[tokio::test]
async fn a_folder_becomes_what_everybody_claims_and_may_read() {
    let stage = Stage::set().await;
    let Stage { app, shop, billing, folder, .. } = &stage;
    folder.claim(shop, &json!([{ "path": "public.orders", "fields": ["id", "quantity"] }]));
    let whole = json!({ "data": { "match": { "path": "public.invoices", "fields": ["*"] } } });
    folder.write(&format!("{}.json", billing.name), &whole.to_string());
    folder.write("README.md", "Who depends on what");
    folder.write(".hidden.json", "[");

    let lines = [
        format!("{}: + SELECT (id, total) on public.invoices\n", billing.name),
        format!("{}: + SELECT (id, quantity) on public.orders\n", shop.name),
    ];
    let planned = folder.says("plan").await;
    planned.ends_with(1).has(&lines.concat()).has("README.md is no .json file");
    planned.has("Would change 2 of 2 stakeholders. Grants: 2, revokes: 0.");
    assert!(stage.stored().await.is_empty());
    may_not(&app.connect_as(shop).await, "select id from orders").await;

    let applied = folder.says("apply").await;
    applied.ends_with(0).has(&lines.concat()).has("Changed 2 of 2 stakeholders.");
    assert_eq!(readable(&app.connect_as(shop).await, "public.orders").await, ["id", "quantity"]);
    assert_eq!(readable(&app.connect_as(billing).await, "public.invoices").await, ["id", "total"]);
    for command in ["plan", "apply"] {
        folder.says(command).await.ends_with(0).has("Nothing to do. Stakeholders: 2.");
    }

    folder.claim(shop, &json!([{ "path": "public.orders", "fields": ["id", "note"] }]));
    folder.claim(billing, &json!([{ "path": "public.invoices", "fields": ["id", "total"] }]));
    let applied = folder.says("apply").await;
    applied.ends_with(0).has(&format!("{}: ~ document changed, same grants", billing.name));
    applied.has(&format!("{}: - SELECT (quantity) on public.orders", shop.name));
    applied.has(&format!("{}: + SELECT (note) on public.orders", shop.name));
    assert_eq!(readable(&app.connect_as(shop).await, "public.orders").await, ["id", "note"]);
}

#[tokio::test]
async fn a_folder_that_is_wrong_in_one_file_changes_nothing_and_everything_wrong_is_said() {
    let stage = Stage::set().await;
    let Stage { app, shop, billing, folder, .. } = &stage;
    let other = app.stakeholder("other").await;
    folder.claim(shop, &json!([{ "path": "public.orders", "fields": ["id"] }]));
    let mistaken = json!({ "data": { "match": [
        { "path": "public.orders", "fields": ["id", { "name": "note", "type": "int" }] },
        { "path": "public.nowhere" },
    ] } });
    folder.write(&format!("{}.json", billing.name), &mistaken.to_string());
    folder.write(&format!("{}.json", other.name), "{ \"match\": [{ \"pth\": 1 }] }");
    folder.write("nobody.json", "{ \"match\": [] }");
    folder.write("half.json", "{\n  \"match\": [,]\n}");
    folder.write("Shop.json", "{}");
    folder.write("pg_shop.json", "{}");
    folder.write("shop.JSON", "{}");
    fs::create_dir(folder.path.join("drawer.json")).unwrap();
    fs::write(folder.path.join("large.json"), vec![b' '; 1024 * 1024 + 1]).unwrap();
    folder.write("marked.json", "\u{feff}{}");

    for command in ["plan", "apply"] {
        let said = folder.says(command).await;
        said.ends_with(2);
        let path = folder.path.display();
        for part in [
            &format!(
                "{path}/{}.json: #/data/match/0/fields/1/type: path: `public.orders`, field: `note`: specified value `int`",
                billing.name
            ),
            &format!(
                "{path}/{}.json: #/data/match/1/path: path: `public.nowhere` does not exist.",
                billing.name
            ),
            &format!("{path}/{}.json: #/match/0/pth: Schema does not allow additional", other.name),
            "nobody.json: there is no stakeholder `nobody`.",
            "`integratedb stakeholders add nobody`, or POST /api/v1/stakeholders",
            "half.json: isn't JSON: expected value at line 2 column 13",
            "Shop.json: must be called shop.json",
            "shop.JSON: must be called shop.json",
            "pg_shop.json: must be called like a stakeholder, and `pg_shop` is reserved",
            "drawer.json: is no file",
            "large.json: is larger than 1 MiB",
            "marked.json: begins with a byte order mark",
        ] {
            said.has(part);
        }
        assert_eq!(said.errors.contains("nothing was changed"), command == "apply");
        assert_eq!(said.text, "", "what doesn't happen is not printed");
        let json: Value =
            serde_json::from_str(&folder.says_with(command, &["--json"]).await.text).unwrap();
        assert_eq!(json["is_applied"], false);
        assert_eq!(json["problems"].as_array().unwrap().len(), 16, "{json:#}");
    }
    assert!(stage.stored().await.is_empty());
    may_not(&app.connect_as(shop).await, "select id from orders").await;
}

#[tokio::test]
async fn claims_that_the_folder_does_not_mention_are_taken_only_if_told_to() {
    let stage = Stage::set().await;
    let Stage { app, shop, billing, folder, .. } = &stage;
    let matches = json!([{ "path": "public.orders", "fields": ["id"] }]);
    app.claim(shop, &matches).await;
    folder.claim(billing, &matches);
    for command in ["plan", "apply"] {
        let said = folder.says(command).await;
        said.ends_with(2).has(&format!("{}.json: is not there, and", shop.name));
        said.has("has 1 claim.").has("--prune");
    }
    assert_eq!(stage.stored().await.len(), 1);

    let planned = folder.says_with("plan", &["--prune"]).await;
    planned.ends_with(1).has(&format!("{}: ~ no file any more, so no claims", shop.name));
    column(&app.connect_as(shop).await, "select id from orders").await;
    let applied = folder.says_with("apply", &["--prune"]).await;
    applied.ends_with(0).has(&format!("{}: - SELECT (id) on public.orders", shop.name));
    may_not(&app.connect_as(shop).await, "select id from orders").await;
    column(&app.connect_as(billing).await, "select id from orders").await;
    folder.says("plan").await.ends_with(0);
}

#[tokio::test]
async fn an_empty_folder_is_taken_for_a_mistake_whatever_one_is_told() {
    let stage = Stage::set().await;
    stage.app.claim(&stage.shop, &json!([{ "path": "public.orders" }])).await;
    let said = stage.folder.says_with("apply", &["--prune"]).await;
    said.ends_with(2).has("has no <stakeholder>.json in it. Is it the right folder?");
    let nowhere = stage.folder.path.join("nowhere");
    let settings = [("DATABASE_URL", stage.folder.url.as_str())];
    let arguments = ["plan", "-f", nowhere.to_str().unwrap()];
    Said::of(&output(&arguments, &settings).await).ends_with(2).has("nowhere: can't be read");
    assert_eq!(stage.stored().await.len(), 1);
}

#[tokio::test]
async fn a_grant_taken_by_hand_is_planned_and_comes_back() {
    let stage = Stage::set().await;
    let Stage { app, shop, folder, .. } = &stage;
    folder.claim(shop, &json!([{ "path": "public.orders", "fields": ["id"] }]));
    folder.says("apply").await.ends_with(0);
    run(&stage.owner, &format!("revoke select (id) on orders from {}", shop.name)).await;
    let line = format!("{}: + SELECT (id) on public.orders", shop.name);
    folder.says("plan").await.ends_with(1).has(&line);
    let json = folder.says_with("apply", &["--json"]).await;
    let json: Value = serde_json::from_str(&json.ends_with(0).text).unwrap();
    let grant =
        json!({ "privilege": "SELECT", "schema": "public", "table": "orders", "columns": ["id"] });
    let expected = json!({
        "stakeholder": shop.name, "document": "unchanged",
        "grants": [grant], "revokes": [], "drift": [],
    });
    assert_eq!(json["stakeholders"], json!([expected]));
    assert_eq!((&json["is_change"], &json["is_applied"]), (&json!(true), &json!(true)));
    column(&app.connect_as(shop).await, "select id from orders").await;
}

#[tokio::test]
async fn a_document_that_does_not_change_forgives_no_broken_claim() {
    let stage = Stage::set().await;
    let Stage { shop, billing, folder, owner, .. } = &stage;
    folder.claim(shop, &json!([{ "path": "public.orders", "fields": ["*"] }]));
    folder.says("apply").await.ends_with(0);
    run(owner, "alter table orders alter note type text, drop column quantity").await;
    let unmet = "select problem from integratedb_unmet_claims()";
    let before = column(owner, unmet).await;
    assert_eq!(before.len(), 1);
    folder.claim(billing, &json!([{ "path": "public.invoices", "fields": ["id"] }]));
    folder.says("apply").await.ends_with(0).has("Changed 1 of 2 stakeholders.");
    assert_eq!(column(owner, unmet).await, before);
}

#[tokio::test]
async fn one_that_may_not_be_granted_changes_nothing_and_says_how_it_may_be() {
    let stage = Stage::set().await;
    let Stage { app, shop, billing, folder, .. } = &stage;
    let superuser = app.database.superuser().await;
    run(&superuser, "create table secrets (id int)").await;
    folder.claim(billing, &json!([{ "path": "public.invoices", "fields": ["id"] }]));
    folder.claim(shop, &json!([{ "path": "public.secrets", "fields": ["id"] }]));
    let said = folder.says("apply").await;
    said.ends_with(2).has("#/match/0/path: path: `public.secrets`: IntegrateDB may not grant");
    assert!(stage.stored().await.is_empty());
    run(&superuser, "alter table secrets owner to app_owner").await;
    folder.says("apply").await.ends_with(0);

    // What can't be granted any more is shown, and stands in nobody's way.
    run(
        &superuser,
        &format!("alter table secrets owner to postgres; revoke all on secrets from {}", shop.name),
    )
    .await;
    folder.claim(billing, &json!([]));
    let line = format!("{}: ! SELECT (id) on public.secrets can't be granted", shop.name);
    folder.says("apply").await.ends_with(0).has(&line).has("Changed 1 of 2 stakeholders.");
    folder.says("plan").await.ends_with(0).has(&line).has("Nothing to do.");
}
