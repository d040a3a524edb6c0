//! Websockets: who may listen, what is heard, and how it ends.

use futures::future::join_all;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::program::Serve;
use crate::support::stream::{Socket, at, event, hub};
use crate::support::{Database, TestApp, eventually, run, unique};

#[tokio::test]
async fn events_arrive_as_they_are_and_in_order() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (token, hub) = (app.token_of(&shop).await, hub(&app, &shop));
    hub.pass(at(0x16_B374_D848));
    let path = format!("/stakeholders/{}/socket", shop.id);
    let mut socket = Socket::open(&app, &path, Some(&token)).await.unwrap();
    let subscribed = json!({ "type": "subscribed", "from": "16/B374D848", "channel": "SOCKET" });
    assert_eq!(socket.json().await, subscribed);
    // Lengths that a frame writes in one byte, in three and in nine.
    let sizes = [1, 1000, 100_000];
    let events: Vec<_> =
        (1..).zip(sizes).map(|(lsn, size)| event(0x16_B374_D848 + lsn, size)).collect();
    hub.publish(&events).await;
    for event in events {
        assert_eq!(socket.text().await, &*event.body);
    }
}

#[tokio::test]
async fn a_client_resumes_after_the_event_it_names() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (root, hub) = (app.token.as_deref(), hub(&app, &shop));
    let other = app.state.hubs.open(shop.id, "other", at(7));
    hub.publish(&[event(1, 1), event(2, 1), event(3, 1)]).await;
    let path = format!("/stakeholders/{}/socket", shop.id);
    let mut socket = Socket::open(&app, &format!("{path}?from=0/2:0"), root).await.unwrap();
    assert_eq!(socket.json().await["from"], "0/2");
    assert_eq!(socket.json().await["id"], "0/3:0");
    let mut socket = Socket::open(&app, &format!("{path}?channel=other"), root).await.unwrap();
    assert_eq!(socket.json().await["channel"], "other");
    other.publish(&[event(8, 1)]).await;
    assert_eq!(socket.json().await["id"], "0/8:0");

    for (query, field, message) in [
        (
            "from=0/2:",
            "from",
            "must be the id of an event, like 16/B374D848:3, or an LSN, like 16/B374D848",
        ),
        (
            "from=",
            "from",
            "must be the id of an event, like 16/B374D848:3, or an LSN, like 16/B374D848",
        ),
        (
            "channel=x",
            "channel",
            "must be the name of a channel of type SOCKET, and \"x\" is not: there is none",
        ),
    ] {
        let refused = Socket::open(&app, &format!("{path}?{query}"), root).await.unwrap_err();
        assert_eq!(refused, (422, json!({ "errors": { field: [message] } })), "{query}");
    }
    let answer = app.get(&path).await.expect(400);
    assert!(answer.errors()["detail"].as_str().unwrap().contains("WebSocket"), "{}", answer.body);
}

#[tokio::test]
async fn only_the_stakeholder_and_users_are_let_in() {
    let app = TestApp::start().await;
    let (shop, other) = (app.stakeholder("shop").await, app.stakeholder("other").await);
    let (own, others) = (app.token_of(&shop).await, app.token_of(&other).await);
    let (hub, root) = (hub(&app, &shop), app.token.clone().unwrap());
    let path = format!("/stakeholders/{}/socket", shop.id);
    for (token, status) in [(None, 401), (Some("idbt_x"), 401), (Some(others.as_str()), 404)] {
        let refused = Socket::open(&app, &path, token).await.unwrap_err();
        assert_eq!(refused.0, status, "{}", refused.1);
        let path = format!("{path}?access_token={}", token.unwrap_or_default());
        let refused = Socket::open(&app, &path, None).await.unwrap_err();
        assert_eq!(refused.0, status, "{}", refused.1);
    }
    let mut sockets = Vec::new();
    for token in [&own, &root] {
        sockets.push(Socket::of(&app, &shop, token).await);
        let path = format!("{path}?access_token={token}");
        let mut socket = Socket::open(&app, &path, None).await.unwrap();
        assert_eq!(socket.json().await["type"], "subscribed");
        sockets.push(socket);
    }
    hub.publish(&[event(1, 1)]).await;
    for mut socket in sockets {
        assert_eq!(socket.json().await["id"], "0/1:0");
    }
}

#[tokio::test]
async fn who_may_no_longer_listen_is_closed() {
    let app = TestApp::start().await;
    let (shop, other) = (app.stakeholder("shop").await, app.stakeholder("other").await);
    let (shops, others) = (hub(&app, &shop), hub(&app, &other));
    let (token, root) = (app.token_of(&shop).await, app.token.clone().unwrap());
    let mut revoked = Socket::of(&app, &shop, &token).await;
    let mut deleted = Socket::of(&app, &other, &root).await;
    let mut user = Socket::of(&app, &shop, &root).await;
    run(&app.database.superuser().await, "delete from integratedb.tokens").await;
    app.delete(&format!("/stakeholders/{}", other.id)).await.expect(204);
    for socket in [&mut revoked, &mut deleted] {
        let end = (vec![], 1008, "the token is not valid any more".to_owned());
        assert_eq!(socket.rest().await, end);
    }
    eventually("for the subscriptions to end", async || {
        (shops.listeners(), others.listeners()) == (1, 0)
    })
    .await;
    shops.publish(&[event(1, 1)]).await;
    assert_eq!(user.json().await["id"], "0/1:0");
    let password = json!({ "user": { "password": "correct horse again" } });
    app.put("/users/1", &password).await.expect(200);
    assert_eq!(user.rest().await.1, 1008);
}

#[tokio::test]
async fn what_was_processed_is_remembered() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (token, hub) = (app.token_of(&shop).await, hub(&app, &shop));
    let mut socket = Socket::of(&app, &shop, &token).await;
    hub.publish(&[event(1, 1), event(2, 1)]).await;
    for _ in 0..2 {
        socket.text().await;
    }
    socket.send(Message::text(r#"{"type":"ack","id":"0/2:0"}"#)).await;
    let mut acknowledged = hub.acknowledged();
    acknowledged.wait_for(|position| *position == Some(at(2))).await.unwrap();
    socket.send(Message::Ping("are you there?".into())).await;
    assert_eq!(socket.next().await, Some(Message::Pong("are you there?".into())));
}

#[tokio::test]
async fn what_a_client_may_not_say_closes_its_socket() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (token, hub) = (app.token_of(&shop).await, hub(&app, &shop));
    let text = |text: &str| Message::text(text);
    for (message, code, word) in [
        (text("hello"), 1008, "\"ack\""),
        (text(r#"{"type":"ack","id":"0/1:0","x":1}"#), 1008, "\"ack\""),
        (text(r#"{"type":"ack","id":"7"}"#), 1008, "\"ack\""),
        (text(r#"{"type":"ack","id":"0/1:0"}"#), 1008, "that was sent"),
        (Message::binary(vec![1]), 1003, "text"),
        (text(&"x".repeat((64 << 10) + 1)), 1009, "64 KiB"),
    ] {
        let mut socket = Socket::of(&app, &shop, &token).await;
        socket.send(message.clone()).await;
        let (_, closed_with, reason) = socket.rest().await;
        assert_eq!(closed_with, code, "{message:.40}");
        assert!(reason.contains(word), "{message:.40}: {reason}");
    }
    assert_eq!(*hub.acknowledged().borrow(), None);
    let mut socket = Socket::of(&app, &shop, &token).await;
    socket.send(Message::Close(None)).await;
    eventually("for the subscription to end", async || hub.listeners() == 0).await;
}

#[tokio::test]
async fn a_client_that_stops_reading_is_cut_and_the_others_go_on() {
    // More than the hub and the connection have room for.
    const EVENTS: u64 = 800;
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (token, hub) = (app.token_of(&shop).await, hub(&app, &shop));
    let mut slow = Socket::of(&app, &shop, &token).await;
    let mut quick = join_all((0..9).map(|_| Socket::of(&app, &shop, &token))).await;
    for first in (0..EVENTS).step_by(50) {
        let events: Vec<_> = (first + 1..=first + 50).map(|lsn| event(lsn, 16_000)).collect();
        hub.publish(&events).await;
        join_all(quick.iter_mut().map(async |socket| {
            for event in &events {
                assert_eq!(socket.text().await, &*event.body);
            }
        }))
        .await;
    }
    let (heard, code, reason) = slow.rest().await;
    let last: serde_json::Value = serde_json::from_str(heard.last().unwrap()).unwrap();
    assert!((heard.len() as u64) < EVENTS);
    let resume = format!("too slow: resume with ?from={}", last["id"].as_str().unwrap());
    assert_eq!((code, reason), (1013, resume));
    eventually("for the subscription to end", async || hub.listeners() == 9).await;
}

#[tokio::test]
async fn two_hundred_hear_the_same() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (token, hub) = (app.token_of(&shop).await, hub(&app, &shop));
    let mut sockets = join_all((0..200).map(|_| Socket::of(&app, &shop, &token))).await;
    assert_eq!(hub.listeners(), 200);
    let events: Vec<_> = (1..=50).map(|lsn| event(lsn, 200)).collect();
    for some in events.chunks(7) {
        hub.publish(some).await;
    }
    join_all(sockets.iter_mut().map(async |socket| {
        for event in &events {
            assert_eq!(socket.text().await, &*event.body);
        }
    }))
    .await;
    drop(sockets);
    eventually("for the subscriptions to end", async || hub.listeners() == 0).await;
}

#[tokio::test]
async fn the_end_of_a_channel_and_of_the_server_say_so() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (token, first) = (app.token_of(&shop).await, hub(&app, &shop));
    let mut socket = Socket::of(&app, &shop, &token).await;
    first.publish(&[event(1, 1)]).await;
    app.state.hubs.close(shop.id, "SOCKET");
    let (heard, code, reason) = socket.rest().await;
    assert_eq!((heard.len(), code), (1, 1012));
    assert!(reason.ends_with("?from=0/1:0"), "{reason}");

    let hub = hub(&app, &shop);
    let mut socket = Socket::of(&app, &shop, &token).await;
    app.state.stop.ask();
    assert_eq!(socket.rest().await.1, 1001);
    eventually("for the subscription to end", async || hub.listeners() == 0).await;
    eventually("for the server to end", async || app.http.get(&app.base).send().await.is_err())
        .await;
}

#[tokio::test]
async fn no_token_reaches_the_log() {
    let database = Database::create().await;
    let serve = Serve::start(&database.control_url(), &[("LOG_LEVEL", "trace")]).await;
    let secret = unique("idbt");
    for query in [format!("access_token={secret}"), format!("access_token={secret}%ff&x=%zz")] {
        let path = format!("/stakeholders/1/socket?{query}");
        let answer = serve.request("GET", &path, &secret).send().await.unwrap();
        assert_eq!(answer.status(), 401);
    }
    eventually("for the log", async || serve.log().contains("/stakeholders/1/socket")).await;
    assert!(!serve.log().contains(&secret), "{}", serve.log());
}
