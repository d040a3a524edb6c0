//! Values as JSON, held against what Postgres itself makes of them.

use std::collections::BTreeSet;

use integratedb::changes::value::write_json;
use serde_json::Value;
use tokio_postgres::SimpleQueryMessage;

use crate::support::{Client, Database, column, run};

const SETTINGS: &str = "set datestyle = iso; set intervalstyle = postgres;
                        set extra_float_digits = 3; set bytea_output = hex";

/// Types and values of them: a paragraph for each type, a line for each value.
const VALUES: &str = include_str!("values.txt");

fn values() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    VALUES.split("\n\n").map(|paragraph| {
        let mut lines = paragraph.trim_matches('\n').split('\n');
        (lines.next().unwrap(), lines.collect())
    })
}

/// Asserts that a value is written as `to_jsonb` writes it, down to the last digit.
async fn agrees(client: &Client, expression: &str) {
    let sql =
        format!("select v, to_jsonb(v)::text, pg_typeof(v)::oid from (select {expression} v) _");
    let (text, theirs, type_oid) = match client.simple_query(&sql).await {
        Ok(messages) => {
            let row = messages.iter().find_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(row),
                _ => None,
            });
            let cell = |index| row.unwrap().get(index).expect("not null").to_owned();
            (cell(0), cell(1), cell(2))
        }
        Err(error) => panic!("{expression}: {:?}", error.as_db_error()),
    };
    let mut ours = String::new();
    write_json(type_oid.parse().unwrap(), &text, &mut ours);
    if let Err(error) = serde_json::from_str::<Value>(&ours) {
        assert!(error.to_string().starts_with("number out of range"), "{expression}: {ours}");
    }
    let row = client.query_one("select $1::text::jsonb::text", &[/* ours */ &ours]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), theirs, "{expression}: {ours}");
}

/// What a line of the file stands for: it can't be empty, or be two.
fn literal(line: &str) -> String {
    let text = match line {
        "(empty)" => String::new(),
        line => line.replace("\\n", "\n").replace("\\t", "\t"),
    };
    format!("'{}'", text.replace('\'', "''"))
}

#[tokio::test]
async fn values_are_what_postgres_makes_of_them() {
    let client = Database::create().await.superuser().await;
    run(&client, SETTINGS).await;
    for (kind, values) in values() {
        for value in values {
            agrees(&client, &format!("{}::{kind}", literal(value))).await;
        }
    }
}

#[tokio::test]
async fn arrays_are_what_postgres_makes_of_them() {
    let client = Database::create().await.superuser().await;
    run(&client, SETTINGS).await;
    for (kind, values) in values() {
        if kind.ends_with(']') || kind.ends_with("vector") && kind != "tsvector" {
            continue;
        }
        let values: Vec<String> = values.into_iter().map(literal).collect();
        let (all, first) = (values.join(", "), &values[0]);
        for array in [
            format!("array[{all}]::{kind}[]"),
            format!("array[null, {all}, null]::{kind}[]"),
            format!("array[array[{all}], array[{all}]]::{kind}[]"),
            format!("array_fill({first}::{kind}, array[2, 1, 2], array[0, -1, 7])"),
            format!("'{{}}'::{kind}[]"),
        ] {
            agrees(&client, &array).await;
        }
    }
}

#[tokio::test]
async fn timestamps_are_what_postgres_makes_of_them_everywhere() {
    let client = Database::create().await.superuser().await;
    run(&client, SETTINGS).await;
    let (_, moments) = values().find(|(kind, _)| *kind == "timestamptz").unwrap();
    for zone in
        ["Asia/Kolkata", "America/St_Johns", "Europe/Amsterdam", "Pacific/Apia", "Asia/Tokyo"]
    {
        run(&client, &format!("set timezone = '{zone}'")).await;
        for moment in &moments {
            agrees(&client, &format!("{}::timestamptz", literal(moment))).await;
        }
    }
}

#[tokio::test]
async fn every_type_of_postgres_has_been_tried() {
    let client = Database::create().await.superuser().await;
    let mut tried = BTreeSet::new();
    for (kind, values) in values() {
        let sql = format!("select pg_typeof({}::{kind})::oid", literal(values[0]));
        tried.insert(column(&client, &sql).await.remove(0));
    }
    // Those below 10,000 are the same in every installation.
    let types = "select oid || ' ' || typname from pg_type
                 where typtype in ('b', 'r', 'm') and typarray <> 0 and oid < 10000
                   and typname <> 'gtsvector' -- has no values of its own";
    let untried: Vec<String> = column(&client, types).await;
    let untried = untried.iter().filter(|kind| !tried.contains(kind.split(' ').next().unwrap()));
    assert_eq!(untried.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[tokio::test]
async fn enums_ranges_and_domains_are_told_by_what_they_are_made_of() {
    let client = Database::create().await.superuser().await;
    run(&client, SETTINGS).await;
    run(&client, "create type mood as enum ('so so', '{\"x\"}'); create domain age as int").await;
    run(&client, "create type span as range (subtype = date)").await;
    for value in ["'so so'::mood", "'{\"x\"}'::mood", "'[2020-01-01,)'::span"] {
        agrees(&client, value).await;
    }
    let text = column(&client, "select '42'::age").await.remove(0);
    let base = column(&client, "select typbasetype from pg_type where typname = 'age'").await;
    let mut out = String::new();
    write_json(base[0].parse().unwrap(), &text, &mut out);
    assert_eq!(out, "42");
}
