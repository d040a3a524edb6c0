//! What is left when it is over: nothing of ours, and everything of others.

use std::process::Output;

use integratedb::db::connection;
use integratedb::gate;
use serde_json::json;

use crate::support::{Client, Database, TestApp, column, eventually, refusal, run, unique};

/// All there is in a database: each object with what everybody may do with it, and each
/// dependency on a role of the server.
const EVERYTHING: &str = include_str!("uninstall.sql");

async fn everything(client: &Client) -> Vec<String> {
    column(client, EVERYTHING).await
}

pub async fn uninstall(database: &Database, options: &[&str]) -> (Option<i32>, String) {
    let settings = [("DATABASE_URL", database.control_url())];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let arguments = [&["uninstall"], options].concat();
    let Output { status, stdout, stderr } =
        crate::support::program::output(&arguments, &settings).await;
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

/// A database with an application's table, before there was any of us, and after: with a
/// stakeholder that claims, listens, and has a table of its own, behind the gate.
async fn installed() -> (TestApp, Database, Vec<String>, crate::support::Stakeholder) {
    let database = crate::process::prepared_database().await;
    let owner = database.owner().await;
    let superuser = database.superuser().await;
    run(&superuser, "create schema shop authorization app_owner").await;
    run(&owner, "create table shop.orders (id int primary key, note text, extra text)").await;
    let before = everything(&superuser).await;
    let mut app = TestApp::on(database.clone(), |_| {}).await;
    let user = json!({ "user": { "username": "root", "password": "correct horse" } });
    let answer = app.post("/users", &user).await.expect(201);
    app.token = answer.data()["token"].as_str().map(str::to_owned);
    gate::enable(&mut database.superuser().await).await.unwrap();
    let reader = app.stakeholder("reader").await;
    app.claim(&reader, &json!([{ "path": "shop.orders", "fields": ["id", "note"] }])).await;
    let credentials = format!("/stakeholders/{}/credentials", reader.id);
    app.post(&credentials, &json!({ "credential": { "name": "blue" } })).await.expect(201);
    let mut heard = json!({ "path": "shop.orders", "fields": ["id"] });
    heard["events"] = json!(["INSERT"]);
    heard["channels"] = json!(["*"]);
    let document = json!({ "match": [heard], "channels": [{ "type": "SOCKET" }] });
    app.put_notifications(&reader, &document).await.expect(200);
    let slots = "select count(*) from pg_replication_slots where database = current_database()";
    eventually("for the replication slot", async || column(&superuser, slots).await == ["1"]).await;
    (app, database, before, reader)
}

#[tokio::test]
async fn nothing_is_left_behind_and_nobody_elses_is_touched() {
    let (app, database, before, reader) = installed().await;
    let superuser = database.superuser().await;
    let with_us = everything(&superuser).await;

    let (status, text) = uninstall(&database, &["--drop-stakeholders"]).await;
    assert_eq!(status, Some(0), "{text}");
    for part in [
        "the replication slot integratedb_",
        "the publication integratedb_inserts",
        "the event trigger integratedb_gate_ddl",
        "the function public.integratedb_sync()",
        &format!("stakeholder {}", reader.name),
        "2 columns granted go",
        "Nothing was done.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(everything(&superuser).await, with_us);

    let (status, text) = uninstall(&database, &["--drop-stakeholders", "--yes"]).await;
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("A server of IntegrateDB is connected."), "{text}");
    assert_eq!(text.matches("connected: integratedb, ").count(), 1, "{text}");
    assert_eq!(everything(&superuser).await, with_us);

    app.stop().await;
    let (status, text) = uninstall(&database, &["--drop-stakeholders", "--yes", "--force"]).await;
    assert_eq!(status, Some(0), "{text}");
    assert_eq!(everything(&superuser).await, before);
    let roles = format!("select rolname from pg_roles where rolname like '{}%'", reader.name);
    assert!(column(&superuser, &roles).await.is_empty());
    run(&database.owner().await, "alter table shop.orders drop column note").await;

    let (status, text) = uninstall(&database, &["--yes"]).await;
    assert_eq!(
        (status, text.contains("There is nothing of IntegrateDB")),
        (Some(0), true),
        "{text}"
    );
    let again = TestApp::on(database.clone(), |_| {}).await;
    again.get("/users").await.expect(401);
}

#[tokio::test]
async fn by_default_everybody_may_read_on() {
    let (app, database, _, reader) = installed().await;
    let client = app.connect_as(&reader).await;
    app.stop().await;
    let (status, text) = uninstall(&database, &["--yes", "--force"]).await;
    assert_eq!(status, Some(0), "{text}");
    run(&client, "select id, note from shop.orders").await;
    run(&client, &format!("create table {}.own (id int)", reader.name)).await;
    run(&database.owner().await, "alter table shop.orders drop column note").await;
    let insert = "insert into shop.orders (id) values (1); update shop.orders set id = 2; delete from shop.orders";
    run(&database.owner().await, insert).await;
}

#[tokio::test]
async fn grants_are_taken_back_and_what_stakeholders_made_is_kept_if_that_is_wished() {
    let (app, database, _, reader) = installed().await;
    let client = app.connect_as(&reader).await;
    run(&client, &format!("create table {}.own (id int)", reader.name)).await;
    app.stop().await;
    let (status, text) = uninstall(&database, &["--yes", "--force", "--revoke-grants"]).await;
    assert_eq!(status, Some(0), "{text}");
    let refused = refusal(&client, "select id from shop.orders").await;
    assert_eq!(refused.code().code(), "42501");
    run(&client, &format!("select from {}.own", reader.name)).await;

    let (app, database, _, reader) = installed().await;
    let client = app.connect_as(&reader).await;
    run(&client, &format!("create table {}.own (id int)", reader.name)).await;
    app.stop().await;
    let (status, text) = uninstall(&database, &["--yes", "--force", "--drop-stakeholders"]).await;
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains(&format!("table {}.own", reader.name)), "{text}");
    let owner = format!("select tableowner from pg_tables where schemaname = '{}'", reader.name);
    let owner = column(&database.superuser().await, &owner).await.remove(0);
    assert!(owner.starts_with("integratedb_removed_"), "{owner}");
    assert!(text.contains(&format!("table {}.own ({owner})", reader.name)), "{text}");
}

#[tokio::test]
async fn what_others_made_on_top_of_it_is_theirs_to_drop_first() {
    let (app, database, _, _) = installed().await;
    let superuser = database.superuser().await;
    let view = unique("view");
    run(&superuser, &format!("create view shop.{view} as select * from integratedb.claims")).await;
    app.stop().await;
    let (status, text) = uninstall(&database, &["--yes", "--force"]).await;
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains(&format!("view shop.{view}")), "{text}");
    run(&superuser, &format!("select from shop.{view}")).await;
}

#[tokio::test]
async fn stakeholders_may_log_in_after_an_uninstallation_that_failed() {
    let (app, database, _, reader) = installed().await;
    let _session = app.connect_as(&reader).await;
    let url = database.url(&reader.name, Some(&reader.password));
    app.stop().await;
    let superuser = database.superuser().await;
    let end = "execute on function pg_terminate_backend(integer, bigint)";
    let sessions = "select count(*) from pg_stat_activity
                    where datname = current_database() and application_name like 'integratedb%'
                      and usename = 'integratedb_control'";
    eventually("for the server to be gone", async || column(&superuser, sessions).await == ["0"])
        .await;
    run(&superuser, &format!("revoke {end} from public")).await;
    let (status, text) = uninstall(&database, &["--yes", "--drop-stakeholders"]).await;
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("pg_terminate_backend"), "the reason of it all: {text}");
    connection::connect(&url).await.unwrap();
    run(&superuser, &format!("grant {end} to public")).await;
    let (status, text) = uninstall(&database, &["--yes", "--drop-stakeholders"]).await;
    assert_eq!(status, Some(0), "{text}");
}
