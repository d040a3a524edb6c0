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
pub use install::{ENGINE, InstallError, install};
pub use page::Page;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod, Runtime, Timeouts};
use secrecy::ExposeSecret;
use std::time::Duration;

use crate::config;
use crate::error::{Error, Result};

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
    let target = connection::parse(settings.url.expose_secret()).map_err(Error::internal)?;
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
