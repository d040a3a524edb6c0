//! What others wrote into a database runs neither as the control plane that takes a snapshot
//! of it, nor with any power over the machine that checks a migration against the snapshot.

use std::path::{Path, PathBuf};

use integratedb::check::Private;
use integratedb::db::connection;
use integratedb::snapshot::Snapshot;
use serde_json::{Value, json};

use crate::support::program::output;
use crate::support::{Client, TestApp, column, run, unique};

/// A file that code in Postgres tries to make: in a folder that anybody may write to.
struct Trace(PathBuf);

impl Trace {
    fn new() -> Self {
        Self(Path::new("/tmp").join(unique("trace")))
    }

    fn is_left(&self) -> bool {
        self.0.exists()
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// An enum with a cast to json, and a function for indexes and policies: each fails when the
/// control plane runs it.
async fn make_traps(client: &Client, schema: &str) {
    run(
        client,
        &format!(
            "create type {schema}.mood as enum ('good');
             create function {schema}.tell({schema}.mood) returns json language plpgsql as $$
             begin
               if current_user = 'integratedb_control' then raise exception 'it was run'; end if;
               return (select json_agg(u) from integratedb.users u);
             end $$;
             create cast ({schema}.mood as json) with function {schema}.tell({schema}.mood);
             create function {schema}.trap(n int) returns int immutable language plpgsql as $$
             begin
               if current_user = 'integratedb_control' then raise exception 'it was run'; end if;
               return n;
             end $$;
             create table {schema}.alembic_version (version_num {schema}.mood);
             create index on {schema}.alembic_version (({schema}.trap(1)));
             insert into {schema}.alembic_version values ('good')"
        ),
    )
    .await;
}

#[tokio::test]
async fn a_snapshot_runs_no_code_of_whoever_owns_a_table() {
    let app = TestApp::start().await;
    let alice = app.stakeholder("alice").await;
    make_traps(&app.connect_as(&alice).await, &alice.name).await;
    let owner = app.database.owner().await;
    make_traps(&owner, "public").await;
    run(
        &owner,
        "create table knex_migrations_lock (index int, is_locked int);
         alter table knex_migrations_lock enable row level security;
         alter table knex_migrations_lock force row level security;
         create policy trapped on knex_migrations_lock using (trap(1) = 1)",
    )
    .await;

    let answer = app.get("/snapshot").await.expect(200);
    let history = &answer.data()["history"];
    let rows = json!([{ "version_num": "good" }]);
    assert_eq!(history["tables"], json!([{ "name": "public.alembic_version", "rows": rows }]));
    let locked = json!([{
        "name": "public.knex_migrations_lock",
        "remedy": "ALTER TABLE public.knex_migrations_lock DISABLE ROW LEVEL SECURITY;",
    }]);
    assert_eq!(history["unreadable"], locked);

    // A stakeholder's own is carried when it is asked for, and then it is data like any other.
    let (its, url) = (format!("{}.alembic_version", alice.name), app.database.control_url());
    let asked = output(&["snapshot", "--history", &its], &[("DATABASE_URL", &url)]).await;
    let snapshot = Snapshot::parse(&String::from_utf8(asked.stdout).unwrap()).unwrap();
    let tables = snapshot.history.tables.iter();
    let theirs: Vec<Value> =
        tables.filter(|table| table.name == its).flat_map(|table| table.rows.clone()).collect();
    assert_eq!(Value::from(theirs), rows);
}

#[tokio::test]
async fn rows_of_migration_tools_are_what_row_to_json_says() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(
        &owner,
        r#"create domain number as int; create domain counted as number check (value > 0);
          create table kept (
            id counted, big bigint, exact numeric, yes bool, at timestamptz, moment timestamp, day date,
            tags text[], doc jsonb, raw bytea, span interval, words text, gone text,
            twice int generated always as (1) stored
          );
          alter table kept drop column gone;
          insert into kept values
            (2, 9007199254740993, 1.50, true, '2020-01-01 12:00+02', '2020-01-01 12:00', '2020-02-01',
             '{a,"b c",null}', '{"a": [1, null]}', '\x00ff', '1 day 02:03', E'tab\t back\\slash\nline'),
            (1, null, 'NaN', false, 'infinity', null, null, '{}', 'null', '', null, '\N')"#,
    )
    .await;
    let url = app.database.control_url();
    let printed =
        output(&["snapshot", "--history", "public.kept"], &[("DATABASE_URL", &url)]).await;
    let snapshot = Snapshot::parse(&String::from_utf8(printed.stdout).unwrap()).unwrap();
    run(&owner, "set timezone = 'UTC'").await;
    let expected = "select (to_jsonb(t) - 'twice')::text from kept t order by to_jsonb(t)";
    let expected = column(&owner, expected).await;
    let expected: Vec<Value> =
        expected.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert_eq!(snapshot.history.tables[0].rows, expected);
}

/// A snapshot of a database in which stakeholders wrote what tries to get out of it.
fn hostile(trace: &Trace) -> Snapshot {
    let object = |kind: &str, name: &str, sql: &str| {
        let lines: Vec<&str> = sql.split('\n').collect();
        json!({ "kind": kind, "name": name, "sql": lines })
    };
    let file = trace.0.display();
    let copy = format!("copy (select 1) to program ''touch {file}''");
    let attempts = [
        copy.clone(),
        format!("set local role postgres; {copy}"),
        format!("set local session authorization postgres; {copy}"),
        format!("alter role current_user superuser; {copy}"),
        format!("grant pg_execute_server_program to current_user; {copy}"),
        format!("grant pg_write_server_files to current_user; copy (select 1) to ''{file}''"),
        format!(
            "do $x$ declare it oid := lo_from_bytea(0, ''x'');
             begin perform lo_export(it, ''{file}''); end $x$"
        ),
        format!("create language plpython3u; {copy}"),
    ];
    let attempts = attempts.map(|attempt| {
        format!(
            "begin execute '{attempt}'; said := array_append(said, 'done');
             exception when others then said := array_append(said, sqlerrm); end;"
        )
    });
    let escape = format!(
        "create function hostile.escape() returns text[] language plpgsql as $$
         declare said text[] := '{{}}';
         begin {} return said; end $$",
        attempts.join("\n")
    );
    let objects = json!([
        object("schema", "hostile", "create schema hostile"),
        object("function", "hostile.escape()", &escape),
        // What a superuser that doesn't mind its search_path would call instead of Postgres's own.
        object(
            "function",
            "public.format(text, name, text)",
            "create function public.format(text, name, text) returns text language plpgsql
             as $$ begin perform hostile.escape(); return pg_catalog.format($1, $2, $3); end $$",
        ),
        object(
            "materialized view",
            "hostile.seen",
            "create materialized view hostile.seen as select hostile.escape() as said with no data",
        ),
        object(
            "table",
            "hostile.alembic_version",
            "create table hostile.alembic_version (version_num text, check (hostile.escape() is not null))",
        ),
        object(
            "function",
            "hostile.machine()",
            "create function hostile.machine() returns int language internal as 'pg_backend_pid'",
        ),
    ]);
    serde_json::from_value(json!({
        "integratedb": 1, "postgres": 15, "objects": objects, "left_out": [],
        "history": {
            "tables": [{ "name": "hostile.alembic_version", "rows": [{ "version_num": "a" }] }],
            "unreadable": [],
        },
        "stakeholders": [{ "name": "reporting", "claims": { "match": [] } }],
    }))
    .unwrap()
}

#[tokio::test]
async fn a_check_lets_nothing_of_the_snapshot_reach_the_machine() {
    let trace = Trace::new();
    let snapshot = hostile(&trace);
    let bin_dir = integratedb::config::postgres_bin_dir();
    let private = Private::start(bin_dir, &snapshot).await.expect("a private Postgres");
    let unloaded = private.furnish(&snapshot, false).await.unwrap();
    let unloaded: Vec<&str> = unloaded.iter().map(|object| object.name.as_str()).collect();
    assert_eq!(unloaded, ["hostile.machine()"]);

    let owner = connection::connect(&private.owner_url()).await.unwrap();
    for attempts in ["select unnest(said) from hostile.seen", "select unnest(hostile.escape())"] {
        let said = column(&owner, attempts).await;
        assert_eq!(said.len(), 8, "{said:?}");
        assert!(!said.iter().any(|said| said == "done"), "{attempts}: {said:?}");
    }
    assert_eq!(column(&owner, "select version_num from hostile.alembic_version").await, ["a"]);
    assert!(!trace.is_left());
    // The command has what was promised to it.
    run(&owner, "create role another; create schema another").await;
    private.stop().await.unwrap();
}
