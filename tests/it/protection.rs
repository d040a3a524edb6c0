//! Whether claims are protected, as figures and the log tell it.

use integratedb::gate;
use serde_json::json;

use crate::gate::{behind_the_gate, is_refused};
use crate::ground::Ground;
use crate::support::program::Serve;
use crate::support::{TestApp, column, eventually, run};

async fn figures(app: &TestApp) -> String {
    let request = app.http.get(format!("{}/metrics", app.base));
    let request = request.bearer_auth(app.token.as_deref().unwrap());
    request.send().await.unwrap().text().await.unwrap()
}

/// What the figures of the protection say: gate, unmet claims, refused migrations.
async fn protection(app: &TestApp) -> [u64; 3] {
    let text = figures(app).await;
    ["gate_in_force", "unmet_claims", "migrations_refused_total"].map(|name| {
        let start = format!("integratedb_{name} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&start));
        line.expect(&text).parse().expect("a number")
    })
}

async fn keep_house(app: &TestApp) {
    eventually("for a turn", async || integratedb::housekeeping::round(&app.state).await.unwrap())
        .await;
}

#[tokio::test]
async fn the_gate_unmet_claims_and_refusals_are_figures() {
    let (app, owner, _) = behind_the_gate().await;
    assert_eq!(protection(&app).await, [1, 0, 0]);
    is_refused(&owner, "alter table orders drop column name").await;
    assert_eq!(protection(&app).await, [1, 0, 1]);
    let superuser = app.database.superuser().await;
    run(&superuser, "alter event trigger integratedb_gate_drop disable").await;
    run(&superuser, "alter event trigger integratedb_gate_ddl disable").await;
    assert_eq!(protection(&app).await, [0, 0, 1]);
    run(&owner, "alter table orders drop column name").await;
    keep_house(&app).await;
    assert_eq!(protection(&app).await, [0, 1, 1]);
    run(&owner, "alter table orders add name varchar(40) not null").await;
    keep_house(&app).await;
    assert_eq!(protection(&app).await, [0, 0, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_warns_once_of_a_gate_that_is_lost_and_of_claims_that_became_unmet() {
    let ground = Ground::start(&[]).await;
    let owner = ground.owner().await;
    run(&owner, "create table public.t (id int primary key, word text)").await;
    let mut superuser = ground.superuser().await;
    let settings = [("HOUSEKEEPING_INTERVAL_SECONDS", "1")];
    let serve = Serve::start(&ground.control_url(), &settings).await;
    let token = serve.first_user().await;
    let shop = json!({ "stakeholder": { "name": "shop" } });
    let shop = serve.send("POST", "/stakeholders", &token, &shop).await.expect(201);
    let path = format!("/stakeholders/{}/claims", shop.data()["id"]);
    let claims = json!({ "data": { "match": [{ "path": "public.t", "fields": ["word"] }] } });
    serve.send("PUT", &path, &token, &claims).await.expect(200);
    let times = |words: &str| serve.log().matches(words).count();
    let (lost, in_force) = ("the gate is not in force", "the gate is in force");
    let unmet = "claims have become unmet";

    // It says what has changed since it last looked.
    let looked = "select job from integratedb.housekeeping
                  where job = 'protection' and last_success_at is not null";
    eventually("for a first look", async || column(&superuser, looked).await.len() == 1).await;
    gate::enable(&mut superuser).await.unwrap();
    eventually("for the gate to be seen", async || times(in_force) == 1).await;
    assert_eq!([times(lost), times(unmet)], [0, 0], "{}", serve.log());
    run(&superuser, "alter event trigger integratedb_gate_drop disable").await;
    run(&superuser, "alter event trigger integratedb_gate_ddl disable").await;
    run(&owner, "alter table public.t drop column word").await;
    eventually("for both warnings", async || times(lost) == 1 && times(unmet) == 1).await;
    assert!(serve.log().contains("shop: public.t"), "{}", serve.log());

    // Whatever is said from round to round has been said twice by then.
    run(&owner, "alter table public.t add word text").await;
    gate::enable(&mut superuser).await.unwrap();
    eventually("for the gate to be seen again", async || times(in_force) == 2).await;
    run(&superuser, "drop event trigger integratedb_gate_drop, integratedb_gate_ddl").await;
    eventually("for the next warning", async || times(lost) == 2).await;
    assert_eq!(times(unmet), 1, "{}", serve.log());
}
