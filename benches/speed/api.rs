//! The real server in this process, on a database of its own.

use std::net::SocketAddr;
use std::time::Duration;

use integratedb::config::{self, Settings};
use integratedb::{App, server};
use serde_json::Value;

use crate::Result;
use crate::http::{Connection, request};
use crate::postgres::{Database, Postgres};

/// A running server whose root user is logged in.
pub struct Api {
    pub database: Database,
    /// What its requests work with.
    pub app: App,
    pub address: SocketAddr,
    pub token: String,
    handle: actix_web::dev::ServerHandle,
}

impl Api {
    pub async fn start(postgres: &Postgres, name: &str) -> Result<Self> {
        log_to_nowhere();
        let database = postgres.database(name).await?;
        let bound = server::bind(&settings(&database)?).await?;
        let (address, handle) = (bound.address, bound.server.handle());
        tokio::spawn(bound.server);
        let mut api = Self { database, app: bound.app, address, token: String::new(), handle };
        let user = r#"{"user":{"username":"root","password":"correct horse"}}"#;
        let first = request("POST", "/users", None, user);
        let answer: Value =
            serde_json::from_slice(api.connect().await?.send(&first, "201").await?)?;
        answer["data"]["token"].as_str().ok_or("no token")?.clone_into(&mut api.token);
        Ok(api)
    }

    /// What another instance works with, on the same database.
    pub fn instance(&self) -> Result<App> {
        Ok(server::app(&settings(&self.database)?)?)
    }

    pub async fn connect(&self) -> Result<Connection> {
        Connection::open(self.address).await
    }

    /// The bytes of a request of the root user.
    pub fn request(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        request(method, path, Some(&self.token), body)
    }

    /// Makes a stakeholder; answers its id.
    pub async fn stakeholder(&self, name: &str) -> Result<i64> {
        let request = self.create_stakeholder(name);
        let mut connection = self.connect().await?;
        let answer: Value = serde_json::from_slice(connection.send(&request, "201").await?)?;
        Ok(answer["data"]["id"].as_i64().ok_or("no id")?)
    }

    /// The bytes of the request that makes a stakeholder.
    pub fn create_stakeholder(&self, name: &str) -> Vec<u8> {
        self.request("POST", "/stakeholders", &format!(r#"{{"stakeholder":{{"name":"{name}"}}}}"#))
    }

    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

/// Log lines are made, as in production, but written nowhere.
fn log_to_nowhere() {
    let lines = tracing_subscriber::fmt().with_target(false).with_writer(std::io::sink);
    // The second server finds it done.
    drop(lines.try_init());
}

fn settings(database: &Database) -> Result<Settings> {
    let secret = "a secret of this run that is long enough";
    let standard = Settings::standard(&database.control, secret)?;
    Ok(Settings {
        database: config::Database { pool_size: 8, ..standard.database },
        port: 0,
        shutdown_timeout: Duration::from_secs(1),
        allows_private: true,
        ..standard
    })
}
