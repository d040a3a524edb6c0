//! The journeys, and the stage of each.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use crate::stage::Stage;
use crate::support::{Receiver, Reply, TestApp, column, eventually, run};
use crate::walk::walk;

#[tokio::test]
async fn the_first_user_is_made_and_logs_in_and_out() {
    let app =
        TestApp::with(|settings| settings.bootstrap_secret = Some("open sesame".into())).await;
    let origin = app.base.trim_end_matches("/api/v1");
    walk("first_user", json!({ "origin": origin, "secret": "open sesame" })).await;
}

#[tokio::test]
async fn claims_are_written_tried_saved_and_seen_in_the_picture() {
    let stage = Stage::shop().await;
    let heir = stage.stakeholder("heir", &json!([])).await;
    walk("claims", stage.told(json!({ "heir": heir.name }))).await;
    // It is deleted at the end; the audit says what was.
    let audit = stage.app.get("/audit?action=claims.replace").await.expect(200);
    let expected = json!([{ "path": "sales.orders", "fields": ["id", "status"] }]);
    assert!(audit.data()[0]["after"].to_string().contains(&expected.to_string()), "{}", audit.body);
}

#[tokio::test]
async fn a_credential_and_a_key_are_issued_and_revoked() {
    let stage = Stage::shop().await;
    let billing = stage.stakeholder("billing", &json!([])).await;
    // Its one session lasts until the end.
    let session = stage.app.connect_as(&billing).await;
    walk("credentials", stage.told(json!({ "id": billing.id, "name": billing.name }))).await;
    run(&session, "select 1").await;
}

#[tokio::test]
async fn dead_letters_are_looked_at_and_sent_again() {
    let stage = Stage::shop().await;
    let receiver = Receiver::start();
    // The deliveries and the first try again fail, and then the second of all.
    let requests = AtomicU32::new(0);
    receiver.answer(move |_| {
        let is_refused = matches!(requests.fetch_add(1, Ordering::SeqCst), 0..=4 | 7);
        Reply::status(if is_refused { 422 } else { 200 })
    });
    let shipping = stage.hooked(&receiver).await;
    run(
        &stage.owner,
        "insert into sales.orders (customer_id, status) select 1, 'open' from generate_series(1, 4)",
    )
    .await;
    let letters = format!("/stakeholders/{}/notifications/dead-letters", shipping.id);
    eventually("for dead letters", async || {
        stage.app.get(&letters).await.expect(200).data().as_array().unwrap().len() == 4
    })
    .await;
    walk("letters", stage.told(json!({ "id": shipping.id, "name": shipping.name }))).await;
    assert_eq!(receiver.events()[0]["data"]["new"]["status"], "open");
}

#[tokio::test]
async fn what_is_listened_to_is_tried_before_it_is_saved() {
    let stage = Stage::shop().await;
    let shipping = stage.hooked(&Receiver::start()).await;
    walk("notifications", stage.told(json!({ "id": shipping.id }))).await;
}

#[tokio::test]
async fn the_picture_shows_what_a_removal_would_break() {
    let stage = Stage::busy().await;
    walk("picture", stage.told(json!({}))).await;
}

#[tokio::test]
async fn the_keyboard_alone_is_enough() {
    let stage = Stage::busy().await;
    walk("keyboard", stage.told(json!({}))).await;
}

#[tokio::test]
async fn unmet_claims_migrations_and_the_audit_are_read() {
    let stage = Stage::busy().await;
    let late =
        stage.stakeholder("late", &json!([{ "path": "sales.orders", "fields": ["id"] }])).await;
    run(&stage.owner, &format!("revoke select (id) on sales.orders from {}", late.name)).await;
    walk("reading", stage.told(json!({}))).await;
}

#[tokio::test]
async fn a_narrow_window_shows_as_much_as_a_wide_one() {
    let stage = Stage::busy().await;
    // Two troubles at once, which is the most that a list has to show.
    let portal = stage.unheard().await;
    let pause = format!("/stakeholders/{}/notifications/pause", portal.id);
    stage.app.post(&pause, &json!({})).await.expect(200);
    run(&stage.owner, "alter table sales.orders drop note").await;
    walk("narrow", stage.told(json!({}))).await;
}

#[tokio::test]
async fn what_was_typed_and_not_saved_is_kept() {
    let stage = Stage::shop().await;
    let portal = stage.unheard().await;
    run(&stage.owner, "insert into sales.orders (customer_id, status) values (1, 'open')").await;
    let superuser = stage.app.database.superuser().await;
    eventually("for a change that nobody has heard of", async || {
        column(&superuser, "select count(*) from integratedb.log").await == ["1"]
    })
    .await;
    walk("drafts", stage.told(json!({ "id": portal.id }))).await;
}

#[tokio::test]
async fn addresses_that_lead_nowhere_lead_back() {
    let stage = Stage::shop().await;
    let billing = stage.stakeholder("billing", &json!([])).await;
    walk("addresses", stage.told(json!({ "id": billing.id, "name": billing.name }))).await;
}

#[tokio::test]
async fn what_is_asked_for_twice_is_made_once() {
    let stage = Stage::shop().await;
    let billing = stage.stakeholder("billing", &json!([])).await;
    walk("twice", stage.told(json!({ "id": billing.id }))).await;
}

#[tokio::test]
async fn who_may_only_look_is_told_why() {
    let stage = Stage::busy().await;
    let viewer =
        json!({ "user": { "username": "vera", "password": "correct horse", "role": "viewer" } });
    stage.app.post("/users", &viewer).await.expect(201);
    walk("viewer", stage.told(json!({ "username": "vera" }))).await;
}

#[tokio::test]
async fn a_session_that_ends_takes_nothing_that_was_typed() {
    let stage = Stage::shop().await;
    let billing = stage.stakeholder("billing", &json!([])).await;
    walk("ended", stage.told(json!({ "id": billing.id }))).await;
}

#[tokio::test]
async fn a_database_that_is_away_is_said_and_asked_again() {
    let stage = Stage::busy().await;
    walk("away", stage.told(json!({}))).await;
}

#[tokio::test]
async fn users_are_made_changed_and_deleted() {
    let stage = Stage::shop().await;
    walk("users", stage.told(json!({}))).await;
}

#[tokio::test]
async fn a_crowd_is_shown_in_parts_and_found_by_searching() {
    let stage = Stage::shop().await;
    for number in 0..70 {
        let fields = if number % 2 == 0 { json!(["id"]) } else { json!(["id", "status"]) };
        let matches = json!([{ "path": "sales.orders", "fields": fields }]);
        stage.stakeholder(&format!("app_{number:02}"), &matches).await;
    }
    walk("crowd", stage.told(json!({}))).await;
}

#[tokio::test]
async fn every_view_is_accessible_in_light_and_dark_and_fits_a_phone() {
    let stage = Stage::busy().await;
    let receiver = Receiver::start();
    receiver.answer_with(422);
    let shipping = stage.hooked(&receiver).await;
    run(
        &stage.owner,
        "insert into sales.orders (customer_id, status) values (1, 'open'), (2, 'open')",
    )
    .await;
    let path = format!("/stakeholders/{}/notifications/dead-letters", shipping.id);
    eventually("for dead letters", async || {
        stage.app.get(&path).await.expect(200).data().as_array().unwrap().len() == 2
    })
    .await;
    let key = json!({ "key": { "name": "deploy of the shop", "role": "viewer" } });
    stage.app.post("/keys", &key).await.expect(201);
    walk("looks", stage.told(json!({ "id": shipping.id }))).await;
}
