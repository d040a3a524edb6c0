//! Bodies that nobody would send: whatever they are, they are answered, in JSON,
//! and never as a fault of ours. A case is made of its seed alone.

use integratedb::routes::ROUTES;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};

use crate::support::{Stakeholder, TestApp, column, run, unique};

const BODIES: u64 = 400;
const DOCUMENTS: u64 = 250;

fn one_of<'a, T>(random: &mut StdRng, choices: &'a [T]) -> &'a T {
    &choices[random.random_range(0..choices.len())]
}

const KEYS: &[&str] = &[
    "user",
    "data",
    "stakeholder",
    "username",
    "password",
    "name",
    "match",
    "path",
    "fields",
    "",
    "alternatives",
    "a/b~c",
    "\u{1f980}",
];

const TEXTS: &[&str] = &[
    "",
    " ",
    "root",
    "correct horse",
    "ann.lee@example.com",
    "public",
    "pg_x",
    "order",
    "\"",
    "'",
    "\\",
    "\0",
    "$1",
    "%s",
    "a\nb",
    "é",
    "\u{202e}x",
    "\u{1f980}",
    "null",
    "*",
    "public.orders",
    "'; drop table integratedb.users; --",
    "9223372036854775808",
];

fn any_value(random: &mut StdRng, depth: u32) -> Value {
    match random.random_range(0..if depth == 0 { 6 } else { 9 }) {
        0 => Value::Null,
        1 => json!(random.random::<bool>()),
        2 => one_of(random, &[json!(0), json!(-1), json!(1e300), json!(u64::MAX), json!(0.5)])
            .clone(),
        3 | 4 => json!(one_of(random, TEXTS)),
        5 => json!(one_of(random, TEXTS).repeat(random.random_range(1..400))),
        6 => (0..random.random_range(0..4)).map(|_| any_value(random, depth - 1)).collect(),
        _ => {
            let members = (0..random.random_range(0..4))
                .map(|_| ((*one_of(random, KEYS)).to_owned(), any_value(random, depth - 1)));
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}

/// A body that has the right envelope half of the time.
fn any_body(random: &mut StdRng) -> Value {
    let members = |random: &mut StdRng, keys: &[&str]| -> Value {
        keys.iter()
            .map(|key| ((*key).to_owned(), any_value(random, 1)))
            .collect::<Map<_, _>>()
            .into()
    };
    match random.random_range(0..6) {
        0 => json!({ "user": members(random, &["username", "password"]) }),
        1 => json!({ "data": members(random, &["username", "password", "name"]) }),
        2 => json!({ "stakeholder": members(random, &["name"]) }),
        _ => any_value(random, 3),
    }
}

#[tokio::test]
async fn no_body_is_a_fault_of_ours() {
    let app = TestApp::start().await;
    app.stakeholder("shop").await;
    let writes: Vec<_> =
        ROUTES.0.iter().filter(|(method, ..)| ["POST", "PUT"].contains(method)).collect();
    for seed in 0..BODIES {
        let random = &mut StdRng::seed_from_u64(seed);
        let (method, path, _) = one_of(random, &writes);
        // User 2 may get another password without ending the token of this test.
        let path = path.replace("{id}", if path.starts_with("/users") { "2" } else { "1" });
        let body = any_body(random);
        let answer = app.send(method.parse().unwrap(), &path, Some(&body)).await;
        assert!(answer.status < 500, "seed {seed}: {method} {path} {body}: {}", answer.body);
        assert!(answer.header("content-type").starts_with("application/json"), "seed {seed}");
        let member = if answer.status < 400 { "data" } else { "errors" };
        assert!(answer.body.get(member).is_some(), "seed {seed}: {body}: {}", answer.body);
    }
}

const PATHS: &[&str] = &[
    "public.orders",
    "public.orders",
    "public.customers",
    "public.latest",
    "public.*",
    "sales.*",
    "sales.Mixed Case",
    "\"sales\".\"Mixed Case\"",
    "public.nothing",
    "nowhere.*",
    "nowhere.x",
    "pg_catalog.pg_class",
    "integratedb.users",
    "orders",
    "a.b.c",
    "",
    "public.\"",
    "public.parts",
];

const COLUMNS: &[&str] = &[
    "id",
    "id",
    "note",
    "total",
    "at",
    "tags",
    "mood",
    "Odd \"name\"",
    "nothing",
    "*",
    "",
    "ctid",
];

const TYPES: &[&str] = &[
    "bigint",
    "int",
    "int8",
    "integer",
    "text",
    "varchar",
    "character varying",
    "text[]",
    "mood",
    "numeric(10,2)",
    "timestamptz",
    "ARRAY",
    "USER-DEFINED",
    "",
    "nothing",
    "public.mood",
    "int; drop table orders",
    "\"",
    "[]",
    "interval day to second (3)",
];

fn any_flag(random: &mut StdRng, object: &mut Map<String, Value>, name: &str) {
    match random.random_range(0..12) {
        0 | 1 => object.insert(name.to_owned(), json!(true)),
        2 => object.insert(name.to_owned(), json!(false)),
        3 => object.insert(name.to_owned(), Value::Null),
        _ => None,
    };
}

fn any_column(random: &mut StdRng) -> Map<String, Value> {
    let mut column = Map::from_iter([("name".to_owned(), json!(one_of(random, COLUMNS)))]);
    if random.random_ratio(1, 4) {
        column.insert("type".to_owned(), json!(one_of(random, TYPES)));
    }
    if random.random_ratio(1, 6) {
        let lengths = [json!(0), json!(10), json!(64), json!(i32::MAX), json!(-1), json!(1.5)];
        column.insert("min_length".to_owned(), one_of(random, &lengths).clone());
    }
    if random.random_ratio(1, 6) {
        let choices = [json!(true), json!(false), json!("true"), json!("false"), json!("maybe")];
        column.insert("is_nullable".to_owned(), one_of(random, &choices).clone());
    }
    any_flag(random, &mut column, "planned");
    column
}

fn any_field(random: &mut StdRng) -> Value {
    match random.random_range(0..5) {
        0 | 1 => json!(one_of(random, COLUMNS)),
        2 => {
            let several = random.random_range(0..3);
            let several: Vec<_> = (0..several).map(|_| any_column(random)).collect();
            let mut field = Map::from_iter([("alternatives".to_owned(), json!(several))]);
            any_flag(random, &mut field, "optional");
            field.into()
        }
        _ => {
            let mut field = any_column(random);
            any_flag(random, &mut field, "optional");
            field.into()
        }
    }
}

fn any_alternative(random: &mut StdRng) -> Map<String, Value> {
    let mut alternative = Map::from_iter([("path".to_owned(), json!(one_of(random, PATHS)))]);
    match random.random_range(0..5) {
        0 => {}
        1 | 2 => {
            alternative.insert("fields".to_owned(), json!(["*"]));
        }
        _ => {
            let fields = (0..random.random_range(0..4)).map(|_| any_field(random)).collect();
            alternative.insert("fields".to_owned(), fields);
        }
    }
    any_flag(random, &mut alternative, "planned");
    alternative
}

fn any_document(random: &mut StdRng) -> Value {
    let matches = (0..random.random_range(0..4)).map(|_| {
        let mut object = any_alternative(random);
        if random.random_ratio(1, 3) {
            let several: Vec<_> =
                (0..random.random_range(0..4)).map(|_| any_alternative(random)).collect();
            object = Map::from_iter([("alternatives".to_owned(), json!(several))]);
        }
        any_flag(random, &mut object, "optional");
        Value::Object(object)
    });
    let matches: Vec<Value> = matches.collect();
    if random.random_ratio(1, 10) { any_value(random, 3) } else { json!({ "match": matches }) }
}

async fn is_sound(app: &TestApp, stakeholder: &Stakeholder, seed: u64, stored: &Value) {
    let path = format!("/stakeholders/{}/claims", stakeholder.id);
    assert_eq!(app.get(&path).await.expect(200).data(), stored, "seed {seed}");
    let again = app.put(&path, &json!({ "data": stored })).await;
    assert_eq!((again.status, again.data()), (200, stored), "seed {seed}");
    let dry_run = app.put(&format!("{path}?dry_run=true"), &json!({ "data": stored })).await;
    let nothing = json!({ "grants": [], "revokes": [] });
    assert_eq!(dry_run.data()["dry_run"], nothing, "seed {seed}");
}

#[tokio::test]
async fn no_document_is_a_fault_of_ours_and_what_is_taken_is_met() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(
        &owner,
        "create type mood as enum ('sad', 'happy');
         create table orders (id bigint primary key, note varchar(40), total numeric(10, 2),
           at timestamptz not null, tags text[], mood mood, \"Odd \"\"name\"\"\" int);
         create table customers (id int, note text);
         create view latest as select id, at from orders;
         create table parts (id int, at timestamptz) partition by range (at);
         create schema sales;
         create table sales.\"Mixed Case\" (id uuid, note text)",
    )
    .await;
    let shop = app.stakeholder(&unique("f")).await;
    let client = app.database.superuser().await;
    let mut taken = 0;
    for seed in 0..DOCUMENTS {
        let document = any_document(&mut StdRng::seed_from_u64(seed));
        let path = format!("/stakeholders/{}/claims", shop.id);
        let answer = app.put(&path, &json!({ "data": document })).await;
        assert!([200, 422].contains(&answer.status), "seed {seed}: {document}: {}", answer.body);
        if answer.status == 200 {
            taken += 1;
            is_sound(&app, &shop, seed, answer.data()).await;
            let unmet = column(&client, "select claim_id from integratedb_unmet_claims()").await;
            assert!(unmet.is_empty(), "seed {seed}: {document}");
        } else {
            assert!(answer.errors()["detail"].is_array(), "seed {seed}: {}", answer.body);
        }
    }
    assert!(taken > DOCUMENTS / 20, "only {taken} documents were taken");
}
