//! Stakeholders: what their credentials open, and what their names are.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{Client, Stakeholder, TestApp, column, may_not, refusal, run, unique};

pub fn named(name: &str) -> Value {
    json!({ "stakeholder": { "name": name } })
}

pub fn path(stakeholder: &Stakeholder) -> String {
    format!("/stakeholders/{}", stakeholder.id)
}

pub async fn count(client: &Client, catalog: &str, column_name: &str, name: &str) -> String {
    let sql = format!("select count(*) from {catalog} where {column_name} = '{name}'");
    column(client, &sql).await.remove(0)
}

/// How many roles, schemas and entries in the registry bear this name.
pub async fn traces(app: &TestApp, name: &str) -> [String; 3] {
    let client = app.database.superuser().await;
    [
        count(&client, "pg_roles", "rolname", name).await,
        count(&client, "pg_namespace", "nspname", name).await,
        count(&client, "integratedb.stakeholders", "name", name).await,
    ]
}

/// Two stakeholders; the second claims a table of the first.
pub async fn shop_and_reader(app: &TestApp) -> (Stakeholder, Stakeholder) {
    let (shop, reader) = (app.stakeholder("shop").await, app.stakeholder("reader").await);
    let client = app.connect_as(&shop).await;
    let name = &shop.name;
    run(
        &client,
        &format!("create table {name}.orders (id int); insert into {name}.orders values (1)"),
    )
    .await;
    let path = format!("{name}.orders");
    app.claim(&reader, &json!([{ "path": path, "fields": ["id"] }])).await;
    let read = format!("select id from {path}");
    assert_eq!(column(&app.connect_as(&reader).await, &read).await, ["1"]);
    (shop, reader)
}

#[tokio::test]
async fn a_stakeholder_works_in_its_own_schema_and_nowhere_else() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, "create table secrets (id int)").await;
    let other = app.stakeholder("other").await;
    let theirs = app.connect_as(&other).await;
    run(&theirs, &format!("create table {}.things (id int)", other.name)).await;

    let shop = app.stakeholder("shop").await;
    let client = app.connect_as(&shop).await;
    let name = &shop.name;
    run(&client, &format!("create table {name}.orders (id int primary key)")).await;
    run(&client, &format!("insert into {name}.orders values (1), (2)")).await;
    run(&client, &format!("update {name}.orders set id = 3 where id = 2")).await;
    run(&client, &format!("create view {name}.latest as select max(id) from {name}.orders")).await;
    assert_eq!(column(&client, &format!("select * from {name}.latest")).await, ["3"]);
    run(&client, &format!("drop table {name}.orders cascade")).await;

    for sql in [
        "select * from secrets".to_owned(),
        "create table public.mine (id int)".to_owned(),
        format!("create schema {}", unique("mine")),
        format!("create role {}", unique("mine")),
        format!("select * from {}.things", other.name),
        format!("create table {}.mine (id int)", other.name),
        "select * from integratedb.users".to_owned(),
        "select * from integratedb.stakeholders".to_owned(),
        format!("drop schema {name}"),
        format!("drop schema {name} cascade"),
        format!("alter schema {name} rename to {}", unique("mine")),
        format!("set role {}", other.name),
    ] {
        may_not(&client, &sql).await;
    }
}

#[tokio::test]
async fn a_stakeholder_is_made_shown_and_listed() {
    let app = TestApp::start().await;
    let name = unique("shop");
    let made = app.post("/stakeholders", &named(&name)).await.expect(201);
    let id = &made.data()["id"];
    assert_eq!(made.header("location"), format!("/api/v1/stakeholders/{id}"));
    assert_eq!(made.data()["credentials"]["username"], name);

    let expected = json!({ "id": id, "name": name });
    assert_eq!(app.get(&format!("/stakeholders/{id}")).await.expect(200).data(), &expected);
    assert_eq!(app.get("/stakeholders").await.expect(200).data(), &json!([expected]));
}

#[tokio::test]
async fn a_name_is_trimmed_and_lower_cased() {
    let app = TestApp::start().await;
    let name = unique("shop");
    let body = named(&format!("  {} ", name.to_uppercase()));
    let made = app.post("/stakeholders", &body).await.expect(201);
    assert_eq!(made.data()["name"], name);
    assert_eq!(traces(&app, &name).await, ["1", "1", "1"]);
}

const FORMAT: &str =
    "has invalid format: a letter or _, and then up to 31 letters (a-z), digits or _";

#[tokio::test]
async fn a_name_that_cannot_be_taken_is_refused() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    for (name, message) in [
        ("", "can't be blank"),
        (" ", "can't be blank"),
        ("1shop", FORMAT),
        ("a-b", FORMAT),
        ("a\"; drop schema public; --", FORMAT),
        ("a\nb", FORMAT),
        ("é", FORMAT),
        ("public", "is reserved"),
        ("PUBLIC", "is reserved"),
        ("pg_shop", "is reserved"),
        ("information_schema", "is reserved"),
        ("integratedb", "is reserved"),
        ("integratedb_control", "is reserved"),
        ("abcdefghijklmnopqrstuvwxyz0123456", FORMAT),
        (shop.name.as_str(), "has already been taken"),
    ] {
        let expected = json!({ "name": [message] });
        let answer = app.post("/stakeholders", &named(name)).await.expect(422);
        assert_eq!(answer.errors(), &expected, "{name}");
        if name != shop.name {
            let answer = app.put(&path(&shop), &named(name)).await.expect(422);
            assert_eq!(answer.errors(), &expected, "{name}");
        }
    }
    for body in [json!({}), json!({ "stakeholder": {} }), json!({ "stakeholder": null })] {
        let answer = app.post("/stakeholders", &body).await.expect(422);
        assert_eq!(answer.errors(), &json!({ "name": ["can't be blank"] }), "{body}");
    }
    assert_eq!(app.get("/stakeholders").await.data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_role_or_schema_that_is_there_already_is_not_handed_over() {
    let app = TestApp::start().await;
    let superuser = app.database.superuser().await;
    let (role, schema, shop) = (unique("role"), unique("schema"), app.stakeholder("shop").await);
    run(&superuser, &format!("create role {role}; create schema {schema}")).await;

    for (name, is_role, is_schema) in [(&role, "1", "0"), (&schema, "0", "1")] {
        let answer = app.post("/stakeholders", &named(name)).await.expect(422);
        assert!(answer.errors()["name"].is_array(), "{}", answer.body);
        let answer = app.put(&path(&shop), &named(name)).await.expect(422);
        assert!(answer.errors()["name"].is_array(), "{}", answer.body);
        assert_eq!(traces(&app, name).await, [is_role, is_schema, "0"]);
    }
    assert_eq!(traces(&app, &shop.name).await, ["1", "1", "1"]);
    app.connect_as(&shop).await;
    run(&superuser, &format!("drop role {role}")).await;
}

#[tokio::test]
async fn of_twenty_simultaneous_stakeholders_of_one_name_exactly_one_is_made() {
    let app = TestApp::start().await;
    let name = unique("shop");
    let requests = (0..20).map(|_| async { app.post("/stakeholders", &named(&name)).await });
    let answers = join_all(requests).await;
    let refused = json!({ "name": ["has already been taken"] });
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((answer.status, answer.errors()), (422, &refused));
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(traces(&app, &name).await, ["1", "1", "1"]);
}

#[tokio::test]
async fn two_databases_of_one_server_do_not_share_a_stakeholder() {
    let apps = [TestApp::start().await, TestApp::start().await];
    for _ in 0..10 {
        let name = unique("shop");
        let body = named(&name);
        let (one, two) = tokio::join!(
            apps[0].post("/stakeholders", &body),
            apps[1].post("/stakeholders", &body)
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422], "{} {}", one.body, two.body);
        let (winner, loser) = if one.status == 201 { (0, 1) } else { (1, 0) };
        assert_eq!(traces(&apps[winner], &name).await, ["1", "1", "1"]);
        assert_eq!(traces(&apps[loser], &name).await, ["1", "0", "0"]);
    }
}

#[tokio::test]
async fn a_renamed_stakeholder_keeps_its_password_and_its_objects() {
    let app = TestApp::start().await;
    let mut shop = app.stakeholder("shop").await;
    let client = app.connect_as(&shop).await;
    run(&client, &format!("create table {0}.orders (id int)", shop.name)).await;
    let before = shop.name.clone();
    shop.name = unique("store");

    let answer = app.put(&path(&shop), &named(&shop.name)).await.expect(200);
    assert_eq!(answer.data(), &json!({ "id": shop.id, "name": shop.name }));
    assert_eq!(traces(&app, &before).await, ["0", "0", "0"]);
    assert_eq!(traces(&app, &shop.name).await, ["1", "1", "1"]);
    let client = app.connect_as(&shop).await;
    run(&client, &format!("insert into {}.orders values (1)", shop.name)).await;
    run(&client, &format!("create table {}.more (id int)", shop.name)).await;
    app.put(&path(&shop), &named(&shop.name)).await.expect(200);
}

#[tokio::test]
async fn a_stakeholder_with_claims_keeps_them_under_another_name() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, "create table orders (id int, secret text); insert into orders values (7, 'x')")
        .await;
    let mut shop = app.stakeholder("shop").await;
    app.claim(&shop, &json!([{ "path": "public.orders", "fields": ["id"] }])).await;
    shop.name = unique("store");
    app.put(&path(&shop), &named(&shop.name)).await.expect(200);
    let client = app.connect_as(&shop).await;
    assert_eq!(column(&client, "select id from orders").await, ["7"]);
    app.claim(&shop, &json!([])).await;
    may_not(&client, "select id from orders").await;
}

#[tokio::test]
async fn a_stakeholder_whose_tables_others_claim_keeps_its_name() {
    let app = TestApp::start().await;
    let (shop, reader) = shop_and_reader(&app).await;
    let other = unique("store");
    let answer = app.put(&path(&shop), &named(&other)).await.expect(409);
    let detail = answer.errors()["detail"].as_str().expect("a sentence");
    assert!(detail.contains(&reader.name) && detail.contains(&shop.name), "{detail}");
    assert_eq!(traces(&app, &shop.name).await, ["1", "1", "1"]);
    assert_eq!(traces(&app, &other).await, ["0", "0", "0"]);
    app.connect_as(&shop).await;

    app.claim(&reader, &json!([])).await;
    app.put(&path(&shop), &named(&other)).await.expect(200);
}

#[tokio::test]
async fn neither_password_nor_verifier_is_in_the_registry() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let client = app.database.superuser().await;
    let sql = format!("select rolpassword from pg_authid where rolname = '{}'", shop.name);
    let verifier = column(&client, &sql).await.remove(0);
    assert!(verifier.starts_with("SCRAM-SHA-256$"), "{verifier}");

    let tables = "select format('%I.%I', schemaname, tablename)
                  from pg_tables where schemaname = 'integratedb'";
    for table in column(&client, tables).await {
        for row in column(&client, &format!("select t::text from {table} t")).await {
            assert!(!row.contains(&shop.password), "{table}");
            assert!(!row.contains(&verifier) && !row.contains("SCRAM"), "{table}");
        }
    }
    let url = app.database.url(&shop.name, Some("not the password"));
    assert!(integratedb::db::connection::connect_as_is(&url).await.is_err());
    let secret = refusal(&app.connect_as(&shop).await, "select rolpassword from pg_authid").await;
    assert_eq!(secret.code().code(), "42501");
}
