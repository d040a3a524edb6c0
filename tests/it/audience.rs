//! A stage for the tests of notifications: an application that owns tables, and a
//! stakeholder that hears of their changes through a stream of Redis.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Collector, Stakeholder, TestApp, column, eventually, run};

/// An owner with its tables, and one stakeholder that listens.
pub struct Audience {
    pub app: TestApp,
    /// The application that owns the tables, writes and migrates them.
    pub owner: Client,
    pub reader: Stakeholder,
    /// Where the stakeholder's events arrive.
    pub heard: Collector,
}

impl Audience {
    /// An audience after this SQL, which the owner runs.
    pub async fn after(sql: &str) -> Self {
        Self::at(TestApp::start().await, sql).await
    }

    /// The same at a server.
    pub async fn at(app: TestApp, sql: &str) -> Self {
        let owner = app.database.owner().await;
        run(&owner, sql).await;
        let reader = app.stakeholder("reader").await;
        Self { app, owner, reader, heard: Collector::new().await }
    }

    /// The stakeholder claims these matches.
    pub async fn claim(&self, matches: Value) {
        self.app.claim(&self.reader, &matches).await;
    }

    /// Puts these matches of notifications, beside the channel.
    pub async fn put(&self, matches: &Value) -> Answer {
        let document = json!({ "match": matches, "channels": [self.heard.channel()] });
        self.app.put_notifications(&self.reader, &document).await
    }

    /// The stakeholder listens to these matches.
    pub async fn listen(&self, matches: Value) -> Answer {
        self.put(&matches).await.expect(200)
    }

    /// The stakeholder claims tables, all of them, and listens to these of their events.
    pub async fn hear(&self, paths: &[&str], events: Value) {
        let claims: Vec<Value> =
            paths.iter().map(|path| json!({ "path": path, "fields": ["*"] })).collect();
        self.claim(json!(claims)).await;
        let matches: Vec<Value> = paths.iter().map(|path| listen(path, &events)).collect();
        self.listen(json!(matches)).await;
    }

    /// Listening is refused; answers the messages, each after its pointer.
    pub async fn refuses(&self, matches: Value) -> Vec<String> {
        let answer = self.put(&matches).await.expect(422);
        let faults = answer.errors()["detail"].as_array().expect("a list").iter();
        faults
            .map(|fault| format!("{} {}", fault[1].as_str().unwrap(), fault[0].as_str().unwrap()))
            .collect()
    }

    /// The tables that are published, `inserts` before those without updates and deletes.
    pub async fn published(&self) -> Vec<String> {
        let sql = "select case p.pubname when 'integratedb' then '' else 'inserts ' end
                     || t.schemaname || '.' || t.tablename
                   from pg_publication p join pg_publication_tables t using (pubname) order by 1";
        column(&self.owner, sql).await
    }

    /// Runs SQL as the owner.
    pub async fn run(&self, sql: &str) {
        run(&self.owner, sql).await;
    }

    /// Waits until its channel has told everything.
    pub async fn until_through(&self) {
        eventually("for the channel", async || self.channel().await["pending"] == 0).await;
    }

    /// Waits until the database has no replication slot.
    pub async fn until_no_slot(&self) {
        let sql = "select slot_name from pg_replication_slots where database = current_database()";
        eventually("for the slot to go", async || column(&self.owner, sql).await.is_empty()).await;
    }

    /// A path below the notifications of the stakeholder.
    pub fn path(&self, rest: &str) -> String {
        format!("/stakeholders/{}/notifications{rest}", self.reader.id)
    }

    /// The status of its only channel.
    pub async fn channel(&self) -> Value {
        let status = self.app.get(&self.path("/status")).await.expect(200);
        status.data()["channels"][0].clone()
    }
}

/// A match that listens to all of a table.
pub fn listen(path: &str, events: &Value) -> Value {
    json!({ "path": path, "fields": ["*"], "events": events, "channels": ["*"] })
}
