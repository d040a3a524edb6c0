//! The Postgres that everything is measured on. It writes its log to disk, so that a commit costs
//! what a commit costs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use integratedb::db::connection;
use integratedb::embedded::{self, Cluster, Options, Provision};
use tokio_postgres::{Client, Statement};

use crate::Result;

const PASSWORD: &str = "only in this run";
const CONTROL: &str = "integratedb_control";
const OWNER: &str = "app_owner";

/// A Postgres that ends with this process.
pub struct Postgres {
    cluster: Cluster,
    pub bin_dir: PathBuf,
    /// The databases with claims, by their number of claimed columns.
    pub claimed: HashMap<u32, Database>,
}

/// The URLs of a database prepared as the documentation says, by who goes in.
#[derive(Debug, Clone)]
pub struct Database {
    pub control: String,
    owner: String,
    pub superuser: String,
}

impl Postgres {
    pub async fn start() -> Result<Self> {
        let durable = ["fsync", "synchronous_commit", "full_page_writes"];
        let settings = durable.map(|name| (name.to_owned(), "on".to_owned())).to_vec();
        let bin_dir = embedded::locate(None).await?.bin_dir;
        let cluster = Cluster::start(Options { settings, ..Default::default() }).await?;
        Ok(Self { cluster, bin_dir, claimed: HashMap::new() })
    }

    /// A new database, without the registry.
    pub async fn database(&self, name: &str) -> Result<Database> {
        let (control, owner) = ((CONTROL, PASSWORD), (OWNER, PASSWORD));
        Provision { database: name, control, owner }.apply(&self.cluster).await?;
        Ok(Database {
            control: self.cluster.url(CONTROL, Some(PASSWORD), name),
            owner: self.cluster.url(OWNER, Some(PASSWORD), name),
            superuser: self.cluster.superuser_url(name),
        })
    }

    /// The folder of the socket and the port in its name: everything here uses this socket.
    pub fn socket(&self) -> (&Path, u16) {
        (self.cluster.socket_dir(), self.cluster.port())
    }

    pub async fn stop(self) -> Result<()> {
        Ok(self.cluster.stop().await?)
    }
}

impl Database {
    /// Connects as the control plane.
    pub async fn control(&self) -> Result<Client> {
        Ok(connection::connect_as_is(&self.control).await?)
    }

    /// Connects as the application that owns the tables and migrates them.
    pub async fn owner(&self) -> Result<Client> {
        Ok(connection::connect_as_is(&self.owner).await?)
    }

    /// Connects as the superuser.
    pub async fn superuser(&self) -> Result<Client> {
        Ok(connection::connect_as_is(&self.superuser).await?)
    }

    /// Tells the planner what is there, and writes to disk what would be written meanwhile.
    pub async fn settle(&self) -> Result<()> {
        let superuser = self.superuser().await?;
        run(&superuser, "analyze").await?;
        run(&superuser, "checkpoint").await
    }
}

/// A schema `shop` with this many tables `t1 …` of ten columns `c1 …` of mixed types.
pub async fn create_tables(owner: &Client, tables: u32) -> Result<()> {
    run(owner, "create schema shop").await?;
    for first in (1..=tables).step_by(1_000) {
        let last = tables.min(first + 999);
        let create = format!(
            "do $$ begin
               for table_no in {first}..{last} loop
                 execute format('create table shop.t%s (
                   c1 bigint not null, c2 text not null, c3 integer, c4 numeric(12, 2),
                   c5 timestamptz not null, c6 boolean, c7 varchar(80), c8 uuid, c9 jsonb, c10 date
                 )', table_no);
               end loop;
             end $$"
        );
        run(owner, &create).await?;
    }
    Ok(())
}

/// Runs SQL without parameters, in one round trip.
pub async fn run(client: &Client, sql: &str) -> Result<()> {
    client.simple_query(sql).await.map_err(|error| match error.as_db_error() {
        Some(db) => format!("{sql}\n{db}").into(),
        None => Box::<dyn std::error::Error + Send + Sync>::from(error),
    })?;
    Ok(())
}

/// Runs a prepared statement, in one round trip.
pub async fn execute(client: &Client, statement: &Statement) -> Result<()> {
    client.query(statement, &[]).await?;
    Ok(())
}

/// The number that a query answers.
pub async fn number(client: &Client, sql: &str) -> Result<i64> {
    Ok(client.query_one(sql, &[]).await?.try_get(0)?)
}
