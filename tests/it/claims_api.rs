//! `PUT …/claims` over HTTP: what it answers, and that a refusal changes nothing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Client, Stakeholder, TestApp, column, may_not, run, unique};

/// A server, a table of the owner, and a stakeholder.
async fn scene() -> (TestApp, Client, Stakeholder) {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, "create table orders (id bigint not null, note text, secret text)").await;
    run(&owner, "insert into orders values (1, 'x', 'y')").await;
    let reporting = app.stakeholder("reporting").await;
    (app, owner, reporting)
}

fn path(stakeholder: &Stakeholder) -> String {
    format!("/stakeholders/{}/claims", stakeholder.id)
}

/// Everything that the registry and the catalog know about claims and grants.
async fn state(app: &TestApp) -> Vec<String> {
    let client = app.database.superuser().await;
    let mut state = Vec::new();
    for table in [
        "integratedb.specs",
        "integratedb.claims",
        "integratedb.watched_tables",
        "integratedb.claimed_tables",
        "integratedb.claimed_columns",
        "integratedb.granted_columns",
        "integratedb.granted_schemas",
    ] {
        state.extend(column(&client, &format!("select t::text from {table} t order by 1")).await);
    }
    let grants = "select attrelid::regclass || '.' || attname || attacl::text
                  from pg_attribute where attacl is not null order by 1";
    state.extend(column(&client, grants).await);
    state.extend(
        column(
            &client,
            "select nspname || coalesce(nspacl::text, '') from pg_namespace order by 1",
        )
        .await,
    );
    state
}

#[tokio::test]
async fn the_document_is_answered_in_its_shortest_form() {
    let (app, _, reporting) = scene().await;
    assert_eq!(app.get(&path(&reporting)).await.expect(200).data(), &json!({ "match": [] }));
    let document = json!({ "data": { "match": {
        "optional": false,
        "alternatives": [{
            "path": "public.orders",
            "fields": [
                { "name": "id" },
                { "alternatives": [{ "name": "note", "type": "text", "is_nullable": "true" }] },
                { "name": "secret", "optional": true, "alternatives": null },
            ],
        }],
    } } });
    let terse = json!({ "match": [{
        "path": "public.orders",
        "fields": [
            "id",
            { "name": "note", "type": "text", "is_nullable": true },
            { "name": "secret", "optional": true },
        ],
    }] });
    let answer = app.put(&path(&reporting), &document).await.expect(200);
    assert_eq!(answer.data(), &terse);
    assert_eq!(app.get(&path(&reporting)).await.expect(200).data(), &terse);
    let again = app.put(&path(&reporting), &json!({ "data": terse })).await.expect(200);
    assert_eq!(again.data(), &terse);
}

#[tokio::test]
async fn a_refused_document_changes_nothing() {
    let (app, _, reporting) = scene().await;
    app.claim(&reporting, &json!([{ "path": "public.orders", "fields": ["id"] }])).await;
    let before = state(&app).await;
    for matches in [
        json!([{ "path": "public.orders", "fields": ["secret"] }, { "path": "public.nothing" }]),
        json!([{ "path": "public.orders", "fields": ["secret", "nothing"] }]),
        json!([{ "path": "public.orders", "fields": [{ "name": "note", "type": "int" }] }]),
        json!([{ "path": "public.orders", "fields": ["secret"], "events": ["*"] }]),
        json!([{ "path": "integratedb.users", "fields": ["*"] }]),
        json!([{ "path": "pg_catalog.pg_authid", "fields": ["*"] }]),
        json!("everything"),
    ] {
        let answer = app.put_claims(&reporting, &matches).await;
        assert_eq!(answer.status, 422, "{matches}: {}", answer.body);
        assert!(answer.errors()["detail"].is_array(), "{}", answer.body);
        assert_eq!(state(&app).await, before, "{matches}");
    }
    let client = app.connect_as(&reporting).await;
    assert_eq!(column(&client, "select id from orders").await, ["1"]);
    may_not(&client, "select secret from orders").await;
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let (app, owner, reporting) = scene().await;
    run(&owner, "create schema sales; create table sales.items (id int, price numeric)").await;
    app.claim(&reporting, &json!([{ "path": "public.orders", "fields": ["id", "note"] }])).await;
    let before = state(&app).await;
    let matches = json!([
        { "path": "public.orders", "fields": ["id", "secret"] },
        { "path": "sales.items", "fields": ["*"] },
    ]);
    let address = format!("{}?dry_run=true", path(&reporting));
    let body = json!({ "data": { "match": matches } });
    let answer = app.put(&address, &body).await.expect(200);
    let columns = |schema: &str, table: &str, columns: &[&str]| json!({ "privilege": "SELECT", "schema": schema, "table": table, "columns": columns });
    let expected = json!({
        "match": matches,
        "dry_run": {
            "grants": [
                { "privilege": "USAGE", "schema": "sales" },
                columns("public", "orders", &["secret"]),
                columns("sales", "items", &["id", "price"]),
            ],
            "revokes": [columns("public", "orders", &["note"])],
        },
    });
    assert_eq!(answer.data(), &expected);
    assert_eq!(state(&app).await, before);

    let wrong = json!({ "data": { "match": [{ "path": "public.nothing" }] } });
    app.put(&address, &wrong).await.expect(422);
    let real = format!("{}?dry_run=false", path(&reporting));
    let answer = app.put(&real, &body).await.expect(200);
    assert_eq!(answer.data(), &json!({ "match": matches }));
    let idle = app.put(&address, &body).await.expect(200);
    assert_eq!(idle.data()["dry_run"], json!({ "grants": [], "revokes": [] }));
    let client = app.connect_as(&reporting).await;
    assert_eq!(column(&client, "select count(*) from sales.items").await, ["0"]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let (app, _, reporting) = scene().await;
    let body = json!({ "data": { "match": [] } });
    let answer = app.put(&format!("{}?dry_run=maybe", path(&reporting)), &body).await.expect(422);
    assert_eq!(answer.errors(), &json!({ "dry_run": ["must be true or false"] }));
    app.get("/stakeholders/999999/claims").await.expect(404);
    app.put("/stakeholders/999999/claims", &body).await.expect(404);
    app.put("/stakeholders/x/claims", &body).await.expect(404);
    let answer = app.put(&path(&reporting), &json!({})).await.expect(422);
    let sentence = answer.errors()["detail"][0][0].as_str().expect("a sentence");
    assert!(sentence.starts_with("Required property data was not present"), "{sentence}");
    assert_eq!(answer.errors()["detail"][0][1], "#");
}

#[tokio::test]
async fn claims_that_wait_too_long_for_a_migration_are_told_to_come_back() {
    let (app, owner, reporting) = scene().await;
    let matches = json!([{ "path": "public.orders", "fields": ["id"] }]);
    let hasty = app.beside(|settings| settings.lock_timeout = Duration::from_millis(200)).await;
    run(&owner, "begin; alter table orders drop column secret").await;
    let answer = hasty.put_claims(&reporting, &matches).await.expect(503);
    assert_eq!(answer.header("retry-after"), "1");
    let expected = json!({ "detail": "A running migration holds what this needs." });
    assert_eq!(answer.errors(), &expected);
    run(&owner, "rollback").await;
    app.put_claims(&reporting, &matches).await.expect(200);
}

/// The statements that the messages of a refusal offer.
fn remedies(answer: &Value) -> Vec<String> {
    let faults = answer["errors"]["detail"].as_array().expect("a list of faults");
    let sentences = faults.iter().filter_map(|fault| fault[0].as_str());
    sentences
        .filter_map(|sentence| sentence.find("GRANT ").map(|start| sentence[start..].to_owned()))
        .collect()
}

#[tokio::test]
async fn a_table_that_may_not_be_granted_on_is_refused_with_the_sql_that_lets_it() {
    let (app, _, reporting) = scene().await;
    let superuser = app.database.superuser().await;
    let stranger = unique("stranger");
    run(
        &superuser,
        &format!(
            "create role {stranger}; create schema \"Closed\" authorization {stranger};
             set role {stranger}; create table \"Closed\".\"Tab le\" (id int); reset role;
             create table public.theirs (id int); alter table public.theirs owner to {stranger}"
        ),
    )
    .await;
    let client = app.connect_as(&reporting).await;
    for (path, sql) in [
        ("public.theirs", "select count(*) from public.theirs"),
        ("Closed.Tab le", "select count(*) from \"Closed\".\"Tab le\""),
    ] {
        let before = state(&app).await;
        let matches = json!([{ "path": path, "fields": ["id"] }]);
        let answer = app.put_claims(&reporting, &matches).await.expect(422);
        let tree = &answer.errors()["claims"][0]["alternatives"][0]["path"];
        assert!(tree.is_array(), "{}", answer.body);
        assert_eq!(answer.errors()["detail"][0][1], "#/match/0/path");
        assert_eq!(state(&app).await, before);
        may_not(&client, sql).await;

        let remedies = remedies(&answer.body);
        assert!(!remedies.is_empty(), "{}", answer.body);
        for remedy in remedies {
            run(&superuser, &remedy).await;
        }
        app.claim(&reporting, &matches).await;
        assert_eq!(column(&client, sql).await, ["0"]);
    }
}
