//! Guards: what keeps one application from harming the others.

use serde_json::json;

use crate::credentials::{credentials, issue, log_in, refused};
use crate::stakeholders::{named, path};
use crate::support::{Stakeholder, TestApp, column, refusal, run, unique};

fn guards(stakeholder: &Stakeholder) -> String {
    format!("/stakeholders/{}/guards", stakeholder.id)
}

#[tokio::test]
async fn guards_hold_for_every_login_that_is_there_and_that_comes() {
    let app = TestApp::start().await;
    let mut shop = app.stakeholder("shop").await;
    let none = json!({
        "connection_limit": null, "statement_timeout_ms": null,
        "lock_timeout_ms": null, "idle_in_transaction_timeout_ms": null
    });
    assert_eq!(app.get(&guards(&shop)).await.expect(200).data(), &none);
    let blue = issue(&app, &shop, json!({})).await;
    let wanted = json!({
        "connection_limit": 2, "statement_timeout_ms": 2000,
        "lock_timeout_ms": 60, "idle_in_transaction_timeout_ms": 70_000
    });
    let answer = app.put(&guards(&shop), &json!({ "guards": wanted })).await.expect(200);
    assert_eq!(answer.data(), &wanted);
    let green = issue(&app, &shop, json!({})).await;
    shop.name = unique("store");
    app.put(&path(&shop), &named(&shop.name)).await.expect(200);
    assert_eq!(app.get(&guards(&shop)).await.expect(200).data(), &wanted);

    for client in
        [app.connect_as(&shop).await, log_in(&app, &blue).await, log_in(&app, &green).await]
    {
        let refusal = refusal(&client, "select pg_sleep(60)").await;
        assert_eq!(refusal.code().code(), "57014");
        run(&client, "set statement_timeout = 0").await;
        let others = "select current_setting('lock_timeout'),
                             current_setting('idle_in_transaction_session_timeout')";
        let row = client.query_one(others, &[]).await.unwrap();
        assert_eq!([row.get::<_, &str>(0), row.get(1)], ["60ms", "70s"]);
    }
}

#[tokio::test]
async fn each_login_has_as_many_connections_as_the_limit_says() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let limit = json!({ "guards": { "connection_limit": 1 } });
    app.put(&guards(&shop), &limit).await.expect(200);
    let blue = issue(&app, &shop, json!({})).await;
    let _first = (app.connect_as(&shop).await, log_in(&app, &blue).await);
    assert_eq!(refused(&app, &shop.name, &shop.password).await, "53300");
    assert_eq!(refused(&app, &blue.username, &blue.password).await, "53300");
    app.put(&guards(&shop), &json!({ "guards": {} })).await.expect(200);
    let _second = (app.connect_as(&shop).await, log_in(&app, &blue).await);
}

#[tokio::test]
async fn a_guard_that_is_taken_away_holds_nowhere() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let blue = issue(&app, &shop, json!({})).await;
    let superuser = app.database.superuser().await;
    let by_hand = format!("alter role {} set statement_timeout to '1.5s'", shop.name);
    run(&superuser, &by_hand).await;
    assert_eq!(app.get(&guards(&shop)).await.data()["statement_timeout_ms"], 1500);
    let wanted = json!({ "guards": { "statement_timeout_ms": 7, "lock_timeout_ms": 8 } });
    assert_eq!(app.put(&guards(&shop), &wanted).await.data()["statement_timeout_ms"], 7);
    let fewer = json!({ "guards": { "lock_timeout_ms": 8, "statement_timeout_ms": null } });
    let answer = app.put(&guards(&shop), &fewer).await.expect(200);
    assert_eq!(answer.data()["lock_timeout_ms"], 8);
    assert!(answer.data()["statement_timeout_ms"].is_null());
    for client in [app.connect_as(&shop).await, log_in(&app, &blue).await] {
        let timeout = "select current_setting('statement_timeout')";
        assert_eq!(column(&client, timeout).await, ["0"]);
    }
}

#[tokio::test]
async fn what_is_no_guard_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let wanted = json!({ "guards": { "lock_timeout_ms": 5 } });
    app.put(&guards(&shop), &wanted).await.expect(200);
    let number = "must be a whole number from 1 to 2147483647, or null";
    let other = "is no guard; there are connection_limit, statement_timeout_ms, \
                 lock_timeout_ms, idle_in_transaction_timeout_ms";
    for (body, errors) in [
        (json!({}), json!({ "guards": ["can't be blank"] })),
        (json!({ "guards": [] }), json!({ "guards": ["is invalid"] })),
        (
            json!({ "guards": { "connection_limit": 0, "lock_timeout_ms": "5s" } }),
            json!({ "connection_limit": [number], "lock_timeout_ms": [number] }),
        ),
        (
            json!({ "guards": { "statement_timeout_ms": 2_147_483_648_i64 } }),
            json!({ "statement_timeout_ms": [number] }),
        ),
        (json!({ "guards": { "statement_timeout": 1 } }), json!({ "statement_timeout": [other] })),
    ] {
        let answer = app.put(&guards(&shop), &body).await.expect(422);
        assert_eq!(answer.errors(), &errors, "{body}");
    }
    assert_eq!(app.get(&guards(&shop)).await.data()["lock_timeout_ms"], 5);
    app.get("/stakeholders/999999/guards").await.expect(404);
    app.put("/stakeholders/999999/guards", &wanted).await.expect(404);
    app.get(&credentials(&shop)).await.expect(200);
}
