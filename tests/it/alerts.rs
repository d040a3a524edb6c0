//! What stakeholders are told of what concerns them beside changes.

use integratedb::{gate, housekeeping};
use serde_json::json;

use crate::alerted::{Alerted, kinds};
use crate::gate::is_refused;
use crate::scene::{Refused, migration};
use crate::support::stream::Socket;
use crate::support::{Collector, column, run};

#[tokio::test]
async fn a_migration_that_was_refused_is_told_to_those_for_whose_sake_it_was() {
    let a = Alerted::of(json!(["*"])).await;
    let bystander = a.app.stakeholder("bystander").await;
    let document = json!({ "match": [], "channels": [{ "type": "SOCKET" }], "alerts": ["*"] });
    a.app.put_notifications(&bystander, &document).await.expect(200);
    for isolation in ["read committed", "repeatable read", "serializable"] {
        let sql =
            format!("set transaction isolation level {isolation}; alter table orders drop status");
        Refused::of(&a.owner, &migration(&sql)).await;
    }
    a.heard.until(3).await;
    let told = a.told().await;
    assert_eq!(kinds(&told), ["migration_refused"; 3]);
    let claims = column(
        &a.app.database.superuser().await,
        "select id from integratedb.claims where kind = 'claims'",
    )
    .await;
    let data = &told[0].1;
    assert_eq!(
        data["message"],
        "A migration of the role app_owner was refused: it would have left a claim of yours unmet. Nothing has changed."
    );
    assert_eq!((&data["role"], &data["total"]), (&json!("app_owner"), &json!(1)));
    assert_eq!(
        data["claims"],
        json!([{
            "id": claims[0].parse::<i64>().unwrap(),
            "document": "claims",
            "match": 0,
            "path": "public.orders",
            "problem": format!("{} needs public.orders.status: the column does not exist", a.shop.name),
            "faults": [{
                "alternative": 0, "path": "public.orders", "field": "status", "property": "name",
                "needed": null, "found": null,
            }],
        }])
    );
}

#[tokio::test]
async fn a_refusal_at_commit_is_told_too() {
    let a = Alerted::of(json!(["migration_refused"])).await;
    gate::enable(&mut a.app.database.superuser().await).await.unwrap();
    is_refused(&a.owner, "alter table orders drop status").await;
    is_refused(&a.owner, "begin; alter table orders rename to purchases; commit").await;
    let told = a.told().await;
    assert_eq!(kinds(&told), ["migration_refused"; 2]);
    assert_eq!(told[1].1["claims"][0]["faults"][0]["found"], "public.purchases");
}

#[tokio::test]
async fn an_override_is_told_with_its_reason_and_once() {
    let a = Alerted::of(json!(["*"])).await;
    let mut superuser = a.app.database.superuser().await;
    gate::enable(&mut superuser).await.unwrap();
    run(&superuser, "begin; set local integratedb.override = 'it burns'; alter table orders drop status; commit").await;
    run(
        &superuser,
        "begin; set local integratedb.override = 'again'; alter table orders drop note; commit",
    )
    .await;
    run(&superuser, "select integratedb_sync()").await;
    run(&superuser, "begin; set local integratedb.override = 'mended'; alter table orders add status text; commit").await;
    let told = a.told().await;
    assert_eq!(kinds(&told), ["overridden", "claim_unmet", "grants_changed", "claim_met"]);
    assert_eq!(told[0].1["reason"], "it burns");
    assert_eq!(
        told[0].1["message"],
        "A claim of yours is unmet, since a migration of the role postgres was let through."
    );
    assert_eq!(told[1].1["claims"], told[0].1["claims"]);
    assert_eq!(told[1].1["claims"][0]["faults"][0]["field"], "status");
    assert_eq!(told[3].1["claims"][0]["id"], told[0].1["claims"][0]["id"]);
}

#[tokio::test]
async fn a_claim_that_nobody_validated_is_noticed() {
    let a = Alerted::of(json!(["claim_unmet", "claim_met"])).await;
    run(&a.owner, "alter table orders rename status to state").await;
    a.heard.until_told("claim_unmet").await;
    run(&a.owner, "alter table orders rename state to status").await;
    run(&a.app.database.control().await, "select integratedb.notice_unmet()").await;
    a.heard.until_told("claim_met").await;
    assert_eq!(kinds(&a.told().await), ["claim_unmet", "claim_met"]);
}

#[tokio::test]
async fn grants_that_followed_are_told() {
    let a = Alerted::of(json!(["grants_changed"])).await;
    let claims = json!([
        { "path": "public.orders", "fields": ["*"] },
        { "path": format!("{}.\"Own\"", a.shop.name), "fields": ["*"], "optional": true, "planned": true },
    ]);
    let path = format!("/stakeholders/{}/claims", a.shop.id);
    let body = json!({ "data": { "match": claims } });
    a.app.put(&format!("{path}?dry_run=true"), &body).await.expect(200);
    a.app.put(&path, &body).await.expect(200);
    run(&a.owner, &migration("alter table orders add total int, add tax int")).await;
    a.app.claim(&a.shop, &json!([{ "path": "public.orders", "fields": ["id"] }])).await;
    let told = a.told().await;
    let changes: Vec<_> = told.iter().map(|(_, data)| &data["changes"]).collect();
    let change = |action: &str, columns: &[&str]| json!([{ "action": action, "privilege": "SELECT", "schema": "public", "table": "orders", "columns": columns }]);
    assert_eq!(
        changes,
        [
            &change("GRANT", &["note"]),
            &change("GRANT", &["total", "tax"]),
            &change("REVOKE", &["status", "note", "total", "tax"]),
        ]
    );
    assert_eq!(told[0].1["message"], "1 of your privileges has changed.");
}

#[tokio::test]
async fn nobody_is_told_what_they_did_not_ask_for_or_is_somebody_elses() {
    let a = Alerted::of(json!(["claim_met"])).await;
    let other = a.app.stakeholder("other").await;
    let ear = Collector::new().await;
    a.app.claim(&other, &json!([{ "path": "public.orders", "fields": ["note"] }])).await;
    let document = json!({ "match": [], "channels": [ear.channel()], "alerts": ["*"] });
    a.app.put_notifications(&other, &document).await.expect(200);
    let refused = async || {
        Refused::of(&a.owner, &migration("alter table orders drop status, drop note")).await
    };
    refused().await;
    assert!(a.told().await.is_empty());
    let events = ear.until(1).await;
    let told = events[0].to_string();
    assert!(
        told.contains("note") && !told.contains("status") && !told.contains(&a.shop.name),
        "{told}"
    );

    // What was asked for counts when it is told.
    a.want_by(
        json!({ "kinds": ["*"], "channels": ["away"] }),
        json!([{ "type": "SOCKET", "name": "away" }]),
    )
    .await;
    refused().await;
    assert!(a.told().await.is_empty());
    a.want(json!(["*"])).await;
    refused().await;
    assert_eq!(kinds(&a.told().await), ["migration_refused"]);
    a.want(json!(null)).await;
    refused().await;
    assert_eq!(kinds(&a.told().await), ["migration_refused"]);
    assert_eq!(ear.until(4).await.len(), 4);
}

#[tokio::test]
async fn alerts_have_their_place_among_the_changes() {
    let a = Alerted::of(json!(["migration_refused", "grants_changed"])).await;
    a.want_by(json!(["*"]), json!([{ "type": "SOCKET" }])).await;
    let token = a.app.token_of(&a.shop).await;
    let mut socket = Socket::of(&a.app, &a.shop, &token).await;
    let mut expected = Vec::new();
    for id in 0..20 {
        run(&a.owner, &format!("insert into orders values ({id})")).await;
        Refused::of(&a.owner, &migration("alter table orders drop status")).await;
        expected.extend([format!("insert {id}"), "alert.migration_refused".to_owned()]);
    }
    let heard = a.heard.until(40).await;
    let told: Vec<String> = heard
        .iter()
        .map(|event| {
            let kind = event["type"].as_str().unwrap().trim_start_matches("integratedb.");
            let id = &event["data"]["key"]["id"];
            if id.is_null() { kind.to_owned() } else { format!("{kind} {id}") }
        })
        .collect();
    assert_eq!(told, expected);
    // A socket that wasn't there for the first may ask for what it missed.
    let alerts: Vec<_> = heard
        .iter()
        .filter(|event| event["type"] == "integratedb.alert.migration_refused")
        .collect();
    for alert in &alerts {
        assert_eq!(&socket.json().await, *alert);
    }
    let id = alerts[9]["id"].as_str().unwrap();
    let path = format!("/stakeholders/{}/socket?from={id}", a.shop.id);
    let mut socket = Socket::open(&a.app, &path, Some(&token)).await.unwrap();
    assert_eq!(socket.json().await["type"], "subscribed");
    assert_eq!(&socket.json().await, alerts[10]);
}

#[tokio::test]
async fn a_credential_that_expires_is_told_a_week_and_a_day_ahead() {
    let a = Alerted::of(json!(["credential_expiring"])).await;
    let superuser = a.app.database.superuser().await;
    a.app.token_of(&a.shop).await;
    let key = json!({ "key": { "name": "deploy", "stakeholder_id": a.shop.id } });
    a.app.post("/keys", &key).await.expect(201);
    let path = format!("/stakeholders/{}/credentials", a.shop.id);
    let issued = json!({ "credential": { "name": "blue", "expires_in_days": 30 } });
    a.app.post(&path, &issued).await.expect(201);
    let brief = json!({ "credential": { "name": "brief", "expires_in_minutes": 30 } });
    a.app.post(&path, &brief).await.expect(201);
    for (left, expected) in [("8 days", 0), ("6 days", 3), ("11 hours", 6)] {
        for table in ["tokens", "keys", "credentials"] {
            let expire = format!(
                "update integratedb.{table}
                 set inserted_at = now() - interval '30 days', expires_at = now() + interval '{left}'
                 where name in ('test', 'deploy', 'blue')"
            );
            run(&superuser, &expire).await;
        }
        for _ in 0..2 {
            while !housekeeping::round(&a.app.state).await.unwrap() {}
        }
        assert_eq!(a.told().await.len(), expected, "{left}");
    }
    let told = a.told().await;
    let mut kinds: Vec<_> =
        told[..3].iter().map(|(_, data)| data["credential"]["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["key", "login", "token"]);
    let login = told.iter().find(|(_, data)| data["credential"]["kind"] == "login").unwrap();
    let message = login.1["message"].as_str().unwrap();
    assert!(
        message.starts_with("The login blue expires on ") && message.ends_with(" UTC."),
        "{message}"
    );
}
