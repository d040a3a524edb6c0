//! What an application is told: what it listens to and claims, and not a word more.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::audience::{Audience, listen};
use crate::support::stream::Socket;
use crate::support::{all_told, run};

const ORDERS: &str = "create table orders (id int primary key, status text, secret text);
                      alter table orders replica identity full;
                      create table hidden (id int primary key, word text)";

/// Claims all but the secret of `orders`, and listens to all there is.
async fn curious() -> Audience {
    let a = Audience::after(ORDERS).await;
    a.claim(claims(&["id", "status"])).await;
    a.listen(json!([
        listen("public.orders", &json!(["*"])),
        listen("public.hidden", &json!(["*"]))
    ]))
    .await;
    a
}

fn claims(fields: &[&str]) -> Value {
    json!([{ "path": "public.orders", "fields": fields }])
}

#[tokio::test]
async fn what_is_not_claimed_is_told_nowhere() {
    let a = curious().await;
    a.run(
        "insert into hidden values (1, 'marker-hidden');
         insert into orders values (1, 'new', 'marker-one');
         update orders set secret = 'marker-two';
         update orders set status = 'paid', secret = 'marker-three';
         update hidden set word = 'marker-hidden'; delete from hidden; truncate hidden;
         delete from orders; truncate orders; insert into orders values (2, 'the end', 'marker-four')",
    )
    .await;
    let events = a.heard.until_told("the end").await;
    let told = a.heard.texts().await.concat();
    assert!(
        !told.contains("marker") && !told.contains("secret") && !told.contains("hidden"),
        "{told}"
    );
    let kinds = ["insert", "update", "update", "delete", "truncate", "insert"];
    assert_eq!(all_told(&events), kinds.map(|kind| format!("{kind} public.orders")));
    assert_eq!(events[1]["data"]["changed"], json!([]));
    assert_eq!(events[2]["data"]["changed"], json!(["status"]));
    assert_eq!(events[3]["data"]["old"], json!({ "id": 1, "status": "paid" }));
}

#[tokio::test]
async fn what_is_not_told_is_said_at_the_put() {
    let a = curious().await;
    let both =
        json!([listen("public.orders", &json!(["*"])), listen("public.hidden", &json!(["*"]))]);
    let answer = a.listen(both).await;
    let why = "the claims don't name it";
    let expected = json!([
        { "match": 0, "path": "public.orders", "column": "secret", "why": why },
        { "match": 1, "path": "public.hidden", "column": null, "why": why },
    ]);
    assert_eq!(answer.data()["not_told"], expected);
    a.claim(json!([{ "path": "public.*", "fields": ["*"] }])).await;
    let answer = a.listen(json!([listen("public.*", &json!(["*"]))])).await;
    assert_eq!(answer.data().get("not_told"), None);
}

#[tokio::test]
async fn a_condition_about_what_may_not_be_read_filters_nothing() {
    let a = curious().await;
    let on = |condition: Value| {
        let mut matched = listen("public.orders", &json!(["*"]));
        matched["where"] = condition;
        matched["fields"] = json!(["id", "status", "secret"]);
        json!([matched])
    };
    let guesses = [
        json!({ "eq": { "secret": "guessed" } }),
        json!({ "not": { "eq": { "secret": "guessed" } } }),
        json!({ "in": { "secret": ["guessed", "x"] } }),
        json!({ "is_null": ["secret"] }),
        json!({ "not": { "is_null": ["secret"] } }),
        json!({ "changed": ["secret"] }),
        json!({ "old": { "eq": { "secret": "guessed" } } }),
        json!({ "and": [{ "eq": { "status": "s" } }, { "not": { "changed": ["secret"] } }] }),
        json!({ "or": [{ "eq": { "status": "none" } }, { "eq": { "secret": "guessed" } }] }),
    ];
    let mut before = 0;
    for (no, guess) in guesses.into_iter().enumerate() {
        a.until_through().await;
        a.listen(on(guess.clone())).await;
        a.run(&format!(
            "insert into orders values (1, 's', 'guessed'), (2, 's', 'wrong'), (3, 's', null);
             update orders set secret = 'guessed'; update orders set secret = secret;
             delete from orders; insert into orders values ({}, 's', 'end'); truncate orders",
            no + 100
        ))
        .await;
        let events = a.heard.until(before + 14).await;
        let last = events.last().unwrap();
        assert_eq!(last["type"], "integratedb.truncate", "{guess}");
        assert_eq!(events.len(), before + 14, "{guess}");
        before = events.len();
    }
}

#[tokio::test]
async fn a_condition_about_what_may_be_read_filters() {
    let a = curious().await;
    let mut matched = listen("public.orders", &json!(["*"]));
    matched["where"] = json!({ "eq": { "status": "paid" } });
    matched["fields"] = json!(["id", "status"]);
    a.listen(json!([matched])).await;
    a.run(
        "insert into orders values (1, 'new'), (2, 'paid'); update orders set status = 'paid' where id = 1;
         update orders set status = 'sent'; update orders set status = 'paid' where id = 2; delete from orders",
    )
    .await;
    let told = ["insert", "update", "update", "delete"].map(|kind| format!("{kind} public.orders"));
    a.run("insert into orders values (9, 'paid')").await;
    let events = a.heard.until(5).await;
    assert_eq!(all_told(&events)[..4], told);
    assert_eq!(events[3]["data"]["key"], json!({}), "all of a row is its identity");
    assert_eq!(events[3]["data"]["old"]["id"], 2);
}

#[tokio::test]
async fn a_channel_that_lags_tells_nothing_of_what_was_withdrawn_meanwhile() {
    let a = curious().await;
    a.claim(claims(&["id", "status", "secret"])).await;
    a.run("insert into orders values (1, 'first', 'marker-told')").await;
    a.heard.until_told("marker-told").await;
    a.until_through().await;
    a.app.post(&a.path("/pause"), &json!({})).await.expect(200);
    a.run("insert into orders values (2, 'second', 'marker-late'); insert into hidden values (1, 'marker-hidden')").await;
    a.claim(claims(&["id", "status"])).await;
    a.run("insert into orders values (3, 'third', 'marker-later')").await;
    a.app.post(&a.path("/resume"), &json!({})).await.expect(200);
    let events = a.heard.until_told("third").await;
    assert_eq!(events.len(), 3);
    assert_eq!(events[1]["data"]["new"], json!({ "id": 2, "status": "second" }));
    let told = a.heard.texts().await.concat();
    assert!(!told.contains("marker-late") && !told.contains("hidden"), "{told}");
    // The same again from the beginning: by what may be read now.
    let from = json!({ "data": { "from": events[0]["id"] } });
    a.until_through().await;
    let before = a.heard.texts().await.len();
    a.app.post(&a.path("/replay"), &from).await.expect(200);
    a.run("insert into orders values (4, 'fourth', 'marker-later')").await;
    a.heard.until_told("fourth").await;
    // An event may be told twice: a Redis whose answer came too late has it.
    let texts = a.heard.texts().await.split_off(before);
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), 4, "{texts:#?}");
    assert!(!texts.concat().contains("marker"), "{texts:#?}");
    a.claim(json!([])).await;
    a.run("insert into orders values (5, 'fifth', 'marker-later')").await;
    a.claim(json!([{ "path": "public.hidden" }])).await;
    a.run("insert into hidden values (2, 'marker-hidden')").await;
    let events = a.heard.until_told("public.hidden").await;
    let hidden = events.last().unwrap();
    assert_eq!((&hidden["data"]["new"], &hidden["data"]["key"]), (&json!({}), &json!({})));
    let told = a.heard.texts().await[before..].concat();
    assert!(!told.contains("fifth") && !told.contains("marker"), "{told}");
}

#[tokio::test]
async fn a_socket_forgets_what_was_withdrawn() {
    let a = curious().await;
    a.claim(claims(&["id", "status", "secret"])).await;
    let document = json!({
        "match": [listen("public.orders", &json!(["*"]))],
        "channels": [{ "type": "SOCKET" }],
    });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    let token = a.app.token_of(&a.reader).await;
    let mut socket = Socket::of(&a.app, &a.reader, &token).await;
    a.run("insert into orders values (1, 'one', 'marker-a')").await;
    let first = socket.json().await;
    assert_eq!(first["data"]["new"]["secret"], "marker-a");
    a.run("insert into orders values (2, 'two', 'marker-b')").await;
    assert_eq!(socket.json().await["data"]["new"]["secret"], "marker-b");
    a.claim(claims(&["id", "status"])).await;
    let path = format!("/stakeholders/{}/socket?from=", a.reader.id);
    let resumed = format!("{path}{}", first["id"].as_str().unwrap());
    let mut again = Socket::open(&a.app, &resumed, Some(&token)).await.unwrap();
    assert_eq!(again.json().await["type"], "subscribed");
    assert_eq!(again.json().await["data"]["new"], json!({ "id": 2, "status": "two" }));
    // Who was listening is told to come back, and has missed nothing.
    let (texts, code, reason) = socket.rest().await;
    assert!(texts.is_empty() && code == 1012, "{code} {reason} {texts:?}");
    let from = reason.split_once("from=").unwrap().1;
    let mut back = Socket::open(&a.app, &format!("{path}{from}"), Some(&token)).await.unwrap();
    assert_eq!(back.json().await["type"], "subscribed");
    a.run("insert into orders values (3, 'three', 'marker-c')").await;
    for mut socket in [again, back] {
        assert_eq!(socket.json().await["data"]["new"], json!({ "id": 3, "status": "three" }));
    }
}

#[tokio::test]
async fn a_column_under_a_claimed_name_that_nobody_was_granted_is_not_told() {
    let a = curious().await;
    a.run("insert into orders values (1, 'first', 'marker-a')").await;
    a.heard.until_told("first").await;
    // Nobody validates this, so the role can't read what is called `status` now.
    a.run(
        "begin; alter table orders rename status to was; alter table orders rename secret to status;
         insert into orders values (2, 'x', 'marker-b'); commit; update orders set status = 'marker-c'",
    )
    .await;
    a.run("insert into orders values (99999, 'x')").await;
    a.heard.until_told("99999").await;
    let told = a.heard.texts().await.concat();
    assert!(!told.contains("marker"), "{told}");
}

#[tokio::test]
async fn what_row_level_security_guards_is_told_no_longer() {
    let a = curious().await;
    a.claim(json!([{ "path": "public.orders", "fields": ["*"] }, { "path": "public.hidden", "fields": ["*"] }])).await;
    a.run("insert into orders values (1, 'first')").await;
    a.heard.until_told("first").await;
    // Nobody validates this.
    a.run("alter table orders enable row level security; insert into orders values (2, 'guarded')")
        .await;
    a.run("insert into hidden values (1, 'last')").await;
    let events = a.heard.until_told("last").await;
    assert_eq!(all_told(&events), ["insert public.orders", "insert public.hidden"]);
}

#[tokio::test]
async fn a_role_that_somebody_dropped_hurts_nobody_else() {
    let a = curious().await;
    let other = a.app.stakeholder("other").await;
    a.app.claim(&other, &claims(&["id"])).await;
    let document = json!({ "match": [listen("public.orders", &json!(["*"]))], "channels": [{ "type": "SOCKET" }] });
    a.app.put_notifications(&other, &document).await.expect(200);
    let superuser = a.app.database.superuser().await;
    let name = &other.name;
    run(
        &superuser,
        &format!(
            "drop owned by {name} cascade; reassign owned by {name} to app_owner; drop role {name}"
        ),
    )
    .await;
    a.claim(claims(&["id", "status"])).await;
    a.listen(json!([listen("public.orders", &json!(["*"]))])).await;
    a.run("insert into orders values (1, 'told')").await;
    a.heard.until_told("told").await;
}
