//! Alerts by webhook, and those about webhooks.

use serde_json::json;

use crate::alerted::{Alerted, kinds};
use crate::scene::{Refused, migration};
use crate::support::{Receiver, Reply, eventually, run};

#[tokio::test]
async fn an_alert_is_posted_like_any_event() {
    let receiver = Receiver::start();
    let a = Alerted::of(json!(null)).await;
    let hook = json!({ "type": "WEBHOOK", "name": "hook", "url": receiver.url() });
    a.want_by(json!({ "kinds": ["migration_refused"], "channels": ["hook"] }), json!([hook])).await;
    Refused::of(&a.owner, &migration("alter table orders drop status")).await;
    let events = receiver.until_taken(1).await;
    assert_eq!(events[0]["type"], "integratedb.alert.migration_refused");
    let request = receiver.received().remove(0);
    assert_eq!(request.header("webhook-id"), events[0]["id"].as_str().unwrap());
    assert!(a.told().await.is_empty(), "by no other channel");
}

#[tokio::test]
async fn a_webhook_that_takes_nothing_is_told_by_the_others_and_to_itself_when_it_is_back() {
    let receiver = Receiver::start();
    receiver.answer_with(422);
    let a = Alerted::of(json!(null)).await;
    let hook = json!({ "type": "WEBHOOK", "name": "hook", "url": receiver.url(), "max_attempts": 1, "timeout_ms": 60_000 });
    a.want_by(json!(["migration_refused", "webhook_dead"]), json!([hook])).await;
    Refused::of(&a.owner, &migration("alter table orders drop status")).await;
    a.heard.until_told("webhook_dead").await;
    // That alert is a dead letter as well, and no further alert.
    receiver.until_received(2).await;
    let path = format!("/stakeholders/{}/notifications/dead-letters", a.shop.id);
    let letters = async || a.app.get(&path).await.expect(200).data().as_array().unwrap().clone();
    eventually("for dead letters", async || letters().await.len() == 2).await;
    receiver.answer_with(200);
    Refused::of(&a.owner, &migration("alter table orders drop status")).await;
    receiver.until_taken(1).await;
    let told = a.told().await;
    assert_eq!(kinds(&told), ["migration_refused", "webhook_dead", "migration_refused"]);
    let data = &told[1].1;
    assert_eq!((&data["channel"], &data["delivered_at"]), (&json!("hook"), &json!(null)));
    assert!(data["error"].as_str().unwrap().contains("answered 422"), "{data}");

    let letter = &letters().await[1];
    let letter = format!("{path}/{}", letter["id"]);
    let shown = a.app.get(&letter).await.expect(200);
    assert_eq!(shown.data()["event"]["type"], "integratedb.alert.migration_refused");
    let sent = a.app.post(&format!("{letter}/replay"), &json!({})).await.expect(200);
    assert_eq!(sent.data()["delivered"], true);
}

#[tokio::test]
async fn a_webhook_that_says_it_is_gone_is_told_at_once() {
    let receiver = Receiver::start();
    receiver.answer(|_| Reply::status(410));
    let a = Alerted::of(json!(null)).await;
    let hook = json!({ "type": "WEBHOOK", "name": "hook", "url": receiver.url() });
    a.want_by(json!(["migration_refused", "webhook_dead"]), json!([hook])).await;
    Refused::of(&a.owner, &migration("alter table orders drop status")).await;
    a.heard.until_told("webhook_dead").await;
    run(&a.owner, "select 1").await;
    assert_eq!(kinds(&a.told().await), ["migration_refused", "webhook_dead"]);
}
