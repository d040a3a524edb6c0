//! What listening to `*` depends on: what the claims let it read, and nothing else.

use integratedb::gate;
use serde_json::json;

use crate::audience::{Audience, listen};
use crate::scene::{Refused, migration};
use crate::support::column;
use crate::support::program::output;

const TABLES: &str = "
    create table orders (id int primary key, notes text, total int);
    create schema shop; create table shop.a (id int primary key); create table shop.b (id int primary key)";

/// Claims some of it, and listens to all there is.
async fn listening() -> Audience {
    let a = Audience::after(TABLES).await;
    a.claim(json!([
        { "path": "public.orders", "fields": ["id", { "name": "total", "optional": true }] },
        { "path": "shop.a", "fields": ["id"] },
    ]))
    .await;
    a.listen(json!([
        listen("public.orders", &json!(["INSERT"])),
        listen("shop.*", &json!(["INSERT"]))
    ]))
    .await;
    a
}

/// What a path is to its dependents, as `document need columns would_break`.
async fn dependents(a: &Audience, path: &str) -> Vec<String> {
    let answer = a.app.get(&format!("/impact?path={path}")).await.expect(200);
    let dependents = answer.data()["dependents"].as_array().unwrap();
    let words = ["document", "need", "columns", "would_break"];
    dependents.iter().map(|one| words.map(|word| one[word].to_string()).join(" ")).collect()
}

#[tokio::test]
async fn columns_that_it_may_not_read_are_blocked_by_nobody() {
    let a = listening().await;
    gate::enable(&mut a.app.database.superuser().await).await.unwrap();
    a.run("alter table orders add more text").await;
    a.run("alter table orders drop notes, alter more type varchar(3), alter total type bigint")
        .await;
    a.run("alter table orders drop total").await;
    a.run("drop table shop.b; create table shop.c (id int)").await;
    a.run("drop table shop.c").await;
    let refused = Refused::of(&a.owner, "begin; alter table orders drop id; commit").await;
    let words = format!(
        "1 claim would be unmet:\npublic.orders\n  {} needs id: the column does not exist\n",
        a.reader.name
    );
    assert!(refused.detail.starts_with(&words), "{}", refused.detail);
    Refused::of(&a.owner, "begin; drop table shop.a; commit").await;
    // The table itself is named.
    a.claim(json!([])).await;
    let refused = Refused::of(&a.owner, "begin; drop table orders; commit").await;
    assert!(refused.detail.contains("listens, and needs the table"), "{}", refused.detail);
    a.run("drop table shop.a").await;
    a.run("insert into orders (id) values (1)").await;
}

#[tokio::test]
async fn a_column_that_is_named_is_needed_though_it_may_not_be_read() {
    let a = listening().await;
    let mut named = listen("public.orders", &json!(["INSERT"]));
    named["fields"] = json!(["id", "notes"]);
    a.listen(json!([named])).await;
    let refused = Refused::of(&a.owner, &migration("alter table orders drop notes")).await;
    assert!(refused.detail.contains("listens, and needs notes"), "{}", refused.detail);
}

#[tokio::test]
async fn impact_says_who_claims_and_who_listens_and_asks_nobody_who_does_neither() {
    let a = listening().await;
    assert_eq!(dependents(&a, "public.orders.notes").await, [""; 0]);
    assert_eq!(
        dependents(&a, "public.orders.id").await,
        ["\"claims\" \"required\" [\"id\"] true", "\"notifications\" \"optional\" [\"id\"] false"]
    );
    assert_eq!(
        dependents(&a, "public.orders").await,
        [
            "\"claims\" \"required\" [\"id\",\"total\"] true",
            "\"notifications\" \"required\" [\"id\",\"total\"] true"
        ]
    );
    assert_eq!(dependents(&a, "shop.b").await, [""; 0]);
    assert_eq!(
        dependents(&a, "shop.a").await,
        ["\"claims\" \"required\" [\"id\"] true", "\"notifications\" \"optional\" [\"id\"] false"]
    );

    let url = a.app.database.control_url();
    let told = output(&["impact", "public.orders.id"], &[("DATABASE_URL", url.as_str())]).await;
    let text = String::from_utf8(told.stdout).unwrap();
    let first = "public.orders.id: 1 stakeholder claims it, 1 stakeholder listens to it. Without it 1 claim would be unmet.\n";
    assert!(text.starts_with(first), "{text}");
    let rows: Vec<Vec<&str>> =
        text.lines().skip(3).map(|line| line.split_whitespace().collect()).collect();
    let does: Vec<&str> = rows.iter().map(|row| row[1]).collect();
    assert_eq!(does, ["claims", "listens"], "{text}");
}

#[tokio::test]
async fn what_impact_says_of_listeners_is_what_a_migration_finds() {
    let a = listening().await;
    for (path, drop) in [
        ("public.orders.notes", "alter table orders drop notes"),
        ("public.orders.total", "alter table orders drop total"),
        ("public.orders.id", "alter table orders drop id"),
        ("public.orders", "drop table orders"),
        ("shop.a", "drop table shop.a"),
        ("shop.b", "drop table shop.b"),
        ("shop", "drop schema shop cascade"),
    ] {
        let broken = format!(
            "select count(distinct claim_id) from integratedb_impact('{path}') where would_break"
        );
        let broken = column(&a.owner, &broken).await;
        let unmet = format!("begin; {drop}");
        a.run(&unmet).await;
        let unmet = column(&a.owner, "select count(*) from integratedb_unmet_claims()").await;
        a.run("rollback").await;
        assert_eq!(broken, unmet, "{path}");
    }
}

#[tokio::test]
async fn as_many_claims_are_named_as_are_counted() {
    let a = listening().await;
    let whole = json!({ "path": "public.orders", "fields": ["id"] });
    a.claim(json!([whole, { "path": "public.orders", "fields": ["id", "total"] }])).await;
    let other = a.app.stakeholder("other").await;
    a.app.claim(&other, &json!([whole])).await;
    let refused = Refused::of(&a.owner, &migration("drop table orders")).await;
    let mut who = [other.name.clone(), format!("{} (2 claims)", a.reader.name)];
    who.sort();
    let words = format!(
        "4 claims would be unmet:\npublic.orders (4 claims)\n  {} need the table: it does not exist\n  \
         {} listens, and needs the table: it does not exist\n",
        who.join(" and "),
        a.reader.name
    );
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let said = refused.detail.split("\n\n").next().unwrap();
    assert_eq!(lines(said), lines(&words));
    assert_eq!(refused.claims.as_array().map(Vec::len), Some(4));
}
