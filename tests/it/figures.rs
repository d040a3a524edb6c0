//! What Prometheus is shown.

use serde_json::json;

use crate::support::{RedisServer, TestApp, eventually, run, unique};

#[tokio::test]
async fn the_figures_of_stream_and_channels_are_shown_while_they_are_there() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, "create table public.orders (id bigint primary key)").await;
    let shop = app.stakeholder("shop").await;
    let orders = json!({ "path": "public.orders", "fields": ["id"] });
    app.claim(&shop, &json!([orders])).await;
    let redis = RedisServer::shared().await;
    let mut listening = orders.clone();
    listening["events"] = json!(["INSERT"]);
    listening["channels"] = json!(["*"]);
    let channel = json!({ "type": "REDIS", "url": redis.url(), "stream": unique("orders") });
    let document = json!({ "match": [listening], "channels": [channel] });
    app.put_notifications(&shop, &document).await.expect(200);
    run(&owner, "insert into public.orders values (1), (2)").await;

    let labels = format!("{{stakeholder=\"{}\",channel=\"REDIS\",type=\"REDIS\"}}", shop.name);
    let arrived = format!("integratedb_channel_events_total{labels} 2\n");
    eventually("for the figures", async || text(&app).await.contains(&arrived)).await;
    let figures = text(&app).await;
    for line in [
        "integratedb_stream_leader 1\n".to_owned(),
        format!("integratedb_channel_dead_letters{labels} 0\n"),
        format!("integratedb_channel_paused{labels} 0\n"),
        "# TYPE integratedb_stream_wal_held_bytes gauge\n".to_owned(),
    ] {
        assert!(figures.contains(&line), "{line} in {figures}");
    }
    app.put_notifications(&shop, &json!({ "match": [], "channels": [] })).await.expect(200);
    assert!(!text(&app).await.contains(&shop.name));
}

async fn text(app: &TestApp) -> String {
    let request = app.http.get(format!("{}/metrics", app.base));
    let request = request.bearer_auth(app.token.as_deref().unwrap_or_default());
    request.send().await.expect("an answer").text().await.expect("a text")
}
