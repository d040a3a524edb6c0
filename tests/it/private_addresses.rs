//! Channels at private addresses, where the operator doesn't allow them.

use serde_json::{Value, json};

use crate::audience::Audience;
use crate::support::TestApp;

fn document(url: &str) -> Value {
    let mut channel = json!({ "type": "WEBHOOK", "name": "hook", "url": url });
    if url.starts_with("redis") {
        channel = json!({ "type": "REDIS", "name": "hook", "url": url, "stream": "orders" });
    }
    json!({ "match": [], "channels": [{ "type": "SOCKET" }, channel] })
}

#[tokio::test]
async fn a_url_that_is_a_private_address_itself_is_refused_where_none_is_allowed() {
    let app = TestApp::start_with(|settings| {
        (settings.allows_private, settings.allows_private_redis) = (false, false);
    })
    .await;
    let a = Audience::at(app, "create table t (id int primary key)").await;
    let webhooks = "webhooks may only be with WEBHOOK_ALLOW_PRIVATE=true.";
    let redis = "a REDIS may only be with REDIS_ALLOW_PRIVATE=true.";
    for (url, host, why) in [
        ("http://10.1.2.3/hook", "10.1.2.3", webhooks),
        ("https://user:word@192.168.0.1:8443/hook", "192.168.0.1", webhooks),
        ("http://[::1]:9/", "[::1]", webhooks),
        ("http://localhost:9999/hook", "localhost", webhooks),
        ("redis://127.0.0.1:6379/0", "127.0.0.1", redis),
        ("rediss://[fd00::1]", "[fd00::1]", redis),
        ("redis://localhost", "localhost", redis),
    ] {
        let message = format!("{host} is a private address, where {why}");
        let fault = json!({ "detail": [[message, "#/channels/1/url"]] });
        let answer = a.app.put_notifications(&a.reader, &document(url)).await.expect(422);
        assert_eq!(answer.errors(), &fault, "{url}");
        let dry = format!("{}?dry_run=true", a.path(""));
        let answer = a.app.put(&dry, &json!({ "data": document(url) })).await.expect(422);
        assert_eq!(answer.errors(), &fault, "{url}");
    }
    // What a name leads to may be another address tomorrow: that is seen when something is sent.
    for url in ["http://hook.example.com", "redis://redis.example.com", "https://8.8.8.8/hook"] {
        a.app.put_notifications(&a.reader, &document(url)).await.expect(200);
    }
}
