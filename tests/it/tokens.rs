//! Tokens of stakeholders: shown once, kept as a hash, listed, used, and ended.

use serde_json::json;

use crate::support::{TestApp, column, run};

#[tokio::test]
async fn a_token_is_shown_once_and_kept_as_a_hash() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let path = format!("/stakeholders/{}/tokens", shop.id);
    let body = json!({ "token": { "name": " the app ", "expires_in_days": 30 } });
    let made = app.post(&path, &body).await.expect(201);
    let token = made.data()["token"].as_str().expect("a token").to_owned();
    assert!(token.starts_with("idbt_") && token.len() == 37, "{token}");
    assert_eq!(made.data()["name"], "the app");
    assert!(made.data()["last_used_at"].is_null());
    assert_eq!(made.header("location"), format!("/api/v1{path}/{}", made.data()["id"]));

    let mut expected = made.data().clone();
    expected.as_object_mut().unwrap().remove("token");
    assert_eq!(app.get(&path).await.expect(200).data(), &json!([expected]));

    let client = app.database.superuser().await;
    let days = "select extract(day from expires_at - inserted_at)::int from integratedb.tokens";
    assert_eq!(column(&client, days).await, ["30"]);
    let hash = format!("select hash = sha256('{token}') from integratedb.tokens");
    assert_eq!(column(&client, &hash).await, ["t"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_said_at_once() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let path = format!("/stakeholders/{}/tokens", shop.id);
    let days = "must be a number of days from 1 to 3650";
    for (token, errors) in [
        (json!({}), json!({ "name": ["can't be blank"] })),
        (
            json!({ "name": " ", "expires_in_days": 0 }),
            json!({ "name": ["can't be blank"], "expires_in_days": [days] }),
        ),
        (json!({ "name": "x", "expires_in_days": 3651 }), json!({ "expires_in_days": [days] })),
        (json!({ "name": 1 }), json!({ "name": ["is invalid"] })),
        (
            json!({ "name": "x".repeat(101), "expires_in_days": 1.5 }),
            json!({ "name": ["should be at most 100 character(s)"], "expires_in_days": ["is invalid"] }),
        ),
    ] {
        let answer = app.post(&path, &json!({ "token": token })).await.expect(422);
        assert_eq!(answer.errors(), &errors, "{token}");
    }
}

#[tokio::test]
async fn a_token_ends_with_its_stakeholder_its_time_or_its_deletion() {
    let mut app = TestApp::start().await;
    let (shop, other) = (app.stakeholder("shop").await, app.stakeholder("other").await);
    let root = app.token.clone();
    let path = format!("/stakeholders/{}/tokens", shop.id);
    let client = app.database.superuser().await;

    let token = Some(app.token_of(&shop).await);
    let id = app.get(&path).await.data()[0]["id"].clone();
    app.delete(&format!("/stakeholders/{}/tokens/{id}", other.id)).await.expect(404);
    // No hub is open, so who is let in hears that there is no such channel.
    let socket = format!("/stakeholders/{}/socket", shop.id);
    app.token.clone_from(&token);
    app.get(&socket).await.expect(422);
    app.token.clone_from(&root);
    app.delete(&format!("{path}/{id}")).await.expect(204);
    app.delete(&format!("{path}/{id}")).await.expect(404);
    app.token = token;
    app.get(&socket).await.expect(401);

    app.token.clone_from(&root);
    app.token = Some(app.token_of(&shop).await);
    app.get(&socket).await.expect(422);
    run(&client, "update integratedb.tokens set expires_at = now()").await;
    app.get(&socket).await.expect(401);
    run(&client, "update integratedb.tokens set expires_at = now() + interval '1 day'").await;
    app.get(&socket).await.expect(422);

    let token = app.token.replace(root.expect("a token"));
    app.delete(&format!("/stakeholders/{}", shop.id)).await.expect(204);
    app.get(&path).await.expect(404);
    app.post(&path, &json!({ "token": { "name": "x" } })).await.expect(404);
    app.token = token;
    app.get(&socket).await.expect(401);
}

#[tokio::test]
async fn the_use_of_a_token_is_recorded_to_the_minute() {
    let mut app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    app.token = Some(app.token_of(&shop).await);
    let socket = format!("/stakeholders/{}/socket", shop.id);
    let client = app.database.superuser().await;
    let used = "select last_used_at from integratedb.tokens";
    assert_eq!(column(&client, used).await, ["null"]);
    app.get(&socket).await.expect(422);
    let first = column(&client, used).await;
    assert_ne!(first, ["null"]);
    app.get(&socket).await.expect(422);
    assert_eq!(column(&client, used).await, first);
    run(&client, "update integratedb.tokens set last_used_at = now() - interval '61 seconds'")
        .await;
    let before = column(&client, used).await;
    app.get(&socket).await.expect(422);
    assert_ne!(column(&client, used).await, before);
}
