//! What a key with an end makes ends no later, whatever it makes.

use serde_json::{Value, json};

use crate::support::{TestApp, column, run};

/// Who calls with a key that ends in a day, the day, and what can be made with it.
async fn short_lived(app: &mut TestApp) -> (Option<String>, Value, Vec<(String, &'static str)>) {
    let shop = app.stakeholder("shop").await.id;
    let short = json!({ "key": { "name": "short", "role": "operator", "expires_in_days": 1 } });
    let short = app.post("/keys", &short).await.expect(201).data().clone();
    let root = app.token.replace(short["key"].as_str().unwrap().to_owned());
    let makes = vec![
        ("/keys".to_owned(), "key"),
        (format!("/stakeholders/{shop}/tokens"), "token"),
        (format!("/stakeholders/{shop}/credentials"), "credential"),
    ];
    (root, short["expires_at"].clone(), makes)
}

fn wanted(kind: &str, name: &str, field: &str, time: &Value) -> Value {
    let mut wanted = json!({ "name": name, field: time });
    if kind == "key" {
        wanted["role"] = json!("viewer");
    }
    json!({ kind: wanted })
}

#[tokio::test]
async fn nothing_outlives_the_key_that_made_it() {
    let mut app = TestApp::start().await;
    let (root, end, makes) = short_lived(&mut app).await;
    let second = format!("{}Z", &end.as_str().unwrap()[..19]);
    let too_long = format!(
        "would outlive the key that makes it, which ends at {second}; \
         without a lifetime it ends then too"
    );
    for (path, kind) in &makes {
        let days = |name, days| wanted(kind, name, "expires_in_days", &days);
        let unsaid = app.post(path, &days("unsaid", json!(null))).await.expect(201);
        assert_eq!(unsaid.data()["expires_at"], end, "{kind}");
        let refused = app.post(path, &days("long", json!(30))).await.expect(422);
        assert_eq!(refused.errors(), &json!({ "expires_in_days": [too_long] }), "{kind}");
        assert!(!app.get(path).await.body.to_string().contains("long"), "{kind}");
    }
    let minutes = |time| wanted("credential", "brief", "expires_in_minutes", &json!(time));
    let refused = app.post(&makes[2].0, &minutes(1441)).await.expect(422);
    assert_eq!(refused.errors(), &json!({ "expires_in_minutes": [too_long] }));
    let brief = app.post(&makes[2].0, &minutes(60)).await.expect(201);
    assert!(brief.data()["expires_at"].as_str() < end.as_str());

    app.token = root;
    for (path, kind) in &makes {
        let unlimited = wanted(kind, "people", "expires_in_days", &json!(null));
        let made = app.post(path, &unlimited).await.expect(201);
        assert_eq!(made.data()["expires_at"], Value::Null, "{kind}");
    }
}

#[tokio::test]
async fn postgres_ends_the_login_that_a_key_made_when_the_key_ends() {
    let mut app = TestApp::start().await;
    let (_, _, makes) = short_lived(&mut app).await;
    let made = app.post(&makes[2].0, &json!({ "credential": {} })).await.expect(201);
    let role = made.data()["username"].as_str().unwrap();
    let same = format!(
        "select rolvaliduntil = (select expires_at from integratedb.keys) from pg_roles
         where rolname = '{role}'"
    );
    assert_eq!(column(&app.database.superuser().await, &same).await, ["t"]);
}

#[tokio::test]
async fn a_key_without_end_makes_what_has_none() {
    let mut app = TestApp::start().await;
    let (_, _, makes) = short_lived(&mut app).await;
    run(&app.database.superuser().await, "update integratedb.keys set expires_at = null").await;
    for (path, kind) in makes {
        let made = app.post(&path, &wanted(kind, "x", "expires_in_days", &json!(null))).await;
        assert_eq!(made.expect(201).data()["expires_at"], Value::Null, "{kind}");
    }
}
