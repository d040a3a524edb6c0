//! Claims: what they grant, and what they take away again.

use serde_json::json;

use crate::scene::{Scene, readable};
use crate::support::{TestApp, column, may_not, run};

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn claimed_columns_can_be_read_and_nothing_else() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, "create table orders (id int, secret text); insert into orders values (1, 'x')")
        .await;
    let reporting = app.stakeholder("reporting").await;
    let client = app.connect_as(&reporting).await;
    may_not(&client, "select id from orders").await;

    app.claim(&reporting, &json!([{ "path": "public.orders", "fields": ["id"] }])).await;
    assert_eq!(column(&client, "select id from orders").await, ["1"]);
    may_not(&client, "select secret from orders").await;
    may_not(&client, "update orders set id = 2").await;

    app.claim(&reporting, &json!([])).await;
    may_not(&client, "select id from orders").await;
}

#[tokio::test]
async fn claiming_less_takes_privileges_away() {
    let scene = Scene::after("create table a (x int, y int); create table b (x int)").await;
    scene
        .claim(json!([
            { "path": "public.a", "fields": ["*"] },
            { "path": "public.b", "fields": ["*"] },
        ]))
        .await;
    assert_eq!(scene.readable("public.a").await, ["x", "y"]);
    assert_eq!(scene.readable("public.b").await, ["x"]);
    scene.claim_fields("public.a", json!(["y"])).await;
    assert_eq!(scene.readable("public.a").await, ["y"]);
    assert_eq!(scene.readable("public.b").await, NOTHING);
}

#[tokio::test]
async fn a_column_that_two_matches_name_stays_readable_while_one_of_them_does() {
    let scene = Scene::after("create table a (x int, y int)").await;
    let (wide, narrow) = (
        json!({"path": "public.a", "fields": ["*"]}),
        json!({"path": "public.a", "fields": ["x"]}),
    );
    scene.claim(json!([wide, narrow])).await;
    assert_eq!(scene.readable("public.a").await, ["x", "y"]);
    scene.claim(json!([narrow])).await;
    assert_eq!(scene.readable("public.a").await, ["x"]);
}

#[tokio::test]
async fn refused_claims_leave_everything_as_it_was() {
    let scene = Scene::after("create table a (x int, y int)").await;
    scene.claim_fields("public.a", json!(["x"])).await;
    let faults = scene
        .refuses(json!([
            { "path": "public.a", "fields": ["y", "z"] },
            { "path": "public.b", "fields": ["*"] },
        ]))
        .await;
    assert_eq!(
        faults,
        [
            "#/match/0/fields/1 path: `public.a`, field: `z` does not exist.",
            "#/match/1/path path: `public.b` does not exist.",
        ]
    );
    assert_eq!(scene.readable("public.a").await, ["x"]);
    let path = format!("/stakeholders/{}/claims", scene.reporting.id);
    assert_eq!(
        scene.app.get(&path).await.data()["match"],
        json!([{ "path": "public.a", "fields": ["x"] }])
    );
}

#[tokio::test]
async fn a_private_schema_can_be_used_until_the_last_claim_in_it_is_gone() {
    let scene = Scene::after(
        "create schema shop; create table shop.orders (id int); create table shop.lines (id int)",
    )
    .await;
    may_not(&scene.client, "select id from shop.orders").await;
    let (orders, lines) = (
        json!({ "path": "shop.orders", "fields": ["id"] }),
        json!({ "path": "shop.lines", "fields": ["id"] }),
    );
    scene.claim(json!([orders, lines])).await;
    assert_eq!(scene.readable("shop.orders").await, ["id"]);
    scene.claim(json!([lines])).await;
    assert_eq!(scene.readable("shop.lines").await, ["id"]);
    scene.claim(json!([])).await;
    let usage = "select has_schema_privilege('shop', 'usage')";
    assert_eq!(column(&scene.client, usage).await, ["f"]);
}

#[tokio::test]
async fn usage_that_was_there_before_is_not_taken_away() {
    let scene = Scene::after("create schema shop; create table shop.orders (id int)").await;
    let name = &scene.reporting.name;
    run(&scene.owner, &format!("grant usage on schema shop to {name}")).await;
    scene.claim_fields("shop.orders", json!(["*"])).await;
    scene.claim(json!([])).await;
    let usage = "select has_schema_privilege('shop', 'usage')";
    assert_eq!(column(&scene.client, usage).await, ["t"]);
}

#[tokio::test]
async fn a_grant_made_by_hand_outlives_the_claim() {
    let scene = Scene::after("create table a (x int, y int, z int)").await;
    let name = &scene.reporting.name;
    run(&scene.owner, &format!("grant select (y) on a to {name}")).await;
    scene.claim_fields("public.a", json!(["x", "y"])).await;
    assert_eq!(scene.readable("public.a").await, ["x", "y"]);
    run(&scene.owner, &format!("grant select (z) on a to {name}")).await;
    run(&scene.owner, "select integratedb_sync()").await;
    assert_eq!(scene.readable("public.a").await, ["x", "y", "z"]);
    scene.claim(json!([])).await;
    assert_eq!(scene.readable("public.a").await, ["y", "z"]);
}

#[tokio::test]
async fn a_grant_taken_away_by_hand_comes_back_at_the_next_sync() {
    let scene = Scene::after("create schema s; create table s.a (x int, y int)").await;
    let name = &scene.reporting.name;
    for again in ["select integratedb_sync()", "select integratedb_validate_migration()"] {
        for taken in ["revoke select (x) on s.a", "revoke all on s.a", "revoke usage on schema s"] {
            scene.claim_fields("s.a", json!(["x", "y"])).await;
            run(&scene.owner, &format!("{taken} from {name}")).await;
            may_not(&scene.client, "select x from s.a").await;
            run(&scene.owner, again).await;
            assert_eq!(scene.readable("s.a").await, ["x", "y"], "{taken}; {again}");
        }
    }
}

#[tokio::test]
async fn two_stakeholders_on_one_table_each_have_their_own_columns() {
    let scene = Scene::after("create table a (x int, y int, z int)").await;
    let billing = scene.app.stakeholder("billing").await;
    let client = scene.app.connect_as(&billing).await;
    scene.claim_fields("public.a", json!(["x", "y"])).await;
    scene.app.claim(&billing, &json!([{ "path": "public.a", "fields": ["y", "z"] }])).await;
    assert_eq!(scene.readable("public.a").await, ["x", "y"]);
    assert_eq!(readable(&client, "public.a").await, ["y", "z"]);
    scene.claim(json!([])).await;
    assert_eq!(scene.readable("public.a").await, NOTHING);
    assert_eq!(readable(&client, "public.a").await, ["y", "z"]);
}

#[tokio::test]
async fn a_stakeholder_can_claim_the_tables_of_another() {
    let scene = Scene::after("select 1").await;
    let billing = scene.app.stakeholder("billing").await;
    let client = scene.app.connect_as(&billing).await;
    let invoices = format!("{}.invoices", billing.name);
    run(&client, &format!("create table {invoices} (id int, total numeric(10, 2))")).await;

    scene.claim_fields(&invoices, json!(["id"])).await;
    assert_eq!(scene.readable(&invoices).await, ["id"]);
    may_not(&scene.client, &format!("select total from {invoices}")).await;
    scene.claim_fields(&format!("{}.*", billing.name), json!(["*"])).await;
    assert_eq!(scene.readable(&invoices).await, ["id", "total"]);
    scene.claim(json!([])).await;
    may_not(&scene.client, &format!("select id from {invoices}")).await;
}

#[tokio::test]
async fn mixed_case_and_reserved_words_are_ordinary_names() {
    let scene = Scene::after(
        r#"create schema "Sales Dept";
           create table "Sales Dept"."order" ("select" int, "Mixed Case" text, "a""b" int, "ü.x" int);
           create table "Sales Dept"."we.ird" ("from" int)"#,
    )
    .await;
    let fields = json!(["select", "Mixed Case", "a\"b", "ü.x"]);
    scene
        .claim(json!([
            { "path": "Sales Dept.order", "fields": fields },
            { "path": "Sales Dept.\"we.ird\"", "fields": ["*"] },
        ]))
        .await;
    assert_eq!(
        scene.readable(r#""Sales Dept"."order""#).await,
        [r#""select""#, r#""Mixed Case""#, r#""a""b""#, r#""ü.x""#]
    );
    assert_eq!(scene.readable(r#""Sales Dept"."we.ird""#).await, [r#""from""#]);
    let refused = scene.refuses(json!([{ "path": "Sales Dept.Order", "fields": ["*"] }])).await;
    assert_eq!(refused, ["#/match/0/path path: `Sales Dept.Order` does not exist."]);
    scene
        .refuses_migration(
            r#"alter table "Sales Dept"."order" rename "Mixed Case" to "mixed case""#,
        )
        .await;
    scene.claim(json!([])).await;
    may_not(&scene.client, r#"select "select" from "Sales Dept"."order""#).await;
}

#[tokio::test]
async fn what_integratedb_may_not_grant_is_refused_with_the_sql_that_lets_it() {
    let scene = Scene::after("create table ours (x int)").await;
    let superuser = scene.app.database.superuser().await;
    run(&superuser, "create table theirs (x int)").await;
    let claims = json!([
        { "path": "public.ours", "fields": ["*"] },
        { "path": "public.theirs", "fields": ["x"] },
    ]);
    let [refused] = &scene.refuses(claims.clone()).await[..] else { panic!("not one fault") };
    let (words, remedy) = refused.split_once(" Its owner lets it with: ").expect("a remedy");
    assert_eq!(
        words,
        "#/match/1/path path: `public.theirs`: IntegrateDB may not grant SELECT on it."
    );
    assert_eq!(scene.readable("public.ours").await, NOTHING);
    run(&superuser, remedy).await;
    scene.claim(claims).await;
    assert_eq!(scene.readable("public.theirs").await, ["x"]);
}
