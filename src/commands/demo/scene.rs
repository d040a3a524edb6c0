//! What happens in each step, done for real and checked.

use actix_web::dev::ServerHandle;
use serde_json::{Value, json};
use std::time::Duration;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::Failure;
use super::narrator::Narrator;
use crate::config::{Database, Settings};
use crate::db::connection;
use crate::embedded::{Cluster, Provision};
use crate::server::{self, Telling};

/// Everybody on stage.
pub struct Scene<'a> {
    cluster: &'a Cluster,
    http: reqwest::Client,
    base: String,
    server: ServerHandle,
    running: tokio::task::JoinHandle<std::io::Result<()>>,
    _telling: Telling,
    app: Client,
    token: String,
    reporting: Option<Client>,
}

const TABLE: &str = "
create table public.orders (
  id         bigint generated always as identity primary key,
  product_id bigint not null,
  quantity   integer not null,
  notes      text
);
insert into public.orders (product_id, quantity) values (7, 2), (9, 1);";

/// How long an event may take, or the stream to begin.
const PATIENCE: Duration = Duration::from_mins(1);

impl<'a> Scene<'a> {
    /// A database prepared as the documentation says, and a server on it.
    pub async fn set(cluster: &'a Cluster) -> Result<Self, Failure> {
        let (control, app) = (("integratedb_control", "for this demo"), ("app", "for this demo"));
        Provision { database: "shop", control, owner: app }.apply(cluster).await?;
        let url = cluster.url(control.0, Some(control.1), "shop");
        let standard = Settings::standard(&url, "a secret that is good for this demo only");
        let standard = standard.map_err(crate::error::Error::internal)?;
        let bound = server::bind(&Settings {
            database: Database { pool_size: 4, ..standard.database },
            port: 0,
            shutdown_timeout: Duration::from_secs(1),
            allows_private: true,
            // Until the stream has its slot, which waits for whoever writes.
            lock_timeout: PATIENCE,
            ..standard
        })
        .await?;
        let app = connection::connect_as_is(&cluster.url(app.0, Some(app.1), "shop")).await?;
        app.simple_query(TABLE).await?;
        Ok(Self {
            cluster,
            http: reqwest::Client::new(),
            base: format!("http://{}/api/v1", bound.address),
            server: bound.server.handle(),
            running: tokio::spawn(bound.server),
            _telling: bound.telling,
            app,
            token: String::new(),
            reporting: None,
        })
    }

    pub async fn make_root_user(&mut self, narrator: &Narrator) -> Result<(), Failure> {
        let user = json!({ "user": { "username": "root", "password": "correct horse battery" } });
        let answer = self.call(narrator, "POST", "/users", Some(&user), 201).await?;
        self.token = text(&answer, "/data/token")?;
        Ok(())
    }

    pub async fn make_stakeholder(&mut self, narrator: &Narrator) -> Result<(), Failure> {
        let stakeholder = json!({ "stakeholder": { "name": "reporting" } });
        let answer = self.call(narrator, "POST", "/stakeholders", Some(&stakeholder), 201).await?;
        let password = text(&answer, "/data/credentials/password")?;
        let url = self.cluster.url("reporting", Some(&password), "shop");
        self.reporting = Some(connection::connect_as_is(&url).await?);
        Ok(())
    }

    pub async fn refuse_before_claims(&self, narrator: &Narrator) -> Result<(), Failure> {
        self.reporting_runs(narrator, "create table reporting.totals (day date, sum bigint)")
            .await?;
        self.reporting_is_refused(narrator, "select * from public.orders").await
    }

    pub async fn claim(&self, narrator: &Narrator) -> Result<(), Failure> {
        let fields = json!(["id", "product_id", { "name": "quantity", "type": "integer" }]);
        self.put_claims(narrator, &fields).await
    }

    pub async fn read_claimed(&self, narrator: &Narrator) -> Result<(), Failure> {
        self.reporting_runs(narrator, "select id, product_id, quantity from public.orders").await
    }

    pub async fn refuse_unclaimed(&self, narrator: &Narrator) -> Result<(), Failure> {
        self.reporting_is_refused(narrator, "select notes from public.orders").await
    }

    pub async fn break_claims(&self, narrator: &Narrator) -> Result<(), Failure> {
        let migration = [
            "begin;",
            "alter table public.orders add product_uuid uuid not null default gen_random_uuid();",
            "alter table public.orders drop column product_id;",
            "select integratedb_validate_migration();",
        ];
        let refusal = run(&self.app, narrator, "app=>", &migration).await;
        self.app.simple_query("rollback").await?;
        match refusal {
            Err(error) => shows_error(narrator, &error),
            Ok(()) => Err("the migration was not refused".into()),
        }
    }

    pub async fn claim_alternative(&self, narrator: &Narrator) -> Result<(), Failure> {
        let either =
            json!({ "alternatives": ["product_id", { "name": "product_uuid", "planned": true }] });
        self.put_claims(narrator, &json!(["id", either, "quantity"])).await
    }

    pub async fn evolve(&self, narrator: &Narrator) -> Result<(), Failure> {
        let migration = [
            "begin;",
            "alter table public.orders add product_uuid uuid not null default gen_random_uuid();",
            "alter table public.orders drop column product_id;",
            "select integratedb_validate_migration();",
            "commit;",
        ];
        run(&self.app, narrator, "app=>", &migration).await?;
        Ok(())
    }

    pub async fn read_evolved(&self, narrator: &Narrator) -> Result<(), Failure> {
        self.reporting_runs(narrator, "select id, product_uuid, quantity from public.orders").await
    }

    pub async fn change_unclaimed(&self, narrator: &Narrator) -> Result<(), Failure> {
        let migration = [
            "begin;",
            "alter table public.orders drop column notes;",
            "select integratedb_validate_migration();",
            "commit;",
        ];
        run(&self.app, narrator, "app=>", &migration).await?;
        Ok(())
    }

    pub async fn listen(&self, narrator: &Narrator) -> Result<(), Failure> {
        let orders = json!({
            "path": "public.orders", "fields": ["*"], "events": ["UPDATE"], "channels": ["*"]
        });
        let document = json!({ "data": { "match": [orders], "channels": [{ "type": "SOCKET" }] } });
        self.call(narrator, "PUT", "/stakeholders/1/notifications", Some(&document), 200).await?;
        Ok(())
    }

    pub async fn hear(&self, narrator: &Narrator) -> Result<(), Failure> {
        let path = "/stakeholders/1/events";
        narrator.types("curl", &format!("-N …/api/v1{path}"));
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        let mut stream = request.send().await?.error_for_status()?;
        let update = ["update public.orders set quantity = 3 where id = 1;"];
        run(&self.app, narrator, "app=>", &update).await?;
        let event = tokio::time::timeout(PATIENCE, event(&mut stream)).await??;
        narrator.shows(&event);
        Ok(())
    }

    pub async fn close(self) -> Result<(), Failure> {
        self.server.stop(true).await;
        Ok(self.running.await??)
    }

    async fn put_claims(&self, narrator: &Narrator, fields: &Value) -> Result<(), Failure> {
        let claims =
            json!({ "data": { "match": [{ "path": "public.orders", "fields": fields }] } });
        self.call(narrator, "PUT", "/stakeholders/1/claims", Some(&claims), 200).await?;
        Ok(())
    }

    async fn call(
        &self,
        narrator: &Narrator,
        method: &str,
        path: &str,
        body: Option<&Value>,
        expected: u16,
    ) -> Result<Value, Failure> {
        let method = reqwest::Method::from_bytes(method.as_bytes())?;
        let written = body.map_or_else(String::new, ToString::to_string);
        narrator.types("curl", &format!("-X {method} …/api/v1{path} -d '{written}'"));
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let answer: Value = response.json().await?;
        narrator.shows(&format!("{status} {}", shortened(answer.clone())));
        if status != expected {
            return Err(format!("the answer was {status} and not {expected}").into());
        }
        Ok(answer)
    }

    async fn reporting_runs(&self, narrator: &Narrator, sql: &str) -> Result<(), Failure> {
        let reporting = self.reporting.as_ref().ok_or("reporting is not connected")?;
        Ok(run(reporting, narrator, "reporting=>", &[&format!("{sql};")]).await?)
    }

    async fn reporting_is_refused(&self, narrator: &Narrator, sql: &str) -> Result<(), Failure> {
        let reporting = self.reporting.as_ref().ok_or("reporting is not connected")?;
        match run(reporting, narrator, "reporting=>", &[&format!("{sql};")]).await {
            Err(error) => shows_error(narrator, &error),
            Ok(()) => Err("the query was not refused".into()),
        }
    }
}

/// The next event of a stream.
async fn event(stream: &mut reqwest::Response) -> Result<String, Failure> {
    let mut text = String::new();
    while let Some(chunk) = stream.chunk().await? {
        text.push_str(&String::from_utf8_lossy(&chunk));
        let line = text.lines().find_map(|line| line.strip_prefix("data: "));
        if let Some(line) = line.filter(|_| text.ends_with('\n')) {
            return Ok(line.to_owned());
        }
    }
    Err("the stream ended without an event".into())
}

/// Runs statements, and shows them and the rows that come back.
async fn run(
    client: &Client,
    narrator: &Narrator,
    prompt: &str,
    statements: &[&str],
) -> Result<(), tokio_postgres::Error> {
    narrator.types(prompt, &statements.join("\n"));
    for statement in statements {
        let messages = client.simple_query(statement).await?;
        for message in messages {
            if let SimpleQueryMessage::Row(row) = message {
                let cells = row.columns().iter().enumerate().map(|(position, column)| {
                    format!("{}: {}", column.name(), row.get(position).unwrap_or("null"))
                });
                narrator.shows(&cells.collect::<Vec<_>>().join("   "));
            }
        }
    }
    Ok(())
}

/// Shows an error of Postgres as psql does, without the part for programs.
fn shows_error(narrator: &Narrator, error: &tokio_postgres::Error) -> Result<(), Failure> {
    let db = error.as_db_error().ok_or("the connection broke")?;
    let mut text = format!("{}:  {}", db.severity(), db.message());
    if let Some(detail) = db.detail() {
        let words = detail.split("\nJSON: ").next().unwrap_or_default();
        text = format!("{text}\nDETAIL:  {words}");
    }
    if let Some(hint) = db.hint() {
        text = format!("{text}\nHINT:  {hint}");
    }
    narrator.shows_refusal(&text);
    Ok(())
}

fn text(answer: &Value, pointer: &str) -> Result<String, Failure> {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("the answer has no {pointer}"))?.to_owned())
}

/// Tokens are long and say nothing to a person.
fn shortened(mut answer: Value) -> Value {
    for key in ["token", "refreshToken"] {
        if let Some(token) = answer.pointer_mut(&format!("/data/{key}")) {
            *token = json!("…");
        }
    }
    answer
}
