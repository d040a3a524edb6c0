//! The way to Postgres: connections, identifiers, the schema of the registry and
//! the engine, and what SQLSTATEs mean to us.

pub mod connection;
mod failure;
mod ident;
mod install;
mod page;
pub mod rights;
mod tls;

pub use failure::OnConstraint;
pub use ident::Ident;
pub use install::{ENGINE, InstallError, install, newest_migration};
pub use page::Page;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod, Runtime, Timeouts};
use secrecy::ExposeSecret;
use std::time::Duration;

use crate::config;
use crate::error::{Error, Result};
use connection::Target;

/// The pool of connections.
pub type Pool = deadpool_postgres::Pool;

/// A pooled connection.
pub type Client = deadpool_postgres::Client;

/// A transaction on a pooled connection.
pub type Transaction<'a> = deadpool_postgres::Transaction<'a>;

/// How long a request waits for a connection before it answers 503.
const PATIENCE: Duration = Duration::from_secs(5);

/// Builds the pool; connects nowhere yet.
pub fn pool(settings: &config::Database) -> Result<Pool> {
    let url = settings.url.expose_secret();
    build(settings, connection::parse(url).map_err(Error::internal)?)
}

/// A pool whose commits don't wait for the disk: for what is done again, if a crash of
/// Postgres loses it.
pub fn hasty_pool(settings: &config::Database) -> Result<Pool> {
    let url = settings.url.expose_secret();
    build(settings, connection::parse_with(url, HASTY).map_err(Error::internal)?)
}

const HASTY: &str = "-c synchronous_commit=off";

fn build(settings: &config::Database, target: Target) -> Result<Pool> {
    let manager = Manager::from_config(
        target.config,
        target.tls,
        ManagerConfig { recycling_method: RecyclingMethod::Fast },
    );
    Pool::builder(manager)
        .max_size(settings.pool_size)
        .runtime(Runtime::Tokio1)
        .timeouts(Timeouts {
            wait: Some(PATIENCE),
            create: Some(PATIENCE),
            recycle: Some(PATIENCE),
        })
        .build()
        .map_err(Error::internal)
}
