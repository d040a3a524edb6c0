//! `unmet`, `impact`, `drift` and `journal` through a server: the same as of the database.

use serde_json::json;

use crate::claims::TABLES;
use crate::person::{Person, json as json_of, origin};
use crate::support::documents::Said;
use crate::support::program::output;
use crate::support::{TestApp, free_port, run};

async fn direct(app: &TestApp, arguments: &[&str]) -> Said {
    let url = app.database.control_url();
    Said::of(&output(arguments, &[("DATABASE_URL", &url)]).await)
}

#[tokio::test]
async fn a_server_answers_what_the_database_would() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, TABLES).await;
    let (person, shop) = (Person::of(&app).await, app.stakeholder("shop").await);
    app.claim(&shop, &json!([{ "path": "public.orders", "fields": ["id", "note"] }])).await;
    run(&owner, "alter table orders add extra int; select integratedb_validate_migration()").await;
    run(&owner, &format!("revoke select (note) on orders from {}", shop.name)).await;

    let same = async |arguments: &[&str], status: i32| {
        for arguments in [arguments.to_vec(), [arguments, &["--json"]].concat()] {
            let (one, other) = (person.says(&arguments).await, direct(&app, &arguments).await);
            assert_eq!(one.ends_with(status).text, other.ends_with(status).text, "{arguments:?}");
            assert!(!one.text.is_empty());
        }
    };
    same(&["unmet"], 0).await;
    same(&["impact", "public.orders.note"], 1).await;
    same(&["impact", "public.totals"], 0).await;
    let missing = "There is no schema, table or column `public.order` in the database";
    for said in [
        person.says(&["impact", "public.order"]).await,
        direct(&app, &["impact", "public.order"]).await,
        person.says(&["impact", "public.order", "--json"]).await,
    ] {
        assert_eq!(said.ends_with(2).has(missing).text, "");
    }
    same(&["drift"], 1).await;
    same(&["journal"], 0).await;
    run(&owner, "alter table orders drop note").await;
    same(&["unmet"], 1).await;
}

#[tokio::test]
async fn a_database_that_is_set_is_asked_unless_a_server_is_named() {
    let (app, other) = (TestApp::start().await, TestApp::start().await);
    run(&app.database.owner().await, TABLES).await;
    let person = Person::of(&app).await;
    let url = other.database.control_url();
    let exists = async |more: &[&str], settings: &[(&str, &str)]| {
        let said = person.runs(&[&["impact", "public.orders"], more].concat(), settings, "").await;
        said.status == Some(0)
    };
    let database = [("DATABASE_URL", url.as_str())];
    assert!(!exists(&[], &database).await);
    assert!(!exists(&[], &[database[0], ("INTEGRATEDB_SERVER", origin(&app))]).await);
    assert!(exists(&["--server", origin(&app)], &database).await);
    assert!(exists(&["--profile", "default"], &database).await);
    assert!(exists(&[], &[]).await);

    let nobody = Person::new().says(&["unmet"]).await;
    nobody
        .ends_with(2)
        .has("DATABASE_URL is not set")
        .has("Or ask a server: name it with --server");
    let nobody = Person::new().says(&["plan", "-f", "/nowhere"]).await;
    nobody.ends_with(2).has("DATABASE_URL is not set").has("Or ask a server");
    person.says(&["drift", "--repair"]).await.ends_with(2).has("set DATABASE_URL");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_without_the_password() {
    let place = format!("127.0.0.1:{}", free_port());
    let url = format!("postgres://shop:hidden@{place}/shop");
    let settings = [("DATABASE_URL", url.as_str())];
    let person = Person::new();
    let folder = person.file("claims");
    std::fs::create_dir(&folder).unwrap();
    person.writes("claims/shop.json", "{ \"match\": [] }");
    let folder = folder.to_str().unwrap();
    for arguments in
        [&["unmet"][..], &["plan", "-f", folder], &["export", "-f", folder], &["audit", "verify"]]
    {
        let said = person.runs(arguments, &settings, "").await;
        said.ends_with(2).has(&format!("Postgres at {place}: "));
        let said = person.runs(&[arguments, &["--json"]].concat(), &settings, "").await;
        let errors = json_of(&said.ends_with(2).errors);
        let detail = errors["errors"]["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("Postgres at {place}: ")), "{detail}");
        assert!(!detail.contains("hidden") && said.text.is_empty(), "{said:?}");
    }
    let doubled = [("DATABASE_URL", "postgres://shop:hid@den@127.0.0.1/shop")];
    let said = person.runs(&["unmet"], &doubled, "").await;
    said.ends_with(2).has("DATABASE_URL has more than one @ before its host").has("@ as %40");
    assert!(!said.errors.contains("den"), "{said:?}");
    let other = person.runs(&["unmet"], &[("DATABASE_URL", "mysql://x")], "").await;
    other.ends_with(2).has("DATABASE_URL must begin with postgres://");
}
