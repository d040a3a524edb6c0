//! Who reads for a backfill: a role that may read one table, whatever code of the table's
//! owner runs meanwhile, and that is gone afterwards.

use integratedb::gate;
use integratedb::housekeeping;
use serde_json::{Value, json};

use crate::backfill::{ask, backfill, hearing, listening, path};
use crate::backfill_races::{ORDERS, Program};
use crate::support::{
    Client, Collector, Database, Stakeholder, TestApp, column, eventually, log_of_postgres, run,
};

/// A function that tries, in any session but its owner's, what only the control plane may, and
/// puts into Postgres's log as whom, and what came of it. The SQLSTATE of what is refused is
/// in the place of what it was after.
fn evil(owner: &str) -> String {
    format!(
        "create table {owner}.loot (note text);
         create function {owner}.attempt(sql text) returns text language plpgsql as $$
         declare found text := 'done';
         begin
           if sql ~ '^select' then execute sql into found; else execute sql; end if;
           return found;
         exception when others then return sqlstate;
         end $$;
         create function {owner}.evil(value anyelement) returns boolean language plpgsql as $$
         begin
           if session_user = '{owner}' then return true; end if;
           raise log 'evil of {owner}: % % % % % % %', session_user,
             {owner}.attempt('select count(*)::text from integratedb.users'),
             {owner}.attempt('select count(*)::text from public.orders'),
             {owner}.attempt('insert into {owner}.loot values (1)'),
             {owner}.attempt('grant app_owner to {owner}'),
             {owner}.attempt('set role integratedb_control'),
             {owner}.attempt('set local transaction_read_only = off');
           perform {owner}.attempt('reset role');
           return true;
         end $$;
         create function {owner}.innocent(value integer) returns integer immutable language plpgsql as $$
         begin perform {owner}.evil(value); return value; end $$;"
    )
}

/// What it put into the log.
async fn log_of_evil(superuser: &Client, owner: &str) -> Vec<String> {
    let words = format!("evil of {owner}: ");
    let log = log_of_postgres(superuser).await;
    log.lines()
        .filter_map(|line| line.split_once(&words))
        .map(|(_, rest)| rest.to_owned())
        .collect()
}

/// The roles of this database that read for backfills.
async fn readers(superuser: &Client) -> Vec<String> {
    let sql = "select rolname from pg_roles, pg_database
               where datname = current_database()
                 and starts_with(rolname, 'integratedb_backfill_' || pg_database.oid || '_')";
    column(superuser, sql).await
}

/// A table of a stakeholder that this code belongs to is read for another one; nothing comes
/// of it but the rows.
async fn is_harmless(app: &TestApp, owner: &Stakeholder, rows: usize) {
    let superuser = app.database.superuser().await;
    let path = format!("{}.t", owner.name);
    let claim = json!({ "path": path, "fields": ["x"] });
    let listen = json!({ "path": path, "fields": ["x"], "events": ["INSERT"], "channels": ["*"] });
    let (reader, stream) = hearing(app, "reader", &claim, &listen).await;
    let asked = json!({ "match": 0, "rows_per_second": 1_000_000 });
    let ended = backfill(app, &reader, &asked).await;
    assert_eq!(ended["state"], "done", "{ended}");
    assert_eq!(stream.until(rows).await.len(), rows);
    let attempts = log_of_evil(&superuser, &owner.name).await;
    assert!(!attempts.is_empty(), "it was not even called");
    for attempt in attempts {
        let (who, outcomes) = attempt.split_once(' ').unwrap();
        assert!(who.starts_with("integratedb_backfill_"), "{attempt}");
        let outcomes: Vec<&str> = outcomes.split(' ').collect();
        assert_eq!(outcomes[..2], ["42501", "42501"], "{attempt}");
        assert!(outcomes[2..5].iter().all(|code| ["42501", "25006"].contains(code)), "{attempt}");
        assert_ne!(outcomes[5], "done", "{attempt}");
    }
    let loot = format!("select note from {}.loot", owner.name);
    assert!(column(&superuser, &loot).await.is_empty());
    let member = format!("select pg_has_role('{}', 'app_owner', 'MEMBER')", owner.name);
    assert_eq!(column(&superuser, &member).await, ["f"]);
    assert!(readers(&superuser).await.is_empty());
}

#[tokio::test]
async fn what_a_key_s_type_runs_can_do_nothing() {
    let app = TestApp::start().await;
    run(&app.database.owner().await, ORDERS).await;
    let alice = app.stakeholder("alice").await;
    let client = app.connect_as(&alice).await;
    run(&client, &evil(&alice.name)).await;
    let tables = "create domain $.d as bigint check ($.evil(value));
                  create table $.t (k $.d[] primary key, x integer);
                  insert into $.t select array[n]::$.d[], n from generate_series(1, 2500) n";
    run(&client, &tables.replace('$', &alice.name)).await;
    is_harmless(&app, &alice, 2500).await;
}

#[tokio::test]
async fn what_an_index_runs_can_do_nothing() {
    let app = TestApp::start().await;
    run(&app.database.owner().await, ORDERS).await;
    let alice = app.stakeholder("alice").await;
    let client = app.connect_as(&alice).await;
    run(&client, &evil(&alice.name)).await;
    let tables = "create table $.t (id bigint primary key, x integer);
                  create index on $.t (($.innocent(1)));
                  insert into $.t select n, n from generate_series(1, 10) n";
    run(&client, &tables.replace('$', &alice.name)).await;
    is_harmless(&app, &alice, 10).await;
}

/// Somebody who listens to a thousand orders.
async fn listener(app: &TestApp) -> (Stakeholder, Collector) {
    let owner = app.database.owner().await;
    run(&owner, ORDERS).await;
    run(&owner, "insert into public.orders select n from generate_series(1, 1000) n").await;
    listening(app, "reader", &json!(["*"])).await
}

/// Lets them be read, slowly; answers the address of the backfill when it has begun.
async fn slowly(app: &TestApp, reader: &Stakeholder, stream: &Collector) -> String {
    let asked = ask(app, reader, &json!({ "match": 0, "rows_per_second": 10 })).await.expect(201);
    stream.until(1).await;
    format!("{}/{}", path(reader), asked.data()["id"])
}

#[tokio::test]
async fn who_reads_may_read_one_table_and_is_no_matter_of_claims() {
    let app = TestApp::start().await;
    let superuser = app.database.superuser().await;
    gate::enable(&mut app.database.superuser().await).await.unwrap();
    run(&app.database.owner().await, "create table public.others (id bigint primary key)").await;
    let (reader, stream) = listener(&app).await;
    run(&superuser, "select public.integratedb_sync()").await;
    let standing = async || {
        let sql = "select 'changed ' || watched_id from integratedb.changed_tables()
                   union all select 'drift ' || d::text from integratedb.drift() d
                   union all select 'entry ' || id from integratedb.journal
                   union all select 'mark ' || m::text from integratedb.gate_marks m";
        column(&superuser, sql).await
    };
    let before = standing().await;
    let address = slowly(&app, &reader, &stream).await;
    assert_eq!(standing().await, before);
    let [role] = <[String; 1]>::try_from(readers(&superuser).await).unwrap();
    let may = format!(
        "select concat_ws(' ', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
           rolconnlimit, exists (select from pg_auth_members where member = pg_roles.oid),
           has_table_privilege('{role}', 'public.orders', 'SELECT'),
           has_table_privilege('{role}', 'public.orders', 'INSERT'),
           has_table_privilege('{role}', 'public.others', 'SELECT'),
           has_schema_privilege('{role}', 'integratedb', 'USAGE'))
         from pg_roles where rolname = '{role}'"
    );
    assert_eq!(column(&superuser, &may).await, ["f f f f f f 1 f t f f f"]);
    let session = format!("select application_name from pg_stat_activity where usename = '{role}'");
    assert_eq!(column(&superuser, &session).await, ["integratedb backfill reader"]);
    run(&superuser, "select public.integratedb_sync()").await;
    assert_eq!(app.get(&address).await.expect(200).data()["state"], "running");
    assert_eq!(readers(&superuser).await, [role]);
    app.delete(&address).await.expect(200);
    eventually("for the role to go", async || readers(&superuser).await.is_empty()).await;
    assert_eq!(standing().await, before);
}

#[tokio::test]
async fn a_server_that_does_not_let_the_reader_in_is_said() {
    let app = TestApp::start().await;
    let (owner, superuser) = (app.database.owner().await, app.database.superuser().await);
    run(&owner, ORDERS).await;
    run(&owner, "insert into public.orders values (1)").await;
    let (reader, _stream) = listening(&app, "reader", &json!(["*"])).await;
    let database = &app.database.name;
    let closed = format!(
        "grant connect on database {database} to integratedb_control;
         revoke connect on database {database} from public"
    );
    run(&superuser, &closed).await;
    let ended = backfill(&app, &reader, &json!({ "match": 0 })).await;
    assert_eq!(ended["state"], "failed", "{ended}");
    let error = ended["error"].as_str().unwrap();
    assert!(
        error.starts_with("public.orders: is read as a role of its own (integratedb_"),
        "{error}"
    );
    assert!(error.contains("pg_hba.conf"), "{error}");
    assert!(readers(&superuser).await.is_empty());
}

#[tokio::test]
async fn code_that_fails_ends_the_backfill_and_not_its_patience() {
    let app = TestApp::start().await;
    let alice = app.stakeholder("alice").await;
    let client = app.connect_as(&alice).await;
    let tables = "create function $.fails(value bigint) returns boolean language plpgsql as $$
                  begin
                    if session_user <> '$' then raise division_by_zero; end if;
                    return true;
                  end $$;
                  create domain $.d as bigint check ($.fails(value));
                  create table $.t (k $.d[] primary key, x integer);
                  insert into $.t select array[n]::$.d[], n from generate_series(1, 1500) n";
    // Dollars stand for the name here, and for quotes in SQL.
    let tables = tables.replace("$$", "'quote'").replace('$', &alice.name).replace("'quote'", "$$");
    run(&client, &tables).await;
    let table = format!("{}.t", alice.name);
    let claim = json!({ "path": table, "fields": ["*"] });
    let listen = json!({ "path": table, "fields": ["*"], "events": ["*"], "channels": ["*"] });
    let (reader, _stream) = hearing(&app, "reader", &claim, &listen).await;
    let ended = backfill(&app, &reader, &json!({ "match": 0, "rows_per_second": 1_000_000 })).await;
    let error = ended["error"].as_str().unwrap();
    assert!(error.ends_with("fails with SQLSTATE 22012"), "{error}");
}

#[tokio::test]
async fn keys_are_compared_by_the_operators_of_their_type_wherever_these_are() {
    let app = TestApp::start().await;
    let (owner, superuser) = (app.database.owner().await, app.database.superuser().await);
    run(
        &superuser,
        "create schema kept; create extension citext schema kept;
         grant usage on schema kept to app_owner with grant option",
    )
    .await;
    run(
        &owner,
        "create table public.words (word kept.citext primary key);
         insert into public.words values ('b'), ('A'), ('c'), ('D'), ('e')",
    )
    .await;
    let claim = json!({ "path": "public.words", "fields": ["*"] });
    let listen =
        json!({ "path": "public.words", "fields": ["*"], "events": ["*"], "channels": ["*"] });
    let (reader, stream) = hearing(&app, "reader", &claim, &listen).await;
    // A row at a time.
    let ended = backfill(&app, &reader, &json!({ "match": 0, "rows_per_second": 10 })).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let events = stream.until(5).await;
    let words: Vec<&Value> = events.iter().map(|event| &event["data"]["key"]["word"]).collect();
    assert_eq!(words, ["A", "b", "c", "D", "e"]);
}

#[tokio::test]
async fn roles_that_a_kill_left_go_with_the_next_reader_by_housekeeping_or_uninstallation() {
    let database = Database::create().await;
    let (owner, superuser) = (database.owner().await, database.superuser().await);
    run(&owner, ORDERS).await;
    run(&owner, "insert into public.orders select n from generate_series(1, 1000) n").await;
    let stream = Collector::new().await;
    let mut program = Program::start(database, &stream).await;
    let slow = json!({ "match": 0, "rows_per_second": 10 });
    program.send("POST", "/notifications/backfill", &slow).await.expect(201);
    stream.until(1).await;
    program.kill().await;
    let left = readers(&superuser).await;
    assert_eq!(left.len(), 1);

    program.start_again().await;
    eventually("for another reader", async || {
        let now = readers(&superuser).await;
        now.len() == 1 && now != left
    })
    .await;

    program.kill().await;
    let cancelled = "update integratedb.backfills set state = 'cancelled', finished_at = now()";
    run(&superuser, cancelled).await;
    assert_eq!(readers(&superuser).await.len(), 1);
    program.start_again().await;
    eventually("for housekeeping", async || readers(&superuser).await.is_empty()).await;

    program.send("POST", "/notifications/backfill", &slow).await.expect(201);
    eventually("for the reader", async || readers(&superuser).await.len() == 1).await;
    program.kill().await;
    let [role] = <[String; 1]>::try_from(readers(&superuser).await).unwrap();
    let settings = [("DATABASE_URL", &*program.database.control_url())];
    let arguments = ["uninstall", "--force", "--yes"];
    let output = crate::support::program::output(&arguments, &settings).await;
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(text.contains(&format!("the role {role}")), "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(readers(&superuser).await.is_empty());
}

#[tokio::test]
async fn housekeeping_leaves_the_roles_of_what_runs() {
    let app = TestApp::start().await;
    let superuser = app.database.superuser().await;
    let (reader, stream) = listener(&app).await;
    slowly(&app, &reader, &stream).await;
    let before = readers(&superuser).await;
    eventually("for a turn", async || housekeeping::round(&app.state).await.expect("a round"))
        .await;
    stream.until(stream.events().await.len() + 2).await;
    assert_eq!(readers(&superuser).await, before);
}
