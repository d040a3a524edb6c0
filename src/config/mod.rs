//! Every setting: its variable, its default, its meaning.
//!
//! This is the one place that reads the environment, and the file of settings. All
//! mistakes are reported together, each with the variable it is in.

mod client;
mod file;
mod reader;
mod settings;
mod source;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

use crate::changes::{Limits, Retention};
use crate::sessions::Lifetime;
use crate::traces;

pub use client::Client;
pub use reader::{Mistakes, Reader};
pub use settings::{SETTINGS, Setting};
pub use source::{choose, mistakes};

use source::look_up;

/// What `serve` runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    pub database: Database,
    pub host: String,
    pub port: u16,
    pub secret_key_base: SecretString,
    pub bootstrap_secret: Option<SecretString>,
    pub token_lifetime: Duration,
    pub refresh_token_lifetime: Duration,
    pub lock_timeout: Duration,
    /// Whether to put the gate in force at start.
    pub enables_gate: bool,
    pub shutdown_timeout: Duration,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// With what the server proves who it is, if it is to.
    pub tls: Option<Tls>,
    /// Where traces go, if they are to go anywhere.
    pub traces: Option<traces::Settings>,
    /// How long and how large the log of changes may become.
    pub retention: Retention,
    pub limits: Limits,
    /// Whether webhooks may be at private addresses.
    pub allows_private: bool,
    /// Whether a Redis may be at one.
    pub allows_private_redis: bool,
    /// What readers of figures may send instead of a credential of their own.
    pub metrics_token: Option<SecretString>,
    /// Whose word counts for where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// Where stakeholders find the database, if not where we do.
    pub stakeholder_database_url: Option<String>,
    pub housekeeping_interval: Duration,
    /// How long sessions of browsers last.
    pub session_lifetime: Lifetime,
}

/// What every command that speaks to Postgres runs with.
#[derive(Debug, Clone)]
pub struct Database {
    pub url: SecretString,
    pub pool_size: usize,
    /// How long whoever wants a connection waits for one.
    pub pool_timeout: Duration,
}

/// Where the server listens, which is all that has to be known to ask it.
#[derive(Debug, Clone)]
pub struct Listen {
    pub host: String,
    pub port: u16,
    /// With what it proves who it is, if it is to.
    pub tls: Option<Tls>,
}

/// Where the certificate of the server is, and the key that belongs to it: PEM files.
#[derive(Debug, Clone)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What the commands that change claims run with.
#[derive(Debug, Clone)]
pub struct Changes {
    pub database: Database,
    pub lock_timeout: Duration,
}

/// How the program logs.
#[derive(Debug, Clone)]
pub struct Log {
    pub level: tracing::Level,
    pub json: bool,
    /// Whether the audit is written too.
    pub has_audit: bool,
}

impl Settings {
    /// Reads everything that `serve` needs from the environment.
    pub fn from_env() -> Result<Self, Mistakes> {
        Self::take(Reader::of_program(&look_up))
    }

    /// What holds where nothing is set but these two.
    pub fn standard(database_url: &str, secret_key_base: &str) -> Result<Self, Mistakes> {
        Self::read(&|name| match name {
            "DATABASE_URL" => Some(database_url.to_owned()),
            "SECRET_KEY_BASE" => Some(secret_key_base.to_owned()),
            _ => None,
        })
    }

    /// Reads what `dev` runs with: what is set, but for the database and the secret, which
    /// are its own, and with other defaults where nobody else is there.
    pub fn of_dev(
        database_url: &str,
        secret_key_base: &str,
        port: Option<u16>,
    ) -> Result<Self, Mistakes> {
        Self::take(Reader::of_program(&|name| match name {
            "DATABASE_URL" => Some(database_url.to_owned()),
            "SECRET_KEY_BASE" => Some(secret_key_base.to_owned()),
            "DATABASE_PASSWORD_FILE" => None,
            "PORT" => port.map(|port| port.to_string()).or_else(|| look_up(name)),
            "GATE" => look_up(name).or_else(|| Some("enable".to_owned())),
            "WEBHOOK_ALLOW_PRIVATE" => look_up(name).or_else(|| Some("true".to_owned())),
            "SHUTDOWN_TIMEOUT_SECONDS" => look_up(name).or_else(|| Some("5".to_owned())),
            _ => look_up(name),
        }))
    }

    /// Reads everything that `serve` needs.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, Mistakes> {
        Self::take(Reader::new(lookup))
    }

    fn take(mut reader: Reader<'_>) -> Result<Self, Mistakes> {
        let database = reader.database();
        let Listen { host, port, tls } = reader.listen();
        let settings = Self {
            stakeholder_database_url: reader.stakeholder_database_url(&database),
            housekeeping_interval: Duration::from_secs(
                reader.number("HOUSEKEEPING_INTERVAL_SECONDS", 1..=3600),
            ),
            database,
            host,
            port,
            secret_key_base: reader.secret_of_at_least("SECRET_KEY_BASE", 32),
            bootstrap_secret: reader.optional_secret_of_at_least("BOOTSTRAP_SECRET", 16),
            token_lifetime: minutes(reader.number("TOKEN_LIFETIME_MINUTES", 1..=60 * 24 * 365)),
            refresh_token_lifetime: minutes(
                reader.number("REFRESH_TOKEN_LIFETIME_DAYS", 1..=3650) * 60 * 24,
            ),
            lock_timeout: reader.lock_timeout(),
            enables_gate: reader.one_of("GATE", &["as-is", "enable"]) == "enable",
            shutdown_timeout: Duration::from_secs(
                reader.number("SHUTDOWN_TIMEOUT_SECONDS", 0..=3600),
            ),
            request_timeout: Duration::from_secs(
                reader.number("REQUEST_TIMEOUT_SECONDS", 1..=3600),
            ),
            tls,
            traces: reader.traces(),
            retention: Retention {
                age: minutes(reader.number("CHANGES_RETENTION_HOURS", 1..=24 * 365) * 60),
                bytes: reader.number("CHANGES_RETENTION_MB", 1_u64..=1_000_000) << 20,
            },
            limits: Limits {
                largest: reader.number("CHANGES_LARGEST_MB", 1_usize..=512) << 20,
                patience: Duration::from_secs(reader.number("CHANGES_STUCK_SECONDS", 1..=86_400)),
                ..Limits::default()
            },
            allows_private: reader.one_of("WEBHOOK_ALLOW_PRIVATE", &["true", "false"]) == "true",
            allows_private_redis: reader.one_of("REDIS_ALLOW_PRIVATE", &["true", "false"])
                == "true",
            metrics_token: reader.optional_secret_of_at_least("METRICS_TOKEN", 16),
            trusted_proxies: reader.networks("TRUSTED_PROXIES"),
            session_lifetime: Lifetime {
                whole: minutes(reader.number("SESSION_LIFETIME_HOURS", 1..=24 * 365) * 60),
                idle: minutes(reader.number("SESSION_IDLE_MINUTES", 1..=60 * 24 * 365)),
            },
        };
        reader.finish(settings)
    }
}

impl Database {
    /// Reads what a command needs that only speaks to Postgres.
    pub fn from_env() -> Result<Self, Mistakes> {
        let mut reader = Reader::of_program(&look_up);
        let database = reader.database();
        reader.finish(database)
    }
}

impl Listen {
    /// Reads what a command needs that only asks the server how it is.
    pub fn from_env() -> Result<Self, Mistakes> {
        let mut reader = Reader::of_program(&look_up);
        let listen = reader.listen();
        reader.finish(listen)
    }
}

impl Changes {
    /// Reads what a command needs that changes claims.
    pub fn from_env() -> Result<Self, Mistakes> {
        let mut reader = Reader::of_program(&look_up);
        let changes = Self { database: reader.database(), lock_timeout: reader.lock_timeout() };
        reader.finish(changes)
    }
}

impl Log {
    /// Reads how to log.
    pub fn from_env() -> Result<Self, Mistakes> {
        let mut reader = Reader::of_program(&look_up);
        let level = reader.one_of("LOG_LEVEL", &["error", "warn", "info", "debug", "trace"]);
        let json = reader.one_of("LOG_FORMAT", &["text", "json"]) == "json";
        let level = tracing::Level::from_str(&level).unwrap_or(tracing::Level::INFO);
        let has_audit = reader.one_of("AUDIT_LOG", &["true", "false"]) == "true";
        reader.finish(Self { level, json, has_audit })
    }
}

/// The folder with `initdb` and `postgres` that `dev`, `demo` and the tests use
/// before any other: `POSTGRES_BIN_DIR`.
pub fn postgres_bin_dir() -> Option<PathBuf> {
    source::environment("POSTGRES_BIN_DIR").map(PathBuf::from)
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_mistakes_are_reported_together() {
        let lookup = |name: &str| match name {
            "PORT" => Some("99999".to_owned()),
            "SECRET_KEY_BASE" => Some("short".to_owned()),
            "BOOTSTRAP_SECRET" => Some("abc".to_owned()),
            "DATABASE_URL" => Some("postgres://localhost/db?sslmode=maybe".to_owned()),
            _ => None,
        };
        let Err(Mistakes(mistakes)) = Settings::read(&lookup) else { panic!("accepted") };
        assert_eq!(mistakes.len(), 4, "{mistakes:?}");
        assert!(mistakes[0].starts_with("DATABASE_URL"), "{mistakes:?}");
        assert!(mistakes[1].starts_with("PORT is `99999`"), "{mistakes:?}");
        assert!(mistakes[2].starts_with("SECRET_KEY_BASE has 5 characters"), "{mistakes:?}");
        assert!(mistakes[3].starts_with("BOOTSTRAP_SECRET has 3 characters"), "{mistakes:?}");
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let lookup = |name: &str| match name {
            "SECRET_KEY_BASE" => Some("x".repeat(32)),
            "DATABASE_URL" => Some("postgres://localhost/db".to_owned()),
            _ => None,
        };
        let settings = Settings::read(&lookup).expect("valid settings");
        assert_eq!(settings.port, 4000);
        assert_eq!(settings.database.pool_size, 10);
        assert!(settings.bootstrap_secret.is_none());
    }
}
