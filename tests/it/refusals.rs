//! What a refused migration is told, by whomever it was called and wherever in a
//! transaction, and that it leaves nothing.

use serde_json::json;

use crate::scene::{Refused, Scene, migration};
use crate::support::{column, may_not, run};

#[tokio::test]
async fn a_refusal_names_the_stakeholder_the_column_the_property_and_what_is_there() {
    let scene =
        Scene::after("create table foos (id int, name varchar(255), at timestamptz not null)")
            .await;
    scene.claim_fields("public.foos", json!(["id", "name", "at"])).await;
    let refused = scene
        .refuses_migration(
            "alter table foos drop column id, alter column name type varchar(100), alter column at drop not null",
        )
        .await;
    let name = &scene.reporting.name;
    let (words, _) = refused.detail.split_once("\n\n").unwrap();
    assert_eq!(
        words,
        format!(
            "1 claim would be unmet:\npublic.foos\n  \
             {name} needs id: the column does not exist; \
             and name to have a length of at least 255: it has 100; \
             and at to be not null: it is nullable"
        )
    );
    assert_eq!(
        refused.faults(),
        [
            "public.foos id name - -",
            "public.foos name min_length 255 100",
            "public.foos at is_nullable false true",
        ]
    );
    assert_eq!(refused.claims[0]["stakeholder"], json!(name));
    assert!(refused.claims[0]["claim_id"].is_i64());

    let refused = scene.refuses_migration("alter table foos alter column id type text").await;
    assert_eq!(refused.faults(), ["public.foos id type integer text"]);
    let refused = scene.refuses_migration("drop table foos").await;
    assert_eq!(refused.faults(), ["public.foos - path - -"]);
}

#[tokio::test]
async fn the_unmet_claims_can_be_listed_inside_the_migration() {
    let scene = Scene::after("create table foos (id int, name text)").await;
    scene.claim_fields("public.foos", json!(["id", "name"])).await;
    run(&scene.owner, "begin; alter table foos rename name to title").await;
    let rows = column(
        &scene.owner,
        "select concat_ws(' ', stakeholder, path, field, property) from integratedb_unmet_claims()",
    )
    .await;
    assert_eq!(rows, [format!("{} public.foos name name", scene.reporting.name)]);
    let id = "select pg_typeof(claim_id) from integratedb_unmet_claims() limit 1";
    assert_eq!(column(&scene.owner, id).await, ["bigint"]);
    run(&scene.owner, "rollback").await;
    assert_eq!(scene.unmet().await, [""; 0]);
}

#[tokio::test]
async fn a_refused_migration_leaves_nothing_and_the_session_goes_on() {
    let scene =
        Scene::after("create table a (id int, name text); insert into a values (1, 'x')").await;
    scene.claim_fields("public.a", json!(["name"])).await;
    scene
        .refuses_migration("create table other (x int); insert into a values (2, 'y'); alter table a drop column name")
        .await;
    assert_eq!(column(&scene.client, "select name from a").await, ["x"]);
    assert_eq!(column(&scene.owner, "select to_regclass('other')").await, ["null"]);
    scene.migrate("alter table a drop column id").await;
    assert_eq!(column(&scene.client, "select name from a").await, ["x"]);
}

#[tokio::test]
async fn savepoints_are_part_of_the_migration() {
    let scene = Scene::after("create table a (id int, name text)").await;
    scene.claim_fields("public.a", json!(["name"])).await;
    scene.migrate("savepoint s; alter table a drop column name; rollback to s").await;
    scene.refuses_migration("savepoint s; alter table a drop column name; release s").await;
    run(
        &scene.owner,
        "begin; alter table a drop column id; savepoint s; alter table a drop column name",
    )
    .await;
    let refused = scene.owner.simple_query("select integratedb_validate_migration()").await;
    assert_eq!(refused.unwrap_err().code().unwrap().code(), "P0001");
    run(&scene.owner, "rollback to s; select integratedb_validate_migration(); commit").await;
    assert_eq!(scene.readable("public.a").await, ["name"]);
    // Also from a block that caught the refusal.
    run(
        &scene.owner,
        "do $$ begin
           begin
             alter table a drop column name;
             perform integratedb_validate_migration();
           exception when raise_exception then null;
           end;
           perform integratedb_validate_migration();
         end $$",
    )
    .await;
    assert_eq!(scene.readable("public.a").await, ["name"]);
}

#[tokio::test]
async fn no_more_claims_are_named_than_asked_for_and_the_total_is_said() {
    let scene =
        Scene::after("create table a (x int); create table b (x int); create table c (x int)")
            .await;
    let claims: Vec<_> =
        ["a", "b", "c"].map(|table| json!({ "path": format!("public.{table}") })).into();
    scene.claim(json!(claims)).await;
    for (limit, named) in [(1, 1), (2, 2), (3, 3), (100, 3), (0, 1)] {
        let sql = format!(
            "begin; drop table a, b, c; select integratedb_validate_migration({limit}); commit"
        );
        let refused = Refused::of(&scene.owner, &sql).await;
        assert_eq!(refused.claims.as_array().unwrap().len(), named, "{limit}");
        assert!(refused.detail.starts_with("3 claims would be unmet:\n"), "{}", refused.detail);
        let more = format!("\n… and {} more\n", 3 - named);
        assert_eq!(refused.detail.contains(&more), named < 3, "{}", refused.detail);
    }
    run(&scene.owner, "begin; drop table a, b, c").await;
    let listed = "select count(*) from integratedb_unmet_claims(2)";
    assert_eq!(column(&scene.owner, listed).await, ["2"]);
}

#[tokio::test]
async fn every_stakeholder_that_needs_it_is_named() {
    let scene = Scene::after("create table a (x int, y int)").await;
    let billing = scene.app.stakeholder("billing").await;
    scene.claim_fields("public.a", json!(["x"])).await;
    scene.app.claim(&billing, &json!([{ "path": "public.a", "fields": ["*"] }])).await;
    let refused = scene.refuses_migration("drop table a").await;
    let names: Vec<_> =
        refused.claims.as_array().unwrap().iter().map(|claim| &claim["stakeholder"]).collect();
    assert_eq!(names, [&billing.name, &scene.reporting.name]);
    let refused = scene.refuses_migration("alter table a drop column y").await;
    assert_eq!(refused.claims.as_array().unwrap().len(), 1);
    assert_eq!(refused.claims[0]["stakeholder"], json!(billing.name));
}

#[tokio::test]
async fn a_stakeholder_can_validate_its_own_migrations() {
    let scene = Scene::after("select 1").await;
    let billing = scene.app.stakeholder("billing").await;
    let client = scene.app.connect_as(&billing).await;
    let invoices = format!("{}.invoices", billing.name);
    run(&client, &format!("create table {invoices} (id int, total int)")).await;
    scene.claim_fields(&invoices, json!(["id"])).await;
    let refused =
        Refused::of(&client, &migration(&format!("alter table {invoices} drop column id"))).await;
    assert_eq!(refused.faults(), [format!("{invoices} id name - -")]);
    run(&client, &migration(&format!("alter table {invoices} drop column total, add tax int")))
        .await;
    run(
        &client,
        &migration(&format!("drop table {invoices}; create table {invoices} (tax int, id int)")),
    )
    .await;
    assert_eq!(scene.readable(&invoices).await, ["id"]);
}

#[tokio::test]
async fn whoever_migrates_needs_no_right_on_the_registry() {
    let scene = Scene::after("create table a (x int)").await;
    scene.claim_fields("public.a", json!(["*"])).await;
    for client in [&scene.owner, &scene.client] {
        may_not(client, "select * from integratedb.claims").await;
        may_not(client, "select integratedb.take_fence()").await;
        may_not(client, "update integratedb.fence set passed = 0").await;
    }
    scene.refuses_migration("drop table a").await;
    // Nor do names in the caller's search path lead astray.
    let hijack = "set local search_path = tricks, public;
        create schema tricks;
        create table tricks.pg_class (oid oid);
        create table tricks.pg_attribute (attrelid oid);
        create function tricks.format_type(oid, int) returns text language sql as $$ select 'x' $$;
        create type tricks.a as (x int);";
    scene.refuses_migration(&format!("{hijack} drop table public.a")).await;
    scene.migrate(hijack).await;
}
