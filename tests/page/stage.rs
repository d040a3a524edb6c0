//! What journeys find: a shop whose tables several applications claim.

use serde_json::{Value, json};

use crate::support::{Client, Receiver, Stakeholder, TestApp, eventually, run, unique};

/// A server with a shop's database behind it.
pub struct Stage {
    pub app: TestApp,
    pub owner: Client,
}

/// The tables of the shop.
const SHOP: &str = "
    create schema sales; create schema catalog;
    create table public.customers (id bigint primary key, name text not null, email varchar(255) not null,
        contact_email text, country char(2), vat_id text, created_at timestamptz not null default now());
    create table sales.orders (id bigint generated always as identity primary key, customer_id bigint not null,
        status text not null, total numeric(12,2), note text, placed_at timestamptz not null default now());
    create table sales.items (order_id bigint, product_id bigint, quantity int, primary key (order_id, product_id));
    create table sales.payments (id bigint primary key, order_id bigint, amount numeric(12,2), card_country char(2));
    create table catalog.products (id bigint primary key, name text not null, price numeric(12,2), tags text[]);
    create view sales.open_orders as select id, customer_id, total from sales.orders where status = 'open'";

impl Stage {
    /// The shop, with a root user and nobody who claims anything.
    pub async fn shop() -> Self {
        let app = TestApp::start().await;
        let owner = app.database.owner().await;
        run(&owner, SHOP).await;
        Self { app, owner }
    }

    /// The shop with applications, a claim that is unmet, and a migration in the journal.
    pub async fn busy() -> Self {
        let stage = Self::shop().await;
        let claims = [
            (
                "billing",
                json!([
                { "path": "sales.orders", "fields": ["id", "customer_id", "status", "total"] },
                { "path": "sales.items", "fields": ["order_id", "product_id", "quantity"] },
                { "path": "public.customers", "fields": ["id", "email", "vat_id"] }]),
            ),
            (
                "fraud",
                json!([
                { "path": "sales.orders", "fields": ["*"] },
                { "path": "sales.payments", "fields": ["id", "order_id", "amount", "card_country"] }]),
            ),
            (
                "mailer",
                json!([
                { "path": "public.customers", "fields": ["id", "name", { "alternatives": ["email", "contact_email"] }] },
                { "path": "sales.orders", "fields": ["id", "status"], "optional": true }]),
            ),
            ("reporting", json!([{ "path": "sales.*", "fields": ["*"] }])),
            ("search", json!([{ "path": "catalog.products", "fields": ["id", "name", "tags"] }])),
        ];
        for (name, matches) in claims {
            stage.stakeholder(name, &matches).await;
        }
        // Nobody validates this one.
        run(&stage.owner, "alter table sales.payments drop card_country").await;
        run(
            &stage.owner,
            "begin; alter table sales.orders add channel text; select integratedb_sync(); commit",
        )
        .await;
        stage
    }

    /// A stakeholder of nearly this name, and its claims.
    pub async fn stakeholder(&self, name: &str, matches: &Value) -> Stakeholder {
        let made = self.app.stakeholder(name).await;
        self.app.claim(&made, matches).await;
        made
    }

    /// An application that hears of orders by a webhook that is tried once.
    pub async fn hooked(&self, receiver: &Receiver) -> Stakeholder {
        let shipping = self
            .stakeholder(
                "shipping",
                &json!([{ "path": "sales.orders", "fields": ["id", "status"] }]),
            )
            .await;
        let document = json!({
            "match": [{ "path": "sales.orders", "fields": ["id", "status"], "events": ["*"], "channels": ["*"] }],
            "channels": [{ "type": "WEBHOOK", "name": "hook", "url": receiver.url(), "max_attempts": 1 }]
        });
        self.app.put_notifications(&shipping, &document).await.expect(200);
        let status = format!("/stakeholders/{}/notifications/status", shipping.id);
        eventually("for the stream", async || {
            !self.app.get(&status).await.expect(200).data()["stream"]["from"].is_null()
        })
        .await;
        shipping
    }

    /// An application with a websocket that nobody has opened.
    pub async fn unheard(&self) -> Stakeholder {
        let portal = self
            .stakeholder("portal", &json!([{ "path": "sales.orders", "fields": ["id", "note"] }]))
            .await;
        let document = json!({
            "match": [{ "path": "sales.orders", "fields": ["id"], "events": ["*"], "channels": ["*"] }],
            "channels": [{ "type": "SOCKET" }]
        });
        self.app.put_notifications(&portal, &document).await.expect(200);
        portal
    }

    /// What a journey is told: where the page is, and who may log in.
    pub fn told(&self, more: Value) -> Value {
        let origin = self.app.base.trim_end_matches("/api/v1");
        let mut told = json!({
            "origin": origin, "username": "root", "password": "correct horse", "unique": unique("app"),
        });
        if let (Some(told), Value::Object(more)) = (told.as_object_mut(), more) {
            told.extend(more);
        }
        told
    }
}
