//! A stakeholder that wants to be told of what concerns it, in a stream of Redis.

use serde_json::{Value, json};

use crate::support::{Client, Collector, Stakeholder, TestApp, eventually, run};

pub struct Alerted {
    pub app: TestApp,
    pub owner: Client,
    pub shop: Stakeholder,
    pub heard: Collector,
}

impl Alerted {
    /// Wants these kinds of alert; claims `id` and `status` of `orders`.
    pub async fn of(kinds: Value) -> Self {
        let app = TestApp::start().await;
        let owner = app.database.owner().await;
        run(&owner, "create table orders (id int primary key, status text, note text)").await;
        let shop = app.stakeholder("shop").await;
        app.claim(&shop, &json!([{ "path": "public.orders", "fields": ["id", "status"] }])).await;
        let heard = Collector::new().await;
        let alerted = Self { app, owner, shop, heard };
        alerted.want(kinds).await;
        alerted
    }

    /// Wants these from now on, and hears of inserted orders.
    pub async fn want(&self, alerts: Value) {
        self.want_by(alerts, json!([])).await;
    }

    /// The same with more channels.
    pub async fn want_by(&self, alerts: Value, channels: Value) {
        let mut channels = channels.as_array().unwrap().clone();
        channels.push(self.heard.channel());
        let document = json!({
            "match": [{ "path": "public.orders", "fields": ["id"], "events": ["INSERT"], "channels": ["REDIS"] }],
            "channels": channels,
            "alerts": alerts,
        });
        self.app.put_notifications(&self.shop, &document).await.expect(200);
        let path = format!("/stakeholders/{}/notifications", self.shop.id);
        eventually("for the stream", async || {
            let status = self.app.get(&format!("{path}/status")).await.expect(200);
            status.data()["stream"]["from"].is_string()
        })
        .await;
    }

    /// What was told of alerts up to here, by type and data, and of changes.
    pub async fn told(&self) -> Vec<(String, Value)> {
        let mark = self.heard.events().await.len();
        let id = mark + 1;
        run(&self.owner, &format!("insert into orders (id) values ({id})")).await;
        let is_it = |event: &Value| event["data"]["key"]["id"] == id;
        eventually("for the mark", async || self.heard.events().await.iter().any(is_it)).await;
        let events = self.heard.events().await.into_iter();
        let told = events.map(|mut event| {
            let kind = event["type"].as_str().unwrap().trim_start_matches("integratedb.");
            (kind.trim_start_matches("alert.").to_owned(), event["data"].take())
        });
        told.filter(|(kind, _)| kind != "insert").collect()
    }
}

/// The kinds of what was told.
pub fn kinds(told: &[(String, Value)]) -> Vec<&str> {
    told.iter().map(|(kind, _)| kind.as_str()).collect()
}
