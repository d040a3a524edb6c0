//! Users, stakeholders, keys, and what else has a list.

use serde_json::json;

use crate::person::{PASSWORD, Person, cells};
use crate::support::{TestApp, unique};

#[tokio::test]
async fn users_come_change_and_go() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let add = ["users", "add", "ann", "--role", "operator", "--password-stdin"];
    person.types(&add, PASSWORD).await.ends_with(0).has("Added the user ann, id 2.");
    let said = person.types(&add, "short").await;
    said.ends_with(2).has("integratedb: password should be at least 10 character(s)");
    let said = person.types(&[&add[..], &["--json"]].concat(), PASSWORD).await;
    let errors = crate::person::json(&said.ends_with(2).errors);
    assert_eq!(errors, json!({ "errors": { "username": ["has already been taken"] } }));
    let said = person.says(&["users", "list"]).await;
    let expected = "  ID  USERNAME  ROLE\n  1   root      admin\n  2   ann       operator\n";
    assert_eq!(said.ends_with(0).text, expected);
    assert_eq!(person.reads(&["users", "list"]).await, *app.get("/users").await.data());

    let set = ["users", "set", "ann", "--role", "viewer", "--username", "anna"];
    person.says(&set).await.ends_with(0).has("USERNAME  anna").has("ROLE      viewer");
    person.says(&["users", "set", "2"]).await.ends_with(2).has("What is to change?");
    person.says(&["users", "remove", "ann"]).await.ends_with(2).has("There is no user `ann`.");
    person.says(&["users", "remove", "anna", "--yes"]).await.ends_with(0);
    person.says(&["users", "remove", "root", "--yes"]).await.ends_with(2);
    person.says(&["users", "remove", "99"]).await.ends_with(2).has("no user `99`");
}

#[tokio::test]
async fn stakeholders_come_change_and_go_by_name_and_by_id() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let (name, other) = (unique("shop"), unique("shop"));
    let said = person.says(&["stakeholders", "add", &name]).await;
    said.ends_with(0).has(&format!("USERNAME  {name}")).has("shown only this once");
    let made = person.reads(&["stakeholders", "add", &other]).await;
    assert!(made["credentials"]["password"].as_str().is_some_and(|password| password.len() > 20));
    let id = made["id"].to_string();
    let said = person.says(&["stakeholders", "list"]).await;
    assert_eq!(cells(&said.ends_with(0).text)[1], [id.as_str(), &other]);
    for given in [&other, &id, &other.to_uppercase()] {
        let shown = person.reads(&["stakeholders", "show", given]).await;
        assert_eq!(shown, json!({ "id": made["id"], "name": other }));
    }
    let shown = person.says(&["stakeholders", "show", &other]).await;
    shown.ends_with(0).has(&format!("SCHEMA    {other}")).has("CLAIMS    0").has("LOGINS    1");
    person.says(&["stakeholders", "add", "crm-sync"]).await.ends_with(2).has("a letter or _, and");
    let said = person.says(&["stakeholders", "show", "nobody"]).await;
    said.ends_with(2).has("integratedb: There is no stakeholder `nobody`.");

    let renamed = unique("store");
    person
        .says(&["stakeholders", "rename", &other, &renamed])
        .await
        .ends_with(0)
        .has(&format!("Renamed {other} to {renamed}."));
    person.says(&["stakeholders", "rename", &renamed, &name]).await.ends_with(2);
    person.says(&["stakeholders", "remove", &renamed, "--yes"]).await.ends_with(0).has("Removed");
    person.says(&["stakeholders", "remove", &renamed]).await.ends_with(2);
}

#[tokio::test]
async fn what_a_removed_stakeholder_leaves_is_said() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let (shop, heir) = (app.stakeholder("shop").await, app.stakeholder("heir").await);
    let table = format!("create table {}.totals (id int)", shop.name);
    crate::support::run(&app.connect_as(&shop).await, &table).await;
    let said = person.says(&["stakeholders", "remove", &shop.name, "--yes"]).await;
    said.ends_with(0).has("This stayed in the schema").has("  table ").has("totals");
    let table = format!("create table {}.totals (id int)", heir.name);
    crate::support::run(&app.connect_as(&heir).await, &table).await;
    let both =
        ["stakeholders", "remove", &heir.name, "--yes", "--drop-objects", "--reassign-to", "x"];
    person.says(&both).await.ends_with(2).has("cannot be used with");
    person.says(&both[..5]).await.ends_with(0).has(&format!("Removed {}.", heir.name));
}

#[tokio::test]
async fn keys_are_added_shown_once_and_revoked() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let shop = app.stakeholder("shop").await;
    let add = ["keys", "add", "ci", "--role", "operator", "--expires-in-days", "7"];
    person.says(&add).await.ends_with(0).has("KEY          idbk_").has("shown only this once");
    person.says(&["keys", "add", "lost"]).await.ends_with(2).has("--role");
    let own = person.reads(&["keys", "add", "shop", "--stakeholder", &shop.name]).await;
    assert_eq!(own["stakeholder_id"], shop.id);
    let said = person.says(&["keys", "list"]).await;
    assert!(!said.ends_with(0).has("LAST USED AT").text.contains("idbk_"));

    // Who has a stakeholder's key may name the stakeholder, and no other.
    let settings = [
        ("INTEGRATEDB_SERVER", crate::person::origin(&app)),
        ("INTEGRATEDB_TOKEN", own["key"].as_str().unwrap()),
    ];
    let application = Person::new();
    let get = ["claims", "get", &shop.name, "--json"];
    let said = application.runs(&get, &settings, "").await;
    assert_eq!(said.ends_with(0).text, "{\"match\":[]}\n");
    let get = ["claims", "get", "another"];
    application.runs(&get, &settings, "").await.ends_with(2).has("no stakeholder `another`");
    application.runs(&["users", "list"], &settings, "").await.ends_with(3);
    application.runs(&["whoami"], &settings, "").await.ends_with(0).has(&shop.name);

    person.says(&["keys", "add", "ci", "--role", "viewer"]).await.ends_with(0);
    person.says(&["keys", "revoke", "ci"]).await.ends_with(2).has("Several are called `ci`");
    person.says(&["keys", "revoke", "1", "--yes"]).await.ends_with(0);
    person.says(&["keys", "revoke", "ci", "--yes"]).await.ends_with(0).has("Revoked the key ci.");
}

#[tokio::test]
async fn tokens_are_added_shown_once_and_revoked() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let shop = app.stakeholder("shop").await;
    let add = ["tokens", "add", &shop.name, "dashboard", "--expires-in-days", "7"];
    person.says(&add).await.ends_with(0).has("TOKEN       idbt_").has("shown only this once");
    let said = person.says(&["tokens", "list", &shop.name]).await;
    assert_eq!(cells(&said.ends_with(0).text)[0][1], "dashboard");
    assert!(!said.text.contains("idbt_"), "{said:?}");
    person.says(&["tokens", "revoke", &shop.name, "dashboard", "--yes"]).await.ends_with(0);
    assert_eq!(person.reads(&["tokens", "list", &shop.name]).await, json!([]));
}
