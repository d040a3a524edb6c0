//! A database of an earlier version, brought up to date with all that is in it.

use integratedb::db::{self, connection};
use serde_json::json;

use crate::audience::{Audience, listen};
use crate::process::prepared_database;
use crate::scene::{Refused, migration, readable};
use crate::support::{
    Client, Collector, Database, Stakeholder, TestApp, cluster, column, run, unique,
    until_control_is_gone,
};
use crate::uninstall::uninstall;

/// What migrations 4 and later made, and nothing older.
const TAKEN_BACK: &str = "
    drop publication integratedb;
    drop publication integratedb_inserts;
    do $$
    declare
      newer record;
    begin
      for newer in
        select c.relname as name from pg_class c
        where c.relnamespace = 'integratedb'::regnamespace and c.relkind = 'v'
      loop
        execute format('drop view if exists integratedb.%I cascade', newer.name);
      end loop;
      for newer in
        select c.relname as name from pg_class c
        where c.relnamespace = 'integratedb'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and c.relname not in (
            'claimed_columns', 'claimed_tables', 'claims', 'fence', 'gate_commands', 'gate_marks',
            'granted_columns', 'granted_schemas', 'journal', 'migrations', 'specs', 'stakeholders', 'users',
            'watched_tables'
          )
      loop
        execute format('drop table if exists integratedb.%I cascade', newer.name);
      end loop;
    end
    $$;
    alter table integratedb.specs drop column kind;
    alter table integratedb.specs add constraint specs_pkey primary key (stakeholder_id);
    alter table integratedb.claims drop column kind, drop column listens, drop column needs_identity,
      drop column old_columns, drop column unmet_since,
      add constraint claims_stakeholder_id_match_no_key unique (stakeholder_id, match_no);
    alter table integratedb.watched_tables drop column is_heard;
    alter table integratedb.users drop column role;
    delete from integratedb.migrations where version > 3";

/// The registry's tables, with their columns and constraints.
async fn registry(client: &Client) -> Vec<String> {
    let sql = "select format('%s.%s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull)
               from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
               where c.relnamespace = 'integratedb'::regnamespace and c.relkind in ('r', 'p')
               union all
               select format('%s %s', conname, pg_get_constraintdef(oid))
               from pg_constraint where connamespace = 'integratedb'::regnamespace and contype <> 't'
               order by 1";
    column(client, sql).await
}

/// The registry as migrations 1 to 3 make it.
async fn original_registry() -> Vec<String> {
    let name = unique("original");
    let server = connection::connect_as_is(&cluster().superuser_url("postgres")).await.unwrap();
    run(&server, &format!("create database {name}")).await;
    let client = connection::connect_as_is(&cluster().superuser_url(&name)).await.unwrap();
    run(
        &client,
        "create schema integratedb;
         create table integratedb.migrations (
           version integer constraint migrations_pkey primary key,
           name text not null,
           checksum bytea not null,
           applied_at timestamptz not null default now()
         );
         set check_function_bodies = off",
    )
    .await;
    for text in [
        include_str!("../../migrations/0001_registry.sql"),
        include_str!("../../migrations/0002_gate.sql"),
        include_str!("../../migrations/0003_journal.sql"),
    ] {
        run(&client, text).await;
    }
    registry(&client).await
}

#[tokio::test]
async fn claims_from_before_there_were_notifications_go_on_working() {
    let a = Audience::after("create table t (id int primary key, word text, extra text)").await;
    a.claim(json!([{ "path": "public.t", "fields": ["id", "word"] }])).await;
    let claims = a.app.get(&format!("/stakeholders/{}/claims", a.reader.id)).await.expect(200);
    let Audience { app, owner, reader, .. } = a;
    let (database, token) = (app.database.clone(), app.token.clone());
    app.stop().await;
    until_control_is_gone(&database.superuser().await).await;
    run(&database.control().await, TAKEN_BACK).await;
    assert_eq!(registry(&database.superuser().await).await, original_registry().await);

    let mut app = TestApp::on(database, |_| {}).await;
    app.token = token;
    let a = Audience { app, owner, reader, heard: Collector::new().await };
    let applied = "select version::text from integratedb.migrations order by version";
    let applied = column(&a.app.database.superuser().await, applied).await;
    assert!(applied.len() > 4, "{applied:?}");
    let entered = a.app.get("/audit?action=registry.upgrade").await.expect(200);
    assert_eq!(entered.data()[0]["before"], json!({ "version": 3 }));
    let after = a.app.get(&format!("/stakeholders/{}/claims", a.reader.id)).await.expect(200);
    assert_eq!(after.data(), claims.data());
    let root = json!([{ "id": 1, "username": "root", "role": "admin" }]);
    assert_eq!(a.app.get("/users").await.expect(200).data(), &root);
    let client = a.app.connect_as(&a.reader).await;
    assert_eq!(readable(&client, "public.t").await, ["id", "word"]);
    Refused::of(&a.owner, &migration("alter table t drop column word")).await;
    a.run(&migration("alter table t add column more text")).await;
    a.claim(json!([{ "path": "public.t", "fields": ["*"] }])).await;
    assert_eq!(readable(&client, "public.t").await, ["id", "word", "extra", "more"]);
    a.listen(json!([listen("public.t", &json!(["*"]))])).await;
    a.run("insert into t values (1, 'told')").await;
    a.heard.until_told("told").await;
}

/// A database of the last release without roles, as upgrades/0006.sql has it.
async fn database_of_before() -> (Database, Stakeholder) {
    let database = prepared_database().await;
    let superuser = database.superuser().await;
    let (name, password) = ("reader_of_before".to_owned(), "a password of before".to_owned());
    let verifier = postgres_protocol::password::scram_sha_256(password.as_bytes());
    run(&superuser, &format!("create role {name} login password '{verifier}'")).await;
    run(&superuser, &format!("grant {name} to integratedb_control with admin option")).await;
    run(&superuser, include_str!("upgrades/0006.sql")).await;
    (database, Stakeholder { id: 1, name, password })
}

#[tokio::test]
async fn a_database_of_the_release_before_is_moved_forward_with_all_that_is_in_it() {
    let (database, reader) = database_of_before().await;
    let mut app = TestApp::on(database, |_| {}).await;
    let (upgraded, fresh) =
        (app.database.superuser().await, Database::create().await.superuser().await);
    assert_eq!(registry(&upgraded).await, registry(&fresh).await);

    let login = json!({ "data": { "username": "root", "password": "correct horse" } });
    let session = app.post("/auth/login", &login).await.expect(200);
    app.token = session.data()["token"].as_str().map(str::to_owned);
    let users = app.get("/users").await.expect(200);
    let roles: Vec<_> = users.data().as_array().unwrap().iter().map(|user| &user["role"]).collect();
    assert_eq!(roles, ["admin", "admin"]);

    let claims = json!({ "match": [{ "path": "public.orders", "fields": [
        "id", { "name": "note", "type": "varchar", "min_length": 40 }
    ] }] });
    assert_eq!(app.get("/stakeholders/1/claims").await.expect(200).data(), &claims);
    let heard = json!([{
        "path": "public.orders", "fields": ["*"], "events": ["INSERT"], "channels": ["*"]
    }]);
    let notifications = app.get("/stakeholders/1/notifications").await.expect(200);
    assert_eq!(notifications.data()["match"], heard);
    let credentials = app.get("/stakeholders/1/credentials").await.expect(200);
    assert_eq!(credentials.data()[0]["username"], "reader_of_before");
    let root = app.token.replace("idbt_4Llgd9JYOFxOrpHsFbmFmIZ0aXFeWN3D".to_owned());
    assert_eq!(app.get("/me").await.expect(200).data()["kind"], "token");
    app.token = root;

    let client = app.connect_as(&reader).await;
    assert_eq!(readable(&client, "public.orders").await, ["id", "note"]);
    let owner = app.database.owner().await;
    Refused::of(&owner, &migration("alter table public.orders drop column note")).await;
    app.claim(&reader, &json!([{ "path": "public.orders", "fields": ["id"] }])).await;
    assert_eq!(readable(&client, "public.orders").await, ["id"]);
    // It listens to all columns that it may read.
    run(&owner, &migration("alter table public.orders drop column note")).await;
}

#[tokio::test]
async fn what_an_earlier_release_installed_can_be_uninstalled() {
    let a = Audience::after("create table t (id int primary key)").await;
    a.claim(json!([{ "path": "public.t", "fields": ["id"] }])).await;
    let client = a.app.connect_as(&a.reader).await;
    let database = a.app.database.clone();
    a.app.stop().await;
    until_control_is_gone(&database.superuser().await).await;
    run(&database.control().await, TAKEN_BACK).await;
    let (status, text) = uninstall(&database, &["--yes", "--force", "--revoke-grants"]).await;
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("`integratedb migrate` first"), "{text}");
    let (status, text) = uninstall(&database, &["--yes", "--force"]).await;
    assert_eq!(status, Some(0), "{text}");
    let left = "select count(*) from pg_namespace where nspname = 'integratedb'";
    assert_eq!(column(&database.superuser().await, left).await, ["0"]);
    assert_eq!(readable(&client, "public.t").await, ["id"]);
}

/// What others have made of our functions, and who may call them, outlives every start.
#[tokio::test]
async fn a_start_replaces_no_function_that_is_as_it_should_be() {
    let database = prepared_database().await;
    let (superuser, mut control) = (database.superuser().await, database.control().await);
    db::install(&mut control).await.unwrap();
    run(
        &superuser,
        "create view needs as select * from public.integratedb_impact('public');
         revoke execute on function public.integratedb_impact(text) from public",
    )
    .await;
    db::install(&mut control).await.unwrap();
    let acl = "select proacl::text from pg_proc where proname = 'integratedb_impact'";
    assert_eq!(column(&superuser, acl).await, ["{integratedb_control=X/integratedb_control}"]);
}

/// Programs from before judged without saying who asks.
#[tokio::test]
async fn a_program_from_before_can_validate_its_changes_beside_this_one() {
    let app = TestApp::start().await;
    let control = app.database.control().await;
    assert_eq!(column(&control, "select integratedb.validate_migration(20)").await, ["0"]);
}
