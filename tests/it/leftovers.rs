//! What a removed stakeholder leaves acts with nobody's rights but those that are left: none.

use serde_json::json;

use crate::stakeholders::{named, path, traces};
use crate::support::program::output;
use crate::support::{Client, Stakeholder, TestApp, column, may_not, run};

/// A stakeholder that lends others its rights, with a function and with a view, over a table
/// that only it may read; and another one that claims the view.
async fn lender_and_borrower(app: &TestApp) -> (Stakeholder, Stakeholder) {
    let owner = app.database.owner().await;
    run(&owner, "create table customers (id int, name text)").await;
    run(&owner, "insert into customers values (1, 'ann')").await;
    let (lender, borrower) = (app.stakeholder("lender").await, app.stakeholder("borrower").await);
    app.claim(&lender, &json!([{ "path": "public.customers", "fields": ["*"] }])).await;
    let name = &lender.name;
    let made = format!(
        "create function {name}.run(sql text) returns text language plpgsql security definer
           as $$ declare answer text; begin execute sql into answer; return answer; end $$;
         create view {name}.peek as select * from public.customers;
         create table {name}.own (id int primary key);
         create view {name}.plain as select * from {name}.own;
         insert into {name}.own values (7)"
    );
    run(&app.connect_as(&lender).await, &made).await;
    let matches = ["peek", "own", "plain"]
        .map(|table| json!({ "path": format!("{name}.{table}"), "fields": ["*"] }));
    app.claim(&borrower, &json!(matches)).await;
    (lender, borrower)
}

fn call(lender: &Stakeholder, sql: &str) -> String {
    format!("select {}.run($${sql}$$)", lender.name)
}

async fn owners(client: &Client, schema: &str) -> Vec<String> {
    let sql = format!(
        "select distinct pg_get_userbyid(o.owner) from (
           select relowner, relnamespace from pg_class
           union all select proowner, pronamespace from pg_proc
         ) o (owner, namespace) where namespace = '{schema}'::regnamespace"
    );
    column(client, &sql).await
}

#[tokio::test]
async fn what_a_removed_stakeholder_made_acts_with_no_rights_but_over_itself() {
    let app = TestApp::start().await;
    let superuser = app.database.superuser().await;
    let (lender, borrower) = lender_and_borrower(&app).await;
    let client = app.connect_as(&borrower).await;
    assert_eq!(column(&client, &call(&lender, "select current_user")).await, [&*lender.name]);

    let answer = app.delete(&path(&lender)).await.expect(200);
    let retired = answer.data()["kept"]["owner"].as_str().expect("a role").to_owned();
    assert!(retired.starts_with("integratedb_removed_"), "{retired}");
    assert_eq!(owners(&superuser, &lender.name).await, [&*retired]);
    assert_eq!(traces(&app, &lender.name).await, ["0", "1", "0"]);
    assert_eq!(column(&client, &call(&lender, "select current_user")).await, [&*retired]);
    for sql in [
        "select name from public.customers",
        "select count(*) from integratedb.users",
        "create role another",
        "alter role integratedb_control superuser",
        "grant app_owner to integratedb_control",
        &format!("create table {}.more (id int)", lender.name),
    ] {
        may_not(&client, &call(&lender, sql)).await;
    }
    may_not(&client, &format!("select * from {}.peek", lender.name)).await;
    let role = format!(
        "select rolcanlogin or rolcreaterole or rolreplication or rolbypassrls
           or rolpassword is not null
           or exists (select from pg_auth_members m where m.member = r.oid)
         from pg_authid r where rolname = '{retired}'"
    );
    assert_eq!(column(&superuser, &role).await, ["f"]);

    // What is claimed of it goes on working, and can be claimed anew.
    for table in ["own", "plain"] {
        let sql = format!("select id from {}.{table}", lender.name);
        assert_eq!(column(&client, &sql).await, ["7"]);
    }
    let reader = app.stakeholder("reader").await;
    app.claim(&reader, &json!([{ "path": format!("{}.own", lender.name), "fields": ["id"] }]))
        .await;
    let sql = format!("select id from {}.own", lender.name);
    assert_eq!(column(&app.connect_as(&reader).await, &sql).await, ["7"]);
    let drift = app.get("/drift").await.expect(200);
    assert_eq!(drift.data(), &json!([]));

    // The schema is there, and nobody is given it with what is in it.
    let answer = app.post("/stakeholders", &named(&lender.name)).await.expect(422);
    assert_eq!(answer.errors(), &json!({ "name": ["is the name of an existing schema"] }));
}

#[tokio::test]
async fn nothing_is_given_to_an_heir_that_would_lend_others_its_rights() {
    let app = TestApp::start().await;
    let (lender, borrower) = lender_and_borrower(&app).await;
    let heir = app.stakeholder("heir").await;
    let session = app.connect_as(&lender).await;
    let deletion = format!("{}?reassign_to={}", path(&lender), heir.name);
    let answer = app.delete(&deletion).await.expect(409);
    let detail = answer.errors()["detail"].as_str().expect("a sentence");
    let name = &lender.name;
    let lending = format!(" {}: function {name}.run(text), view {name}.peek. ", heir.name);
    assert!(detail.contains(&lending), "{detail}");
    assert!(!detail.contains("plain") && !detail.contains("own."), "{detail}");
    assert_eq!(traces(&app, name).await, ["1", "1", "1"]);

    // Its session is there still, so it can mend that.
    app.claim(&borrower, &json!([{ "path": format!("{name}.plain"), "fields": ["id"] }])).await;
    let mended = format!(
        "alter function {name}.run(text) security invoker;
         create rule rewritten as on insert to {name}.own do also select from public.customers;
         drop view {name}.peek"
    );
    run(&session, &mended).await;
    let answer = app.delete(&deletion).await.expect(409);
    let detail = answer.errors()["detail"].as_str().expect("a sentence");
    assert!(detail.contains(&format!(": table {name}.own. ")), "{detail}");
    run(&session, &format!("drop rule rewritten on {name}.own")).await;

    let answer = app.delete(&deletion).await.expect(200);
    assert_eq!(answer.data()["kept"]["owner"], *heir.name);
    assert_eq!(owners(&app.database.superuser().await, name).await, [&*heir.name]);
    let client = app.connect_as(&borrower).await;
    assert_eq!(column(&client, &format!("select id from {name}.plain")).await, ["7"]);
    let theirs = app.connect_as(&heir).await;
    run(
        &theirs,
        &format!(
            "create or replace function {name}.another() returns int language sql as 'select 1'"
        ),
    )
    .await;
}

#[tokio::test]
async fn functions_change_hands_also_where_their_new_owner_may_make_none() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    let superuser = app.database.superuser().await;
    let (kept, given) = (app.stakeholder("kept").await, app.stakeholder("given").await);
    let heir = app.stakeholder("heir").await;
    run(&superuser, "create schema \"We ird\" authorization app_owner").await;
    for maker in [&kept, &given] {
        let name = &maker.name;
        run(&owner, &format!("grant usage, create on schema \"We ird\" to {name}")).await;
        let function =
            format!("create function \"We ird\".{name}() returns int language sql as 'select 1'");
        run(&app.connect_as(maker).await, &function).await;
    }
    let answer = app.delete(&path(&kept)).await.expect(200);
    let retired = answer.data()["kept"]["owner"].as_str().expect("a role").to_owned();
    let deletion = format!("{}?reassign_to={}", path(&given), heir.name);
    app.delete(&deletion).await.expect(200);
    let mut expected = [retired, heir.name.clone()];
    expected.sort_unstable();
    let mut found = owners(&superuser, "\"We ird\"").await;
    found.sort_unstable();
    assert_eq!(found, expected);
    let may_create = "select grantee::regrole from pg_namespace, aclexplode(nspacl)
                      where nspname = 'We ird' and privilege_type = 'CREATE' order by 1";
    assert_eq!(column(&superuser, may_create).await, ["app_owner"]);

    // Where nobody lets us, it is said.
    let closed = app.stakeholder("closed").await;
    run(
        &superuser,
        &format!("create schema nobodys; grant all on schema nobodys to {}", closed.name),
    )
    .await;
    let session = app.connect_as(&closed).await;
    run(&session, "create function nobodys.f() returns int language sql as 'select 1'").await;
    let answer = app.delete(&path(&closed)).await.expect(409);
    let detail = answer.errors()["detail"].as_str().expect("a sentence");
    assert!(detail.contains(" owns something in nobodys, where integratedb_removed_"), "{detail}");
    app.connect_as(&closed).await;
}

#[tokio::test]
async fn the_doctor_and_the_uninstallation_know_what_removed_stakeholders_left() {
    let app = TestApp::start().await;
    let (lender, _) = lender_and_borrower(&app).await;
    let url = app.database.control_url();
    let ask = async |command: &str| {
        let answer = output(&[command], &[("DATABASE_URL", &url)]).await;
        String::from_utf8(answer.stdout).unwrap()
    };
    let sound =
        "ok      No code but IntegrateDB's own runs, or reads, with the control plane's rights.";
    assert!(ask("doctor").await.contains(sound));
    let answer = app.delete(&path(&lender)).await.expect(200);
    let retired = answer.data()["kept"]["owner"].as_str().expect("a role").to_owned();
    let text = ask("doctor").await;
    let manages = format!(" may manage {retired}, which owns ");
    assert!(text.contains(&manages) && text.contains(sound), "{text}");
    let text = ask("uninstall").await;
    assert!(text.contains(&format!("the role {retired} stays, with ")), "{text}");

    // As programs before this one left it.
    let name = &lender.name;
    let superuser = app.database.superuser().await;
    let before = format!(
        "grant create on schema {name} to integratedb_control;
         reassign owned by {retired} to integratedb_control"
    );
    run(&superuser, &before).await;
    let text = ask("doctor").await;
    assert!(text.contains(&format!("ALTER ROUTINE {name}.run(text) SECURITY INVOKER;")), "{text}");
    assert!(text.contains(&format!("ALTER VIEW {name}.peek OWNER TO …;")), "{text}");
    assert!(!text.contains(&retired), "{text}");
}
