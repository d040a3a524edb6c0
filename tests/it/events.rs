//! Server-sent events: the same stream for those who can't or won't open a websocket.

use reqwest::Response;
use serde_json::json;

use crate::support::stream::{at, event, hub};
use crate::support::{Answer, PATIENCE, Stakeholder, TestApp, eventually};

/// A client that reads as the HTML standard says.
struct EventSource {
    response: Response,
    read: String,
}

impl EventSource {
    async fn open(app: &TestApp, stakeholder: &Stakeholder, query: &str, last: &str) -> Self {
        let path = format!("{}/stakeholders/{}/events{query}", app.base, stakeholder.id);
        let mut request = app.http.get(path).bearer_auth(app.token.as_deref().unwrap());
        if !last.is_empty() {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        Self { response, read: String::new() }
    }

    /// The next block of lines; `None` at the end.
    async fn block(&mut self) -> Option<Vec<String>> {
        loop {
            if let Some(end) = self.read.find("\n\n") {
                let block: String = self.read.drain(..end + 2).collect();
                return Some(
                    block.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect(),
                );
            }
            let chunk = self.response.chunk().await.expect("a chunk")?;
            self.read.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }

    /// The id and the data of the next event.
    async fn event(&mut self) -> (String, String) {
        let block = self.block().await.expect("an event");
        let values = |name: &str| -> Vec<&str> {
            block.iter().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
        };
        assert!(values("event").is_empty());
        (values("id").concat(), values("data").join("\n"))
    }
}

#[tokio::test]
async fn a_browser_reads_ids_and_data_and_resumes() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let hub = hub(&app, &shop);
    hub.pass(at(0x11_D848));
    let mut source = EventSource::open(&app, &shop, "", "").await;
    let header = |name| source.response.headers()[name].to_str().unwrap();
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-accel-buffering"), "no");
    assert_eq!(source.block().await.unwrap(), [": subscribed from 0/11D848"]);
    let events: Vec<_> = (1..=3).map(|lsn| event(0x11_D848 + lsn, 10)).collect();
    hub.publish(&events).await;
    for event in &events {
        assert_eq!(source.event().await, (event.id.to_string(), event.body.to_string()));
    }
    // Browsers keep the query that they began with, and add the header.
    for (query, last) in [
        (format!("?from={}", events[1].id), String::new()),
        (format!("?from={}", events[0].id), events[1].id.to_string()),
    ] {
        let mut source = EventSource::open(&app, &shop, &query, &last).await;
        assert_eq!(source.block().await.unwrap(), [": subscribed from 0/11D84A"]);
        assert_eq!(source.event().await.0, &*events[2].id);
    }
    let path = format!("/stakeholders/{}/events?from=x", shop.id);
    let message = "must be the id of an event, like 16/B374D848:3, or an LSN, like 16/B374D848";
    let expected = json!({ "from": [message] });
    assert_eq!(app.get(&path).await.expect(422).errors(), &expected);
}

#[tokio::test]
async fn the_token_may_stand_in_the_query() {
    let app = TestApp::start().await;
    let (shop, other) = (app.stakeholder("shop").await, app.stakeholder("other").await);
    let (own, others) = (app.token_of(&shop).await, app.token_of(&other).await);
    let hub = hub(&app, &shop);
    let get = async |token: &str| {
        let path = format!("{}/stakeholders/{}/events?access_token={token}", app.base, shop.id);
        app.http.get(path).send().await.expect("an answer")
    };
    Answer::of(get("idbt_x").await).await.expect(401);
    Answer::of(get(&others).await).await.expect(404);
    let mut source = EventSource { response: get(&own).await, read: String::new() };
    assert_eq!(source.block().await.unwrap(), [": subscribed from 0/0"]);
    hub.publish(&[event(1, 1)]).await;
    assert_eq!(source.event().await.0, "0/1:0");
}

#[tokio::test]
async fn a_client_that_goes_away_is_noticed_at_once() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let hub = hub(&app, &shop);
    let mut source = EventSource::open(&app, &shop, "", "").await;
    source.block().await.unwrap();
    assert_eq!(hub.listeners(), 1);
    drop(source);
    eventually("for the subscription to end", async || hub.listeners() == 0).await;
}

#[tokio::test]
async fn a_stream_ends_with_a_word_why() {
    let app = TestApp::start_with(|settings| settings.shutdown_timeout = PATIENCE).await;
    let shop = app.stakeholder("shop").await;
    let last_block = async |mut source: EventSource| {
        let mut last = Vec::new();
        while let Some(block) = source.block().await {
            last = block;
        }
        last
    };
    hub(&app, &shop);
    let source = EventSource::open(&app, &shop, "", "").await;
    app.state.hubs.close(shop.id, "SOCKET");
    let words = ": the channel has ended or changed: resume with ?from=0/0:0";
    assert_eq!(last_block(source).await, [words]);

    hub(&app, &shop);
    let source = EventSource::open(&app, &shop, "", "").await;
    app.state.stop.ask();
    assert_eq!(last_block(source).await, [": the server stops: connect again"]);
}
