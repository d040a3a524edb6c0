//! Snapshots: what they carry, what they don't, and that loading one gives it back.

use integratedb::check::Private;
use integratedb::snapshot::{Snapshot, capture};
use serde_json::json;

use crate::support::program::output;
use crate::support::{Client, TestApp, column, run, unique};

/// A database with one of everything that a snapshot carries.
const EVERYTHING: &str = include_str!("everything.sql");

async fn private(snapshot: &Snapshot) -> Private {
    let bin_dir = integratedb::config::postgres_bin_dir();
    Private::start(bin_dir, snapshot).await.expect("a private Postgres")
}

/// Claims on what [`EVERYTHING`] makes, by stakeholders one of whom is called `app`.
fn only_claims() -> Snapshot {
    serde_json::from_value(json!({
        "integratedb": 1, "postgres": 15, "objects": [], "left_out": [],
        "history": { "tables": [], "unreadable": [] },
        "stakeholders": [
            { "name": "app", "claims": { "match": [] } },
            { "name": "reporting", "claims": { "match": [
                { "path": "sales.orders", "fields": ["*"] },
                { "path": "sales.totals" },
            ] } },
        ]
    }))
    .unwrap()
}

async fn make_everything(client: &Client) {
    let version = "select current_setting('server_version_num')::int / 10000";
    let version: i32 = column(client, version).await[0].parse().unwrap();
    let extensions = column(client, "select name from pg_available_extensions").await;
    for statement in EVERYTHING.split("\n\n") {
        let word = |start: &str| statement.strip_prefix(start)?.split_whitespace().next();
        let is_of_age = word("-- from ").is_none_or(|from| version >= from.parse().unwrap());
        let is_there = word("-- with ").is_none_or(|with| extensions.iter().any(|e| e == with));
        if is_of_age && is_there {
            run(client, statement).await;
        }
    }
}

async fn text_of(private: &Private) -> String {
    let mut control = private.control().await.unwrap();
    capture(&mut control, &[]).await.unwrap().to_text().unwrap()
}

#[tokio::test]
async fn a_snapshot_that_is_loaded_is_the_same_snapshot() {
    let original = private(&only_claims()).await;
    original.furnish(&only_claims(), true).await.unwrap();
    make_everything(&original.superuser().await.unwrap()).await;
    let first = text_of(&original).await;
    original.stop().await.unwrap();

    let snapshot = Snapshot::parse(&first).unwrap();
    assert_eq!(snapshot.to_text().unwrap(), first);
    assert!(snapshot.left_out.is_empty(), "{:?}", snapshot.left_out);
    let copy = private(&snapshot).await;
    assert_eq!(copy.furnish(&snapshot, false).await.unwrap(), []);
    let second = text_of(&copy).await;
    for (number, (one, other)) in first.lines().zip(second.lines()).enumerate() {
        assert_eq!(one, other, "line {}", number + 1);
    }
    assert_eq!(first, second);

    let owner = integratedb::db::connection::connect_as_is(&copy.owner_url()).await.unwrap();
    let next = "insert into public.knex_migrations (name) values ('three') returning id";
    assert_eq!(column(&owner, next).await, ["3"]);
    copy.stop().await.unwrap();
}

#[tokio::test]
async fn a_snapshot_holds_no_data_and_no_secret() {
    let app = TestApp::start().await;
    let (owner, superuser) = (app.database.owner().await, app.database.superuser().await);
    run(&owner, "create table orders (id int primary key, name text); analyze orders").await;
    run(&owner, "insert into orders values (1, 'MARKER'); analyze orders").await;
    run(&owner, "create table migrations (id int, name text, timestamp int, extra text)").await;
    run(&owner, "insert into migrations values (1, 'MARKER', 1, 'MARKER')").await;
    run(&owner, "comment on table orders is 'MARKER'").await;
    run(&owner, "create sequence counter start 1; select setval('counter', 424242)").await;
    let (wrapper, server) = (unique("wrapper"), unique("server"));
    run(
        &superuser,
        &format!(
            "create foreign data wrapper {wrapper} options (host 'MARKER');
             create server {server} foreign data wrapper {wrapper} options (host 'MARKER');
             create user mapping for app_owner server {server} options (password 'MARKER');
             create foreign table remote (id int) server {server} options (path 'MARKER')"
        ),
    )
    .await;
    let reporting = app.stakeholder("reporting").await;
    app.claim(&reporting, &json!([{ "path": "public.orders" }])).await;

    let snapshot = app.get("/snapshot").await.expect(200).data().clone();
    let text = snapshot.to_string();
    let verifier =
        format!("select rolpassword from pg_authid where rolname = '{}'", reporting.name);
    let verifier = column(&superuser, &verifier).await.remove(0);
    for secret in ["MARKER", "424242", "SCRAM", &reporting.password, &verifier] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let path = "/stakeholders/0/claims/match/0/path";
    assert_eq!(snapshot.pointer(path).unwrap(), "public.orders");
}

#[tokio::test]
async fn what_a_snapshot_leaves_out_it_names() {
    let app = TestApp::start().await;
    let operator = "create operator === (leftarg = int, rightarg = int, function = int4eq)";
    run(&app.database.owner().await, operator).await;
    let answer = app.get("/snapshot").await.expect(200);
    assert_eq!(answer.data()["left_out"], json!(["operator public.===(integer,integer)"]));
}

#[tokio::test]
async fn a_snapshot_is_for_users_and_the_program_prints_the_same() {
    let mut app = TestApp::start().await;
    run(&app.database.owner().await, "create table orders (id int, name text)").await;
    let answered = app.get("/snapshot").await.expect(200).data().clone();

    let url = app.database.control_url();
    let printed = output(&["snapshot"], &[("DATABASE_URL", &url)]).await;
    assert_eq!(printed.status.code(), Some(0), "{}", printed.stderr.escape_ascii());
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.starts_with("{\n  \"integratedb\": 1,\n") && printed.ends_with("}\n"));
    let answered = serde_json::to_string_pretty(&answered).unwrap() + "\n";
    assert_eq!(printed, answered);
    let enveloped = format!("{{\"data\": {answered}}}");
    assert_eq!(Snapshot::parse(&enveloped).unwrap().to_text().unwrap(), printed);

    app.token = None;
    app.get("/snapshot").await.expect(401);
}

#[tokio::test]
async fn what_migration_tools_remember_goes_along_where_it_may_be_read() {
    let app = TestApp::start().await;
    let (owner, superuser) = (app.database.owner().await, app.database.superuser().await);
    run(&owner, "create table alembic_version (version_num text)").await;
    run(&owner, "insert into alembic_version values ('abc')").await;
    run(&owner, "create table steps (no int); insert into steps values (10), (9)").await;
    run(&superuser, "create table django_migrations (id int, app text, name text, applied text)")
        .await;
    let url = app.database.control_url();
    let take = async |arguments: &[&str]| {
        let arguments = [&["snapshot"], arguments].concat();
        let printed = output(&arguments, &[("DATABASE_URL", &url)]).await;
        let said = String::from_utf8(printed.stderr).unwrap();
        let snapshot = Snapshot::parse(&String::from_utf8(printed.stdout).unwrap());
        (printed.status.code(), snapshot.map(|snapshot| snapshot.history), said)
    };

    let (status, history, said) = take(&["--history", "public.steps"]).await;
    assert_eq!(status, Some(0), "{said}");
    let tables = json!([
        { "name": "public.alembic_version", "rows": [{ "version_num": "abc" }] },
        { "name": "public.steps", "rows": [{ "no": 9 }, { "no": 10 }] },
    ]);
    let history = history.unwrap();
    assert_eq!(serde_json::to_value(&history.tables).unwrap(), tables);
    let remedy = &history.unreadable[0].remedy;
    assert_eq!(history.unreadable[0].name, "public.django_migrations");
    assert!(said.contains(remedy), "{said}");
    run(&superuser, remedy).await;
    let (_, history, said) = take(&[]).await;
    assert_eq!((history.unwrap().unreadable, said.as_str()), (Vec::new(), ""));

    let (status, _, said) = take(&["--history", "public.nothing"]).await;
    assert!(status == Some(2) && said.contains("no table public.nothing"), "{said}");
    run(&superuser, "drop schema integratedb cascade").await;
    let (status, _, said) = take(&[]).await;
    assert!(status == Some(2) && said.contains("`integratedb migrate` does it"), "{said}");
}

#[tokio::test]
async fn what_cannot_be_made_is_named_with_the_reason() {
    let mut snapshot = only_claims();
    let object = |kind: &str, name: &str, sql: &str| {
        serde_json::from_value(json!({ "kind": kind, "name": name, "sql": [sql] })).unwrap()
    };
    snapshot.objects = vec![
        object("extension", "nowhere", "create extension nowhere"),
        object(
            "collation",
            "pg_catalog.\"xx_YY\"",
            "create collation pg_catalog.\"xx_YY\" (locale = 'xx_YY')",
        ),
        object("view", "public.b", "create view public.b as select * from public.a"),
        object("view", "public.a", "create view public.a as select 'x' collate \"xx_YY\" as x"),
    ];
    let private = private(&snapshot).await;
    let unloaded = private.furnish(&snapshot, false).await.unwrap();
    let [extension] = unloaded.as_slice() else { panic!("{unloaded:?}") };
    assert_eq!((extension.kind.as_str(), extension.name.as_str()), ("extension", "nowhere"));
    assert!(extension.reason.contains("nowhere"), "{extension:?}");
    private.stop().await.unwrap();
}

#[test]
fn a_text_that_is_no_snapshot_is_refused_with_the_reason() {
    let refusal = |text: &str| Snapshot::parse(text).unwrap_err().to_string();
    assert!(refusal("nonsense").starts_with("it is no snapshot"));
    assert!(refusal("[]").starts_with("it is no snapshot"));
    assert!(refusal("{\"integratedb\": 99}").contains("format 99"));
}
