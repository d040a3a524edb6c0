//! The way to Postgres: connections, identifiers, the schema of the registry and
//! the engine, and what SQLSTATEs mean to us.

pub mod advisory;
pub mod connection;
mod doubt;
mod failure;
mod ident;
mod install;
mod page;
pub mod password;
pub mod rights;
pub mod rotate;
mod standing;
mod tls;

pub use doubt::Doubt;
pub use failure::{OnConstraint, UNREACHED, is_contention, is_passing, unavailability};
pub use ident::Ident;
pub use install::{ENGINE, InstallError, install, newest_migration};
pub use page::Page;
pub use standing::{
    Standing, refuse_newer, require_installation, require_learned, standing, too_new,
};

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod, Runtime, Timeouts};
use secrecy::ExposeSecret;
use std::time::Duration;

use crate::config;
use crate::error::{Error, Result};
use connection::Target;
use password::Opener;

/// The pool of connections.
pub type Pool = deadpool_postgres::Pool;

/// A pooled connection.
pub type Client = deadpool_postgres::Client;

/// A transaction on a pooled connection.
pub type Transaction<'a> = deadpool_postgres::Transaction<'a>;

/// Builds the pool; connects nowhere yet.
pub fn pool(settings: &config::Database) -> Result<Pool> {
    let url = settings.url.expose_secret();
    build(settings, connection::parse_with(url, "").map_err(Error::internal)?, None)
}

/// A pool for requests, of which each may take so long: Postgres ends what takes longer,
/// and a connection is looked at before it is used again while there is doubt.
pub fn bounded_pool(settings: &config::Database, timeout: Duration, doubt: &Doubt) -> Result<Pool> {
    let bound = format!("-c statement_timeout={}", timeout.as_millis());
    let url = settings.url.expose_secret();
    let target = connection::parse_with(url, &bound).map_err(Error::internal)?;
    build(settings, target, Some(doubt))
}

/// A pool whose commits don't wait for the disk: for what is done again, if a crash of
/// Postgres loses it.
pub fn hasty_pool(settings: &config::Database) -> Result<Pool> {
    let url = settings.url.expose_secret();
    build(settings, connection::parse_with(url, HASTY).map_err(Error::internal)?, None)
}

const HASTY: &str = "-c synchronous_commit=off";

fn build(settings: &config::Database, target: Target, doubt: Option<&Doubt>) -> Result<Pool> {
    let opener = Opener { tls: target.tls, password_file: target.password_file };
    let manager = Manager::from_connect(
        target.config,
        opener,
        ManagerConfig { recycling_method: RecyclingMethod::Fast },
    );
    let mut builder = Pool::builder(manager);
    if let Some(doubt) = doubt {
        builder = builder.pre_recycle(doubt.hook());
    }
    let patience = Some(settings.pool_timeout);
    builder
        .max_size(settings.pool_size)
        .runtime(Runtime::Tokio1)
        .timeouts(Timeouts { wait: patience, create: patience, recycle: patience })
        .build()
        .map_err(Error::internal)
}
