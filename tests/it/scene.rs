//! A stage for the tests of the engine: an application that owns tables, and a
//! stakeholder that claims some of them.

use serde_json::{Value, json};

use crate::support::{Client, Stakeholder, TestApp, column, refusal, run};

/// An owner with its tables, and one stakeholder, both connected.
pub struct Scene {
    pub app: TestApp,
    /// The application that owns the tables and migrates them.
    pub owner: Client,
    pub reporting: Stakeholder,
    /// Connected as the stakeholder.
    pub client: Client,
}

/// What a refused migration was told.
#[derive(Debug)]
pub struct Refused {
    pub detail: String,
    /// What stands after `JSON: ` in the detail.
    pub claims: Value,
}

impl Scene {
    /// A scene after this SQL, which the owner runs.
    pub async fn after(sql: &str) -> Self {
        let app = TestApp::start().await;
        let owner = app.database.owner().await;
        run(&owner, sql).await;
        let reporting = app.stakeholder("reporting").await;
        let client = app.connect_as(&reporting).await;
        Self { app, owner, reporting, client }
    }

    /// The stakeholder claims these matches.
    pub async fn claim(&self, matches: Value) {
        self.app.claim(&self.reporting, &matches).await;
    }

    /// The stakeholder claims fields of one table.
    pub async fn claim_fields(&self, path: &str, fields: Value) {
        self.claim(json!([{ "path": path, "fields": fields }])).await;
    }

    /// The stakeholder's claims are refused; answers the messages, each with its
    /// pointer.
    pub async fn refuses(&self, matches: Value) -> Vec<String> {
        let answer = self.app.put_claims(&self.reporting, &matches).await.expect(422);
        let faults = answer.errors()["detail"].as_array().expect("a list").iter();
        faults
            .map(|fault| format!("{} {}", fault[1].as_str().unwrap(), fault[0].as_str().unwrap()))
            .collect()
    }

    /// The columns of a table that the stakeholder can read, having read them.
    pub async fn readable(&self, table: &str) -> Vec<String> {
        readable(&self.client, table).await
    }

    /// The unmet claims, in words.
    pub async fn unmet(&self) -> Vec<String> {
        column(&self.owner, "select problem from integratedb_unmet_claims()").await
    }

    /// The owner migrates, and is let.
    pub async fn migrate(&self, sql: &str) {
        run(&self.owner, &migration(sql)).await;
        assert_eq!(self.unmet().await, Vec::<String>::new(), "after {sql}");
    }

    /// The owner tries to migrate, is refused, and nothing has happened.
    pub async fn refuses_migration(&self, sql: &str) -> Refused {
        let refused = Refused::of(&self.owner, &migration(sql)).await;
        assert_eq!(self.unmet().await, Vec::<String>::new(), "after {sql}");
        refused
    }
}

impl Refused {
    /// What a transaction is told that must be refused; it is rolled back.
    pub async fn of(client: &Client, sql: &str) -> Self {
        let error = refusal(client, sql).await;
        run(client, "rollback").await;
        assert_eq!(error.code().code(), "P0001", "{sql}: {error}");
        assert_eq!(error.message(), "IntegrateDB.InvalidMigration");
        let hint = error.hint().expect("a hint");
        assert!(hint.starts_with("Please resolve the unmet claims above."), "{hint}");
        let detail = error.detail().expect("a detail").to_owned();
        let (_, json) = detail.split_once("\nJSON: ").expect("JSON in the detail");
        let claims = serde_json::from_str(json).expect("JSON");
        Self { detail, claims }
    }

    /// The faults of all claims, each as `path field property needed found`.
    pub fn faults(&self) -> Vec<String> {
        let claims = self.claims.as_array().expect("a list of claims").iter();
        let faults = claims.flat_map(|claim| claim["faults"].as_array().expect("faults"));
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let members = ["path", "field", "property", "needed", "found"];
        faults.map(|fault| members.map(|member| text(&fault[member])).join(" ")).collect()
    }
}

/// A migration that validates itself as its last statement.
pub fn migration(sql: &str) -> String {
    format!("begin; {sql}; select integratedb_validate_migration(); commit")
}

/// The columns of a table that a role can read, having read them.
pub async fn readable(client: &Client, table: &str) -> Vec<String> {
    let columns = column(
        client,
        &format!(
            "select quote_ident(a.attname)
             from pg_class c
             join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             where format('%I.%I', n.nspname, c.relname) = '{table}'
               and has_column_privilege(c.oid, a.attnum, 'SELECT')
             order by a.attnum"
        ),
    )
    .await;
    if !columns.is_empty() {
        run(client, &format!("select {} from {table} limit 0", columns.join(", "))).await;
    }
    columns
}
