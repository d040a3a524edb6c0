//! The stage of every walk: a table, a stakeholder that reads it, and a tool's project.

use integratedb::gate;
use serde_json::{Value, json};
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;

use crate::project::{Ended, Project};
use crate::support::{Client, Stakeholder, TestApp, column, run};
use crate::tool::Tool;

/// What keeps a breaking migration from its COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// The migration's own call. There is no gate.
    TheCall,
    /// The gate. The migration calls nothing.
    TheGate,
}

/// A shop that migrates with a tool, and an application that reads its orders.
pub struct Scene {
    app: TestApp,
    owner: Client,
    pub reporting: Stakeholder,
    pub project: Project,
    tool: &'static Tool,
}

impl Scene {
    pub async fn set(tool: &'static Tool, protection: Protection) -> Self {
        let app = TestApp::start().await;
        if protection == Protection::TheGate {
            gate::enable(&mut app.database.superuser().await).await.unwrap();
        }
        let owner = app.database.owner().await;
        let table = "id serial primary key, product_id integer not null, quantity integer";
        run(&owner, &format!("create table public.orders ({table})")).await;
        let reporting = app.stakeholder("reporting").await;
        let calls = protection == Protection::TheCall;
        let project = Project::create(tool, &app.database.name, calls);
        let scene = Self { app, owner, reporting, project, tool };
        scene.reporting_claims(fields()).await;
        scene
    }

    /// The stakeholder claims these fields.
    pub async fn reporting_claims(&self, fields: Value) {
        let claims = json!([{ "path": "public.orders", "fields": fields }]);
        self.app.claim(&self.reporting, &claims).await;
    }

    /// Runs the tool, as the owner of the tables.
    pub async fn migrate(&self) -> Ended {
        self.project.migrate(&self.app.database.url("app_owner", None)).await
    }

    /// The columns of the table, with their types.
    pub async fn columns(&self) -> Vec<String> {
        let sql = "select attname || ' ' || format_type(atttypid, atttypmod) from pg_attribute
                   where attrelid = 'public.orders'::regclass and attnum > 0 and not attisdropped
                   order by attnum";
        column(&self.owner, sql).await
    }

    /// What the tool has recorded as applied; a tool without records has none to check.
    pub async fn recorded(&self) -> Option<Vec<String>> {
        let messages = match self.owner.simple_query(self.tool.records?).await {
            Ok(messages) => messages,
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Some(vec![]),
            Err(error) => panic!("{error:?}"),
        };
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0)?.to_owned()),
            _ => None,
        });
        Some(rows.collect())
    }

    /// Connects as the stakeholder.
    pub async fn reporting_connects(&self) -> Client {
        self.app.connect_as(&self.reporting).await
    }
}

/// What the stakeholder needs: a product, a quantity of either type, and a note if there
/// is one.
fn fields() -> Value {
    json!([
        "id",
        "product_id",
        { "alternatives": [
            { "name": "quantity", "type": "integer" },
            { "name": "quantity", "type": "bigint", "planned": true },
        ] },
        { "name": "note", "optional": true, "planned": true },
    ])
}
