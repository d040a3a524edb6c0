//! Ways around a claim that somebody found once.

use std::time::Duration;

use integratedb::gate::{self, Status};
use serde_json::json;

use crate::housekeeping::kept_by_hand;
use crate::scene::Scene;
use crate::support::{TestApp, column, may_not, refusal, run, unique, until_waiting};

#[tokio::test]
async fn a_table_that_is_renamed_as_an_index_meets_the_gate() {
    let scene = Scene::after(
        "create table orders (id int); create view recent as select id from orders;
         create index orders_id on orders (id)",
    )
    .await;
    let mut superuser = scene.app.database.superuser().await;
    gate::enable(&mut superuser).await.unwrap();
    scene
        .claim(json!([
            { "path": "public.orders", "fields": ["*"] },
            { "path": "public.recent", "fields": ["*"] }
        ]))
        .await;
    for rename in ["alter index orders rename to old", "alter index recent rename to old"] {
        let refusal = refusal(&scene.owner, rename).await;
        assert_eq!(refusal.message(), "IntegrateDB.InvalidMigration", "{rename}");
    }
    run(&scene.owner, "alter index orders_id rename to by_id").await;
}

#[tokio::test]
async fn a_gate_that_knows_too_few_commands_is_mended() {
    let app = TestApp::start().await;
    let mut superuser = app.database.superuser().await;
    gate::enable(&mut superuser).await.unwrap();
    run(
        &superuser,
        "drop event trigger integratedb_gate_ddl;
         create event trigger integratedb_gate_ddl on ddl_command_end
           when tag in ('ALTER TABLE') execute function integratedb.gate_mark()",
    )
    .await;
    assert_eq!(gate::status(&superuser).await.unwrap(), Status::Incomplete);
    gate::enable(&mut superuser).await.unwrap();
    assert_eq!(gate::status(&superuser).await.unwrap(), Status::Enabled);
}

#[tokio::test]
async fn a_type_of_ones_own_is_no_built_in_whatever_its_name() {
    let scene = Scene::after("create table orders (id int, tags text[])").await;
    scene
        .claim(json!([{ "path": "public.orders", "fields": [
            { "name": "id", "type": "int" }, { "name": "tags", "type": "text[]" }
        ] }]))
        .await;
    scene
        .refuses_migration(
            r#"create domain "integer" as text; alter table orders alter id type "integer" using id::text"#,
        )
        .await;
    scene
        .refuses_migration(
            r#"create type "text[]" as enum ('a'); alter table orders alter tags type "text[]" using null"#,
        )
        .await;
}

#[tokio::test]
async fn how_a_session_quotes_names_changes_no_types() {
    let scene =
        Scene::after("create type mood as enum ('glad'); create table people (mood mood)").await;
    scene.claim(json!([{ "path": "public.people", "fields": ["*"] }])).await;
    run(&scene.owner, "set quote_all_identifiers = on").await;
    scene.migrate("alter table people add other mood").await;
    assert_eq!(scene.unmet().await, Vec::<String>::new());
    run(&scene.owner, "set quote_all_identifiers = off").await;
    scene.migrate("alter table people add third mood").await;
}

#[tokio::test]
async fn thousands_of_alternatives_are_judged_in_one_pass() {
    let scene = Scene::after("create table orders (id int)").await;
    let planned = (0..5000).map(|no| json!({ "path": format!("public.p{no}"), "planned": true }));
    let alternatives: Vec<_> =
        std::iter::once(json!({ "path": "public.orders" })).chain(planned).collect();
    scene.claim(json!([{ "alternatives": alternatives }])).await;
    run(&scene.owner, "set statement_timeout = '60s'").await;
    scene.migrate("create table other ()").await;
    scene.refuses_migration("drop table orders").await;
}

#[tokio::test]
async fn what_another_grantor_gave_is_not_forgotten() {
    let scene = Scene::after("create table orders (id int)").await;
    scene.claim(json!([{ "path": "public.orders", "fields": ["*"] }])).await;
    let grantor = column(&scene.app.database.control().await, "select current_user::text").await;
    run(&scene.owner, &format!("grant select on orders to {} with grant option", grantor[0])).await;
    let answer = scene.app.put_claims(&scene.reporting, &json!([])).await.expect(200);
    let kept = json!([{
        "privilege": "SELECT", "schema": "public", "table": "orders", "columns": ["id"],
    }]);
    assert_eq!(answer.data()["not_revoked"], kept);
    run(&scene.owner, &format!("revoke all on orders from {} cascade", grantor[0])).await;
    scene.claim(json!([])).await;
    let control = scene.app.database.control().await;
    let left = column(
        &control,
        &format!(
            "select 'id' where has_column_privilege('{}', 'orders', 'id', 'select')",
            scene.reporting.name
        ),
    )
    .await;
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn a_schema_that_may_not_be_used_is_said_to_be_one() {
    let scene = Scene::after("create table orders (id int)").await;
    let superuser = scene.app.database.superuser().await;
    let grantor = column(&scene.app.database.control().await, "select current_user::text").await;
    run(
        &superuser,
        &format!(
            "create schema closed; create table closed.t (id int);
             grant select on closed.t to {} with grant option",
            grantor[0]
        ),
    )
    .await;
    let said = scene.refuses(json!([{ "path": "closed.t", "fields": ["*"] }])).await;
    assert!(said.iter().any(|line| line.contains("GRANT USAGE ON SCHEMA \"closed\"")), "{said:?}");
}

#[tokio::test]
async fn claims_of_a_stakeholder_that_is_deleted_meanwhile_answer_404() {
    let app = kept_by_hand().await;
    let superuser = app.database.superuser().await;
    let owner = app.database.owner().await;
    run(&owner, "create table orders (id int); create table broken (id int, word text)").await;
    let (shop, other) = (app.stakeholder("shop").await, app.stakeholder("other").await);
    app.claim(&other, &json!([{ "path": "public.broken", "fields": ["word"] }])).await;
    let control = app.database.control().await;
    run(&control, "begin; select integratedb.take_fence()").await;
    // What nobody has noted yet a deletion notes first, and waits for that as long as it may.
    run(&superuser, "alter table broken drop column word").await;
    let path = format!("/stakeholders/{}", shop.id);
    let claims = json!([{ "path": "public.orders" }]);
    let (deleted, claimed, ()) = tokio::join!(
        app.delete(&path),
        async {
            until_waiting(&superuser, 1).await;
            app.put_claims(&shop, &claims).await
        },
        async {
            until_waiting(&superuser, 2).await;
            run(&control, "commit").await;
        }
    );
    deleted.expect(204);
    claimed.expect(404);
}

/// The control plane waits in attempts of half a second.
#[tokio::test]
async fn a_migration_that_takes_long_keeps_a_stakeholder_from_no_end_and_no_name() {
    let scene = Scene::after("create table orders (id int)").await;
    let control = scene.app.database.control().await;
    let other = scene.app.stakeholder("other").await;
    run(&control, "begin; select integratedb.take_fence()").await;
    let renamed = format!("/stakeholders/{}", other.id);
    let deleted = format!("/stakeholders/{}", scene.reporting.id);
    let name = json!({ "stakeholder": { "name": unique("another") } });
    let (renamed, deleted, ()) =
        tokio::join!(scene.app.put(&renamed, &name), scene.app.delete(&deleted), async {
            // The time that this is about.
            tokio::time::sleep(Duration::from_millis(1200)).await;
            run(&control, "commit").await;
        });
    renamed.expect(200);
    deleted.expect(204);
}

#[tokio::test]
async fn a_stakeholder_that_owns_something_elsewhere_is_refused_with_the_reason() {
    let scene = Scene::after("").await;
    let elsewhere = TestApp::start().await.database.superuser().await;
    run(
        &elsewhere,
        &format!("create table theirs (); alter table theirs owner to {}", scene.reporting.name),
    )
    .await;
    let path = format!("/stakeholders/{}", scene.reporting.id);
    let answer = scene.app.delete(&path).await.expect(409);
    assert!(answer.body.to_string().contains("another database"), "{}", answer.body);
    scene.app.connect_as(&scene.reporting).await;
    run(&elsewhere, "drop table theirs").await;
    scene.app.delete(&path).await.expect(204);
}

#[tokio::test]
async fn a_type_of_the_same_name_in_another_schema_is_another_type() {
    let scene = Scene::after(
        "create schema other; create type mood as enum ('good'); create type other.mood as enum ('bad');
         create table feelings (m mood, ms mood[])",
    )
    .await;
    let fields = json!([{ "name": "m", "type": "mood" }, { "name": "ms", "type": "mood[]" }]);
    scene.claim(json!([{ "path": "public.feelings", "fields": fields }])).await;
    for column in ["m type other.mood", "ms type other.mood[]"] {
        let migration = format!("begin; alter table feelings alter {column} using null");
        run(&scene.owner, &migration).await;
        let refusal = refusal(&scene.owner, "select integratedb_validate_migration()").await;
        assert_eq!(refusal.message(), "IntegrateDB.InvalidMigration", "{column}");
        run(&scene.owner, "rollback").await;
    }
    run(&scene.owner, "select integratedb_validate_migration()").await;
}

#[tokio::test]
async fn a_sync_takes_back_what_could_not_be_when_a_table_lost_its_name() {
    let scene = Scene::after("create table orders (id int)").await;
    scene.claim(json!([{ "path": "public.orders", "fields": ["id"], "optional": true }])).await;
    let superuser = scene.app.database.superuser().await;
    let owner = column(&scene.owner, "select current_user::text").await;
    run(
        &superuser,
        &format!(
            "begin; alter table orders owner to current_user; alter table orders rename to old;
             create table orders (id int); alter table orders owner to {};
             select integratedb_validate_migration(); commit",
            owner[0]
        ),
    )
    .await;
    run(&scene.client, "select id from old").await;
    run(&superuser, &format!("alter table old owner to {}", owner[0])).await;
    run(&superuser, "select integratedb_sync()").await;
    may_not(&scene.client, "select id from old").await;
    run(&scene.client, "select id from orders").await;
}

#[tokio::test]
async fn grants_follow_a_migration_whose_table_others_wait_for() {
    let scene = Scene::after("create table orders (id int)").await;
    scene.claim(json!([{ "path": "public.orders", "fields": ["*"] }])).await;
    let (superuser, other) =
        (scene.app.database.superuser().await, scene.app.database.owner().await);
    run(&scene.owner, "begin; alter table orders add note text").await;
    let migrate = async {
        until_waiting(&superuser, 1).await;
        run(&scene.owner, "select integratedb_validate_migration(); commit").await;
    };
    tokio::join!(run(&other, "begin; alter table orders add other text; rollback"), migrate);
    run(&scene.client, "select note from orders").await;
}

#[tokio::test]
async fn what_could_not_be_revoked_when_a_schema_was_renamed_is_tried_again() {
    let scene = Scene::after("create schema old; create table old.orders (id int)").await;
    scene.claim(json!([{ "path": "old.orders", "fields": ["id"], "optional": true }])).await;
    let other = scene.app.database.owner().await;
    run(&other, "begin; alter table old.orders add note text").await;
    scene.migrate("alter schema old rename to new").await;
    assert_eq!(held(&scene).await, ["id"]);
    run(&other, "commit").await;
    scene.migrate("create table another ()").await;
    assert_eq!(held(&scene).await, [""; 0]);
}

/// The columns of the table that the stakeholder has privileges on.
async fn held(scene: &Scene) -> Vec<String> {
    let sql = "select a.attname from pg_attribute a, aclexplode(a.attacl) acl
        where a.attrelid = 'new.orders'::regclass and acl.grantee = '$role'::regrole";
    column(&scene.owner, &sql.replace("$role", &scene.reporting.name)).await
}
