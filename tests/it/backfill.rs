//! Rows that were there before, told on request.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::Collector;
use crate::support::{Answer, Stakeholder, TestApp, column, eventually, run, until_waiting};

const ORDERS: &str = "create table public.orders
  (id bigint primary key, status text, quantity integer, secret text)";

/// A stakeholder that claims all of `public.orders` but its secret, and hears of these
/// events of it.
pub async fn listening(app: &TestApp, word: &str, events: &Value) -> (Stakeholder, Collector) {
    let fields = json!(["id", "status", "quantity"]);
    let one = json!({
        "path": "public.orders", "fields": ["*"], "events": events, "channels": ["*"]
    });
    let claim = json!({ "path": "public.orders", "fields": fields });
    hearing(app, word, &claim, &one).await
}

pub async fn hearing(
    app: &TestApp,
    word: &str,
    claim: &Value,
    listen: &Value,
) -> (Stakeholder, Collector) {
    let stakeholder = app.stakeholder(word).await;
    app.claim(&stakeholder, &json!([claim])).await;
    let stream = Collector::new().await;
    let document = json!({ "match": [listen], "channels": [stream.channel()] });
    app.put_notifications(&stakeholder, &document).await.expect(200);
    (stakeholder, stream)
}

pub fn path(stakeholder: &Stakeholder) -> String {
    format!("/stakeholders/{}/notifications/backfill", stakeholder.id)
}

pub async fn ask(app: &TestApp, stakeholder: &Stakeholder, data: &Value) -> Answer {
    app.post(&path(stakeholder), &json!({ "data": data })).await
}

/// Asks, and waits until it is done; answers how it ended.
pub async fn backfill(app: &TestApp, stakeholder: &Stakeholder, data: &Value) -> Value {
    let asked = ask(app, stakeholder, data).await.expect(201).data().clone();
    ended(app, stakeholder, &asked).await
}

pub async fn ended(app: &TestApp, stakeholder: &Stakeholder, asked: &Value) -> Value {
    let path = format!("{}/{}", path(stakeholder), asked["id"]);
    let mut last = Value::Null;
    eventually("for the backfill to end", async || {
        last = app.get(&path).await.expect(200).data().clone();
        last["state"] != "running"
    })
    .await;
    last
}

/// What the rows say that were read, by key.
fn rows(events: &[Value]) -> BTreeMap<String, Value> {
    let mut rows = BTreeMap::new();
    for event in events.iter().filter(|event| event["type"] == "integratedb.read") {
        let before = rows.insert(event["data"]["key"].to_string(), event["data"]["new"].clone());
        assert_eq!(before, None, "told twice: {event}");
    }
    rows
}

#[tokio::test]
async fn rows_that_are_there_arrive_once_with_what_the_claims_let_be_read() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, ORDERS).await;
    let insert =
        "insert into public.orders select n, 'old', n, 'hidden' from generate_series(1, 2500) n";
    run(&owner, insert).await;
    run(&owner, "analyze public.orders").await;
    let (reader, stream) = listening(&app, "reader", &json!(["INSERT"])).await;
    let ended = backfill(&app, &reader, &json!({ "match": 0, "rows_per_second": 1_000_000 })).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let table = &ended["tables"][0];
    let progress = ["rows_estimated", "rows_read", "rows_told"].map(|name| &table[name]);
    assert_eq!(progress, [2500, 2500, 2500]);
    // Whose key isn't claimed isn't told it: neither here, nor to viewers.
    assert!(!ended.to_string().contains("key"), "{ended}");
    let events = stream.until(2500).await;
    let read = rows(&events);
    assert_eq!(read.len(), 2500);
    assert_eq!(read[r#"{"id":77}"#], json!({ "id": 77, "status": "old", "quantity": 77 }));
    assert_eq!(events[0]["data"]["operation"], "READ");
    assert_eq!(events[0]["data"]["transaction"], Value::Null);
    assert!(!events.iter().any(|event| event.to_string().contains("hidden")));
    // What is changed afterwards comes after it.
    run(&owner, "insert into public.orders values (9999, 'new')").await;
    assert_eq!(stream.until(2501).await[2500]["type"], "integratedb.insert");
}

#[tokio::test]
async fn a_row_that_is_read_looks_as_one_that_is_changed() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, "create domain public.positive as integer check (value > 0)").await;
    run(
        &owner,
        r#"create table public."Odd.one" (
             a text, gone integer, "B c" integer, is_fine boolean, address inet, padded char(4),
             at timestamptz, n numeric, half double precision, bytes bytea, list text[], doc jsonb,
             span interval, number public.positive, twice integer generated always as ("B c" * 2) stored,
             primary key ("B c", a)
           );
           alter table public."Odd.one" drop column gone"#,
    )
    .await;
    let insert = r#"insert into public."Odd.one" values
        ('O''Brien \', 1, true, '10.0.0.1', 'x', '2026-11-24 15:00+00', 1.50, 0.1, '\x00ff', '{a,NULL}',
         '{"b": 1}', '1 day', 7),
        ('\x', 1, null, null, null, null, null, null, null, null, null, null, null)"#;
    let path = r#"public."Odd.one""#;
    run(&owner, insert).await;
    let listen = json!({ "path": path, "fields": ["*"], "events": ["*"], "channels": ["*"] });
    let claim = json!({ "path": path, "fields": ["*"] });
    let (reader, stream) = hearing(&app, "reader", &claim, &listen).await;
    // One row at a time, so that each key is the beginning of the next read.
    let ended = backfill(&app, &reader, &json!({ "match": 0, "rows_per_second": 10 })).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let read = rows(&stream.until(2).await);
    run(&owner, r#"truncate public."Odd.one""#).await;
    run(&owner, insert).await;
    let inserted = stream.until(5).await;
    let inserted = inserted.iter().filter(|event| event["type"] == "integratedb.insert");
    let inserted: BTreeMap<String, Value> = inserted
        .map(|event| (event["data"]["key"].to_string(), event["data"]["new"].clone()))
        .collect();
    assert_eq!(read, inserted);
    assert_eq!(read.len(), 2);
}

#[tokio::test]
async fn only_the_rows_that_are_asked_for_are_told_and_only_to_who_asked() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, ORDERS).await;
    let insert = "insert into public.orders
                  select n, case n % 2 when 0 then 'paid' else 'new' end, n % 3
                  from generate_series(1, 60) n";
    run(&owner, insert).await;
    let (reader, stream) = listening(&app, "reader", &json!(["*"])).await;
    let (_, other) = listening(&app, "other", &json!(["*"])).await;
    let condition =
        json!({ "and": [{ "eq": { "status": "paid" } }, { "in": { "quantity": [1, 2] } }] });
    let ended = backfill(&app, &reader, &json!({ "match": 0, "where": condition })).await;
    let table = &ended["tables"][0];
    assert_eq!([&table["rows_read"], &table["rows_told"]], [60, 20]);
    assert_eq!(ended["where"], condition);
    run(&owner, "insert into public.orders values (100)").await;
    let read = rows(&stream.until(21).await);
    assert_eq!(read.len(), 20);
    assert!(read.values().all(|row| row["status"] == "paid" && row["quantity"] != 0));
    assert_eq!(other.until(1).await.len(), 1, "what another one asked for is not told");
    let list = app.get(&path(&reader)).await.expect(200);
    assert_eq!(list.data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn partitions_are_read_as_the_table_they_belong_to() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(
        &owner,
        "create table public.events (id bigint, region text, note text, primary key (region, id))
           partition by list (region);
         create table public.events_eu partition of public.events for values in ('eu');
         create table public.events_us (note text, id bigint not null, region text not null);
         alter table public.events attach partition public.events_us for values in ('us');
         insert into public.events select n, case n % 2 when 0 then 'eu' else 'us' end, 'note ' || n
         from generate_series(1, 40) n",
    )
    .await;
    let claim = json!({ "path": "public.events", "fields": ["*"] });
    let listen = json!({
        "path": "public.events", "fields": ["*"], "events": ["*"], "channels": ["*"]
    });
    let (reader, stream) = hearing(&app, "reader", &claim, &listen).await;
    let ended = backfill(&app, &reader, &json!({ "match": 0, "rows_per_second": 100 })).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let events = stream.until(40).await;
    let read = rows(&events);
    assert_eq!(read.len(), 40);
    assert!(events.iter().all(|event| event["subject"] == "public.events"));
    assert!(read.values().all(|row| row["note"] == json!(format!("note {}", row["id"]))));
}

#[tokio::test]
async fn a_row_that_changes_while_it_is_read_is_told_as_it_is_then() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    let (superuser, watcher) = (app.database.superuser().await, app.database.superuser().await);
    run(&owner, ORDERS).await;
    run(&owner, "insert into public.orders select n, 'old', n from generate_series(1, 4) n").await;
    let (reader, stream) = listening(&app, "reader", &json!(["INSERT"])).await;
    // Nobody reads before this ends, and then whoever does gets no further than that.
    run(&owner, "begin; lock table public.orders in access exclusive mode").await;
    let asked = ask(&app, &reader, &json!({ "match": 0 })).await.expect(201).data().clone();
    eventually("for somebody to begin", async || {
        column(&watcher, "select slot_lsn from integratedb.backfills").await != ["null"]
    })
    .await;
    run(&superuser, "begin; lock table integratedb.backfill_tables in share mode").await;
    run(&owner, "commit").await;
    until_waiting(&watcher, 1).await;
    run(&owner, "update public.orders set status = 'changed' where id = 1").await;
    run(&owner, "delete from public.orders where id = 2").await;
    run(&owner, "update public.orders set id = 30 where id = 3").await;
    run(&superuser, "commit").await;
    let ended = ended(&app, &reader, &asked).await;
    assert_eq!(ended["state"], "done", "{ended}");
    run(&owner, "insert into public.orders values (100)").await;
    eventually("for the last change", async || {
        stream.events().await.last().is_some_and(|event| event["data"]["key"]["id"] == 100)
    })
    .await;
    let read = rows(&stream.events().await);
    let told: Vec<_> =
        read.iter().map(|(key, row)| (key.as_str(), row["status"].as_str())).collect();
    let expected = [(r#"{"id":1}"#, "changed"), (r#"{"id":30}"#, "old"), (r#"{"id":4}"#, "old")];
    assert_eq!(told, expected.map(|(key, status)| (key, Some(status))));
}

#[tokio::test]
async fn a_backfill_that_is_cancelled_ends_where_it_is() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, ORDERS).await;
    run(&owner, "insert into public.orders select n from generate_series(1, 1000) n").await;
    let (reader, stream) = listening(&app, "reader", &json!(["*"])).await;
    let asked = ask(&app, &reader, &json!({ "match": 0, "rows_per_second": 5 })).await;
    let path = format!("{}/{}", path(&reader), asked.expect(201).data()["id"]);
    stream.until(1).await;
    let cancelled = app.delete(&path).await.expect(200);
    assert_eq!(cancelled.data()["state"], "cancelled");
    let after = app.get(&path).await.expect(200).data()["tables"].clone();
    run(&owner, "insert into public.orders values (9999)").await;
    eventually("for the change after it", async || {
        stream.events().await.last().is_some_and(|event| event["data"]["key"]["id"] == 9999)
    })
    .await;
    assert!(rows(&stream.events().await).len() < 1000);
    assert!(after[0]["rows_read"].as_i64().unwrap() < 1000, "{after}");
    assert_eq!(app.delete(&path).await.expect(200).data()["state"], "cancelled");
    app.delete(&format!("{path}0")).await.expect(404);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_the_reason() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, ORDERS).await;
    run(&owner, "create table public.keyless (note text); create table public.unclaimed (id int primary key)")
        .await;
    let reader = app.stakeholder("reader").await;
    app.claim(&reader, &json!([
        { "path": "public.orders", "fields": ["id", "status"] }, { "path": "public.keyless", "fields": ["*"] }
    ]))
    .await;
    let listen = |path: &str| json!({ "path": path, "fields": ["*"], "events": ["INSERT"], "channels": ["*"] });
    let stream = Collector::new().await;
    let document = json!({
        "match": [listen("public.orders"), listen("public.keyless"), listen("public.unclaimed"), listen("public.*")],
        "channels": [stream.channel()]
    });
    app.put_notifications(&reader, &document).await.expect(200);
    let refusal =
        async |data: Value| ask(&app, &reader, &data).await.expect(422).body["errors"].clone();
    for (data, field, expected) in [
        (json!({}), "match", "can't be blank: it is the number of a match in the document, from 0"),
        (
            json!({ "match": 4 }),
            "match",
            "is the number of no match: the document has 4, counted from 0",
        ),
        (
            json!({ "match": 1 }),
            "match",
            "public.keyless has neither a primary key nor a replica identity index, by which its rows \
             could be read one after the other",
        ),
        (
            json!({ "match": 2 }),
            "match",
            "names nothing that the stakeholder is told (public.unclaimed: the claims don't name it)",
        ),
        (
            json!({ "match": 0, "rows_per_second": 0 }),
            "rows_per_second",
            "must be a number from 1 to 1000000",
        ),
        (json!({ "match": 0, "were": {} }), "were", "means nothing here"),
        (
            json!({ "match": 0, "where": { "changed": "status" } }),
            "where",
            "is about rows as they are: nothing has `changed`, and there is no `old`",
        ),
    ] {
        assert_eq!(refusal(data.clone()).await, json!({ field: [expected] }), "{data}");
    }
    let condition = json!({ "match": 0, "where": { "eq": {} }, "channels": ["nobody"] });
    let pointers: Vec<Value> = refusal(condition).await["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault[1].clone())
        .collect();
    assert_eq!(pointers, ["#/channels/0", "#/where/eq"]);
    // All tables of a schema are those that can be read.
    let asked = ask(&app, &reader, &json!({ "match": 3 })).await.expect(201);
    assert_eq!(asked.data()["tables"].as_array().unwrap().len(), 1);
    assert_eq!(asked.data()["left_out"][0]["path"], "public.keyless");
}

#[tokio::test]
async fn nobody_else_can_put_rows_into_the_stream() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, ORDERS).await;
    run(&owner, "insert into public.orders values (1, 'true')").await;
    let (reader, stream) = listening(&app, "reader", &json!(["*"])).await;
    backfill(&app, &reader, &json!({ "match": 0 })).await;
    for content in ["", "x", "0000000000000001", "\u{1}"] {
        let sql =
            format!("select pg_logical_emit_message(true, 'integratedb.backfill', '{content}')");
        run(&app.connect_as(&reader).await, &sql).await;
    }
    let forged = r#"select pg_logical_emit_message(true, 'integratedb.backfill',
        int8send((select 1)) || decode(repeat('00', 32), 'hex') || '{"xid": 1}'::bytea)"#;
    run(&app.connect_as(&reader).await, forged).await;
    run(&owner, "insert into public.orders values (2, 'true')").await;
    let events = stream.until(2).await;
    assert_eq!(events.len(), 2);
}
