//! Applications integrate directly through one Postgres database, and it is
//! safe: each declares the tables and columns it depends on, is granted exactly
//! those, and no migration that would break it reaches COMMIT.
//!
//! Read in this order: [`spec`] (the document), [`claims`] (the story of
//! replacing a stakeholder's claims), `sql/` (what holds inside a migration's
//! transaction), [`stakeholders`] (the role and schema behind each), then
//! [`routes`] (all of them on one screen).

pub mod audit;
pub mod auth;
pub mod changes;
pub mod check;
pub mod claims;
pub mod client;
pub mod commands;
pub mod config;
pub mod contract;
pub mod credentials;
pub mod db;
pub mod embedded;
pub mod error;
pub mod figures;
pub mod folder;
pub mod gate;
pub mod guards;
pub mod health;
pub mod housekeeping;
pub mod http;
pub mod idempotency;
pub mod insight;
pub mod keys;
pub mod log;
pub mod moment;
pub mod notifications;
pub mod page;
pub mod protection;
pub mod routes;
pub mod server;
pub mod sessions;
pub mod snapshot;
pub mod spec;
pub mod stakeholders;
mod stop;
pub mod tokens;
pub mod traces;
pub mod uninstall;
pub mod users;
pub mod version;

pub use stop::Stop;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use secrecy::SecretString;
use std::time::Duration;
use tokio::sync::watch;

/// What every request works with.
#[derive(Clone)]
pub struct App {
    pub pool: db::Pool,
    pub passwords: auth::Passwords,
    pub tokens: Arc<auth::Tokens>,
    pub bootstrap_secret: Option<SecretString>,
    pub lock_timeout: Duration,
    pub turns: claims::Turns,
    pub seal: Arc<auth::Seal>,
    /// What answers are kept with that may be asked for again.
    pub kept_answers: idempotency::Keys,
    pub changes: Arc<changes::Changes>,
    /// Who hears of what, as this instance knows it.
    pub hearings: watch::Sender<Arc<notifications::Hearings>>,
    /// What backfills were asked for.
    pub backfills: notifications::Backfills,
    /// What events say they come from: a URI.
    pub source: Arc<str>,
    /// Whether webhooks may be at private addresses.
    pub allows_private: bool,
    /// Whether a Redis may be at one.
    pub allows_private_redis: bool,
    /// Where stakeholders find the database.
    pub whereabouts: Arc<credentials::Whereabouts>,
    /// Where live events come from.
    pub hubs: notifications::Hubs,
    /// What is counted of requests.
    pub figures: figures::Instance,
    /// What readers of figures may send instead of a credential of their own.
    pub metrics_token: Option<SecretString>,
    pub health: Arc<health::Health>,
    /// What the log knows of the protection of claims.
    pub seen: Arc<protection::Seen>,
    /// Whether the database is up to date, so that requests can be served.
    pub is_prepared: Arc<AtomicBool>,
    /// Whose word counts for where a request comes from.
    pub trusted_proxies: Arc<[ipnet::IpNet]>,
    /// Where traces go, if they go anywhere.
    pub tracer: Option<traces::Tracer>,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// Whether connections that were in use may hang.
    pub doubt: db::Doubt,
    /// How long sessions of browsers last.
    pub session_lifetime: sessions::Lifetime,
    /// Set when the server is to stop.
    pub stop: Stop,
}
