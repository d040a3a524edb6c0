//! Backfills while others write, and while the program is killed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::backfill::{ask, ended, listening};
use crate::support::Collector;
use crate::support::program::Serve;
use crate::support::{Answer, Client, Database, TestApp, column, eventually, run, unique};

pub const ORDERS: &str = "create table public.orders
  (id bigint primary key, status text, quantity integer, secret text)";

/// What a consumer has that applies events in the order in which they came.
fn applied(events: &[Value]) -> BTreeMap<i64, (String, i64)> {
    let mut rows = BTreeMap::new();
    for event in events {
        let data = &event["data"];
        let id = |row: &Value| row["id"].as_i64().unwrap();
        match data["operation"].as_str().unwrap_or_default() {
            "DELETE" => drop(rows.remove(&id(&data["old"]))),
            "READ" | "INSERT" | "UPDATE" => {
                if data["old"].is_object() {
                    rows.remove(&id(&data["old"]));
                }
                let new = &data["new"];
                let status = new["status"].as_str().unwrap_or("null").to_owned();
                rows.insert(id(new), (status, new["quantity"].as_i64().unwrap_or(-1)));
            }
            other => panic!("{other}: {event}"),
        }
    }
    rows
}

/// What there is.
async fn actual(client: &Client) -> BTreeMap<i64, (String, i64)> {
    let sql = "select id || ',' || coalesce(status, 'null') || ',' || coalesce(quantity, -1)
               from public.orders";
    let rows = column(client, sql).await;
    let rows = rows.iter().map(|row| row.split(',').collect::<Vec<_>>());
    rows.map(|row| (row[0].parse().unwrap(), (row[1].to_owned(), row[2].parse().unwrap())))
        .collect()
}

/// Sessions that change a few rows at random, until they are told to stop.
fn writers(database: &Database, keys: i64, stop: &Arc<AtomicBool>) -> Vec<JoinHandle<()>> {
    let writer = |seed: u64| {
        let (database, stop) = (database.clone(), Arc::clone(stop));
        tokio::spawn(async move {
            let mut random = StdRng::seed_from_u64(seed);
            let client = database.owner().await;
            let mut count = 0;
            while !stop.load(Ordering::Relaxed) {
                let (id, other) = (random.random_range(1..=keys), random.random_range(1..=keys));
                count += 1;
                let insert = format!(
                    "insert into public.orders values ({id}, 'w{seed}', {count}) on conflict (id) do nothing"
                );
                let update = format!(
                    "update public.orders set status = 'w{seed}', quantity = {count} where id = {id}"
                );
                let delete = format!("delete from public.orders where id = {id}");
                let sql = match random.random_range(0..10) {
                    0..3 => insert,
                    3..7 => update,
                    7 => delete,
                    8 => format!("begin; {delete}; {insert}; commit"),
                    // Whoever is in the way has the key already: then nothing happens.
                    _ => format!(
                        "update public.orders set id = {other}
                         where id = {id} and not exists (select from public.orders where id = {other})"
                    ),
                };
                // Two that move to one key at once are refused.
                if client.simple_query(&sql).await.is_err() {
                    drop(client.simple_query("rollback").await);
                }
            }
        })
    };
    (0..4).map(writer).collect()
}

/// Waits until a last change has come through, which proves that all before it have.
async fn drained(owner: &Client, stream: &Collector) -> Vec<Value> {
    run(owner, "insert into public.orders values (1000000)").await;
    eventually("for the last change", async || {
        stream.last().await.is_some_and(|event| event["data"]["key"]["id"] == 1_000_000)
    })
    .await;
    stream.events().await
}

#[tokio::test]
async fn the_last_event_of_each_row_is_how_it_is_whoever_writes_meanwhile() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, ORDERS).await;
    run(&owner, "insert into public.orders select n, 'old', 0 from generate_series(1, 60) n").await;
    let (reader, stream) = listening(&app, "reader", &json!(["*"])).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers = writers(&app.database, 30, &stop);
    let mut told = 0;
    for _ in 0..15 {
        let asked = ask(&app, &reader, &json!({ "match": 0, "rows_per_second": 1_000_000 })).await;
        let ended = ended(&app, &reader, asked.expect(201).data()).await;
        assert_eq!(ended["state"], "done", "{ended}");
        told += ended["tables"][0]["rows_told"].as_i64().unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(told > 15 * 30, "{told}");
    let events = drained(&owner, &stream).await;
    assert_eq!(applied(&events), actual(&owner).await);
}

/// The program on a database, with a stakeholder that listens to its orders.
pub struct Program {
    pub database: Database,
    serve: Serve,
    token: String,
    stakeholder: i64,
}

impl Program {
    pub async fn start(database: Database, stream: &Collector) -> Self {
        let serve = Serve::start(&database.control_url(), &[]).await;
        let user = json!({ "user": { "username": "root", "password": "correct horse" } });
        let request = serve.http.post(format!("{}/api/v1/users", serve.origin)).json(&user);
        let answer = Answer::of(request.send().await.expect("an answer")).await.expect(201);
        let token = answer.data()["token"].as_str().unwrap().to_owned();
        let body = json!({ "stakeholder": { "name": unique("reader") } });
        let answer = serve.send("POST", "/stakeholders", &token, &body).await.expect(201);
        let stakeholder = answer.data()["id"].as_i64().unwrap();
        let program = Self { database, serve, token, stakeholder };
        let claims = json!({ "match": [{ "path": "public.orders", "fields": ["id", "status", "quantity"] }] });
        program.send("PUT", "/claims", &claims).await.expect(200);
        let document = json!({
            "match": [{ "path": "public.orders", "fields": ["*"], "events": ["*"], "channels": ["*"] }],
            "channels": [stream.channel()]
        });
        program.send("PUT", "/notifications", &document).await.expect(200);
        program
    }

    pub async fn send(&self, method: &str, path: &str, data: &Value) -> Answer {
        let path = format!("/stakeholders/{}{path}", self.stakeholder);
        self.serve.send(method, &path, &self.token, &json!({ "data": data })).await
    }

    pub async fn kill(&mut self) {
        self.serve.kill().await;
    }

    pub async fn kill_and_start_again(&mut self) {
        self.kill().await;
        self.start_again().await;
    }

    pub async fn start_again(&mut self) {
        let settings = [("HOUSEKEEPING_INTERVAL_SECONDS", "1")];
        self.serve = Serve::start(&self.database.control_url(), &settings).await;
    }
}

#[tokio::test]
async fn a_backfill_goes_on_after_every_kill_and_misses_nothing() {
    let database = Database::create().await;
    let owner = database.owner().await;
    run(&owner, ORDERS).await;
    run(&owner, "insert into public.orders select n, 'old', 0 from generate_series(1, 4000) n")
        .await;
    let stream = Collector::new().await;
    let mut program = Program::start(database, &stream).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers = writers(&program.database, 500, &stop);
    let asked = json!({ "match": 0, "rows_per_second": 600 });
    let asked = program.send("POST", "/notifications/backfill", &asked).await.expect(201);
    let path = format!("/notifications/backfill/{}", asked.data()["id"]);
    let progress = async |program: &Program| {
        program.send("GET", &path, &Value::Null).await.expect(200).data().clone()
    };
    let mut random = StdRng::seed_from_u64(7);
    let mut reached = 0;
    for _ in 0..6 {
        let goal = (reached + random.random_range(1..=500)).min(4000);
        eventually("for the backfill to go on", async || {
            let read = progress(&program).await["tables"][0]["rows_read"].as_i64().unwrap();
            assert!(read >= reached, "went back from {reached} to {read}");
            reached = read;
            reached >= goal
        })
        .await;
        program.kill_and_start_again().await;
    }
    eventually("for the backfill to end", async || progress(&program).await["state"] == "done")
        .await;
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let events = drained(&owner, &stream).await;
    assert_eq!(applied(&events), actual(&owner).await);
    let read = events.iter().filter(|event| event["type"] == "integratedb.read");
    let read = read.map(|event| event["data"]["key"]["id"].as_i64().unwrap());
    let quiet = read.filter(|id| (501..=4000).contains(id)).collect::<Vec<_>>();
    assert_eq!(quiet, (501..=4000).collect::<Vec<_>>(), "each once, in the order of the key");
}

#[tokio::test]
async fn a_backfill_begins_anew_when_changes_were_lost() {
    let app = TestApp::start().await;
    let (owner, superuser) = (app.database.owner().await, app.database.superuser().await);
    run(&owner, ORDERS).await;
    run(&owner, "insert into public.orders select n, 'old', 0 from generate_series(1, 300) n")
        .await;
    let (reader, stream) = listening(&app, "reader", &json!(["*"])).await;
    let asked = ask(&app, &reader, &json!({ "match": 0, "rows_per_second": 20 })).await;
    let asked = asked.expect(201).data().clone();
    stream.until(20).await;
    let slot = "from pg_replication_slots where database = current_database()";
    eventually("for the slot to be dropped", async || {
        run(&superuser, &format!("select pg_terminate_backend(active_pid, 1000) {slot}")).await;
        let drop = format!("select pg_drop_replication_slot(slot_name) {slot} and not active");
        superuser.simple_query(&drop).await.is_ok()
            && column(&superuser, &format!("select slot_name {slot}")).await.is_empty()
    })
    .await;
    run(&owner, "update public.orders set status = 'told by nobody' where id = 1").await;
    let ended = ended(&app, &reader, &asked).await;
    assert_eq!(ended["state"], "done", "{ended}");
    assert_eq!(ended["tables"][0]["rows_told"], 300);
    let events = drained(&owner, &stream).await;
    let gap = events.iter().rposition(|event| event["type"] == "integratedb.gap").expect("a gap");
    assert_eq!(applied(&events[gap + 1..]), actual(&owner).await);
}
