//! The end of a stakeholder: what goes, and what is left.

use std::time::Duration;

use integratedb::db::connection;
use serde_json::{Value, json};

use crate::process::stakeholder;
use crate::support::program::Serve;
use crate::support::{Database, TestApp, column, run, until_waiting};

use super::stakeholders::{named, path, shop_and_reader, traces};

#[tokio::test]
async fn nothing_is_left_of_a_deleted_stakeholder() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, "create table orders (id int)").await;
    let shop = app.stakeholder("shop").await;
    app.claim(&shop, &json!([{ "path": "public.orders", "fields": ["*"] }])).await;
    let answer = app.delete(&path(&shop)).await.expect(204);
    assert_eq!(answer.body, Value::Null);
    assert_eq!(traces(&app, &shop.name).await, ["0", "0", "0"]);
    app.get(&path(&shop)).await.expect(404);
    app.get(&format!("{}/claims", path(&shop))).await.expect(404);
    app.delete(&path(&shop)).await.expect(404);
    app.post("/stakeholders", &named(&shop.name)).await.expect(201);
}

#[tokio::test]
async fn deleting_a_stakeholder_ends_its_sessions() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (idle, busy) = (app.connect_as(&shop).await, app.connect_as(&shop).await);
    run(&busy, &format!("begin; create table {}.orders (id int)", shop.name)).await;
    app.delete(&path(&shop)).await.expect(204);
    assert!(idle.simple_query("select 1").await.is_err());
    assert!(busy.simple_query("commit").await.is_err());
    assert_eq!(traces(&app, &shop.name).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn what_a_deleted_stakeholder_made_is_kept_unless_asked() {
    let app = TestApp::start().await;
    let (shop, reader) = shop_and_reader(&app).await;
    let answer = app.delete(&path(&shop)).await.expect(200);
    let kept = &answer.data()["kept"];
    assert_eq!(kept["schema"], shop.name);
    assert!(kept["owner"].as_str().unwrap().starts_with("integratedb_removed_"), "{kept}");
    assert_eq!(kept["objects"], json!([format!("table {}.orders", shop.name)]));
    assert_eq!(traces(&app, &shop.name).await, ["0", "1", "0"]);
    let sql = format!("select id from {}.orders", shop.name);
    assert_eq!(column(&app.database.control().await, &sql).await, ["1"]);
    assert_eq!(column(&app.connect_as(&reader).await, &sql).await, ["1"]);
}

#[tokio::test]
async fn what_a_deleted_stakeholder_made_is_dropped_where_that_is_asked() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let client = app.connect_as(&shop).await;
    run(&client, &format!("create table {}.orders (id int)", shop.name)).await;
    app.delete(&format!("{}?objects=drop", path(&shop))).await.expect(204);
    assert_eq!(traces(&app, &shop.name).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn what_a_deleted_stakeholder_made_goes_to_its_heir() {
    let app = TestApp::start().await;
    let (shop, reader) = shop_and_reader(&app).await;
    let heir = app.stakeholder("heir").await;
    let deletion = format!("{}?reassign_to={}", path(&shop), heir.name);
    let answer = app.delete(&deletion).await.expect(200);
    assert_eq!(answer.data()["kept"]["owner"], heir.name);
    assert_eq!(traces(&app, &shop.name).await, ["0", "1", "0"]);

    let client = app.connect_as(&heir).await;
    let table = format!("{}.orders", shop.name);
    run(&client, &format!("insert into {table} values (2)")).await;
    run(&client, &format!("alter table {table} add column extra int")).await;
    let read = format!("select id from {table} order by id");
    assert_eq!(column(&client, &read).await, ["1", "2"]);
    assert_eq!(column(&app.connect_as(&reader).await, &read).await, ["1", "2"]);
}

#[tokio::test]
async fn only_another_stakeholder_can_be_the_heir() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    for heir in [shop.name.as_str(), "nobody", "", "app_owner", "%00", "a%22b"] {
        let answer = app.delete(&format!("{}?reassign_to={heir}", path(&shop))).await.expect(422);
        let expected = json!({ "reassign_to": ["must be the name of another stakeholder"] });
        assert_eq!(answer.errors(), &expected, "{heir}");
    }
    let answer = app.delete(&format!("{}?objects=burn", path(&shop))).await.expect(422);
    assert_eq!(answer.errors(), &json!({ "objects": ["must be keep or drop"] }));
    let both = format!("{}?objects=drop&reassign_to={}", path(&shop), shop.name);
    app.delete(&both).await.expect(422);
    app.connect_as(&shop).await;
}

#[tokio::test]
async fn a_refused_deletion_leaves_the_stakeholder_as_it_was() {
    let app = TestApp::start().await;
    let (shop, reader) = shop_and_reader(&app).await;
    let deletion = format!("{}?objects=drop", path(&shop));
    let answer = app.delete(&deletion).await.expect(409);
    let detail = answer.errors()["detail"].as_str().expect("a sentence");
    assert!(detail.contains(&reader.name), "{detail}");

    let client = app.connect_as(&shop).await;
    run(&client, &format!("insert into {}.orders values (2)", shop.name)).await;
    assert_eq!(traces(&app, &shop.name).await, ["1", "1", "1"]);
    let read = format!("select count(*) from {}.orders", shop.name);
    assert_eq!(column(&app.database.superuser().await, &read).await, ["2"]);

    app.claim(&reader, &json!([])).await;
    app.delete(&deletion).await.expect(204);
}

#[tokio::test]
async fn a_deletion_that_waits_too_long_is_told_to_come_back() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let client = app.connect_as(&shop).await;
    run(&client, &format!("create table {}.orders (id int)", shop.name)).await;
    let reader = app.database.superuser().await;
    run(&reader, &format!("begin; lock table {}.orders in access share mode", shop.name)).await;
    let deletion = format!("{}?objects=drop", path(&shop));
    let hasty = app.beside(|settings| settings.lock_timeout = Duration::from_millis(200)).await;
    let answer = hasty.delete(&deletion).await.expect(503);
    assert_eq!(answer.header("retry-after"), "1");
    app.connect_as(&shop).await;
    run(&reader, "commit").await;
    app.delete(&deletion).await.expect(204);
}

#[tokio::test]
async fn a_stakeholder_that_two_delete_at_once_is_deleted_once() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let superuser = app.database.superuser().await;
    let lock =
        format!("begin; select from integratedb.stakeholders where id = {} for update", shop.id);
    run(&superuser, &lock).await;
    let release = async {
        until_waiting(&app.database.superuser().await, 2).await;
        run(&superuser, "commit").await;
    };
    let address = path(&shop);
    let (one, two, ()) = tokio::join!(app.delete(&address), app.delete(&address), release);
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 404], "{} {}", one.body, two.body);
    assert_eq!(traces(&app, &shop.name).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_start_finishes_an_interrupted_deletion_or_takes_it_back() {
    let database = Database::create().await;
    let (superuser, url) = (database.superuser().await, database.control_url());
    let serve = Serve::start(&url, &[]).await;
    let token = &serve.first_user().await;
    let (_, _, gone) = stakeholder(&serve, &database, token).await;
    let (_, claimed_url, claimed) = stakeholder(&serve, &database, token).await;
    let (reader, _, _) = stakeholder(&serve, &database, token).await;
    let client = connection::connect_as_is(&claimed_url).await.unwrap();
    run(&client, &format!("create table {claimed}.orders (id int)")).await;
    let matches = json!([{ "path": format!("{claimed}.orders"), "fields": ["id"] }]);
    let document = json!({ "data": { "match": matches } });
    serve
        .send("PUT", &format!("/stakeholders/{reader}/claims"), token, &document)
        .await
        .expect(200);
    let (_, lent_url, lent) = stakeholder(&serve, &database, token).await;
    let lender = connection::connect_as_is(&lent_url).await.unwrap();
    run(
        &lender,
        &format!("create function {lent}.f() returns int language sql security definer return 1"),
    )
    .await;
    drop((serve, client, lender));

    // The last is refused before anything of it is done.
    let to_an_heir = format!("{{\"reassign_to\": \"{claimed}\"}}");
    let deletions = [(&gone, "\"keep\""), (&claimed, "\"drop\""), (&lent, to_an_heir.as_str())];
    for (name, deletion) in deletions {
        run(
            &superuser,
            &format!(
                "alter role {name} nologin;
                 update integratedb.stakeholders set deletion = '{deletion}' where name = '{name}'"
            ),
        )
        .await;
    }
    let _serve = Serve::start(&url, &[]).await;
    let roles =
        format!("select rolname from pg_roles where rolname in ('{gone}', '{claimed}', '{lent}')");
    assert_eq!(column(&superuser, &roles).await.len(), 2);
    let deletions = "select name from integratedb.stakeholders where deletion is not null";
    assert!(column(&superuser, deletions).await.is_empty());
    connection::connect_as_is(&claimed_url).await.unwrap();
    connection::connect_as_is(&lent_url).await.unwrap();
}
