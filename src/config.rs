//! Every setting: its variable, its default, its meaning.
//!
//! This is the one place that reads the environment. All mistakes are reported
//! together, each with the variable it is in.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

use crate::changes::Retention;

/// One setting as `--help`, the documentation and the reader below know it.
#[derive(Debug)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// What holds when it is not set; empty where there is no default.
    pub default: &'static str,
    /// What it means, with its unit.
    pub meaning: &'static str,
}

/// All settings, in the order in which `--help` shows them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "DATABASE_URL",
        default: "",
        meaning: "Postgres to work in: postgres://user:password@host:port/database. sslmode is disable, prefer (default), require, verify-ca or verify-full, with sslrootcert=FILE for a private authority",
    },
    Setting { name: "DATABASE_POOL_SIZE", default: "10", meaning: "connections to it at most" },
    Setting { name: "HOST", default: "127.0.0.1", meaning: "address to listen on" },
    Setting { name: "PORT", default: "4000", meaning: "port to listen on; 0 takes a free one" },
    Setting {
        name: "SECRET_KEY_BASE",
        default: "",
        meaning: "what tokens are signed with, 32 characters or more; another value ends all tokens",
    },
    Setting {
        name: "BOOTSTRAP_SECRET",
        default: "",
        meaning: "when set, creating the first user takes it in the header X-Bootstrap-Secret",
    },
    Setting {
        name: "TOKEN_LIFETIME_MINUTES",
        default: "60",
        meaning: "how long a bearer token is good",
    },
    Setting {
        name: "REFRESH_TOKEN_LIFETIME_DAYS",
        default: "30",
        meaning: "how long a refresh token is good",
    },
    Setting {
        name: "LOCK_TIMEOUT_MS",
        default: "5000",
        meaning: "how long a change of claims waits for a running migration before it answers 503",
    },
    Setting {
        name: "GATE",
        default: "as-is",
        meaning: "`enable` puts the gate in force at start, if the role may; as-is leaves it alone",
    },
    Setting {
        name: "CHANGES_RETENTION_HOURS",
        default: "72",
        meaning: "how long changes are kept for channels that can't be told",
    },
    Setting {
        name: "CHANGES_RETENTION_MB",
        default: "4096",
        meaning: "how much of them is kept at most, in megabytes",
    },
    Setting {
        name: "WEBHOOK_ALLOW_PRIVATE",
        default: "false",
        meaning: "true lets webhooks be at private addresses, such as 10.0.0.0/8 and localhost",
    },
    Setting {
        name: "TRUSTED_PROXIES",
        default: "",
        meaning: "addresses or networks of proxies, with commas between, whose X-Forwarded-For is believed",
    },
    Setting {
        name: "SHUTDOWN_TIMEOUT_SECONDS",
        default: "30",
        meaning: "how long running requests may take to finish after SIGTERM",
    },
    Setting { name: "LOG_LEVEL", default: "info", meaning: "error, warn, info, debug or trace" },
    Setting { name: "LOG_FORMAT", default: "text", meaning: "text or json" },
];

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
    /// How long and how large the log of changes may become.
    pub retention: Retention,
    /// Whether webhooks may be at private addresses.
    pub allows_private: bool,
    /// Whose word counts for where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
}

/// What every command that speaks to Postgres runs with.
#[derive(Debug, Clone)]
pub struct Database {
    pub url: SecretString,
    pub pool_size: usize,
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
}

/// Every setting that can't be used, a line each.
#[derive(Debug, thiserror::Error)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The settings can't be used:")?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

/// Where settings are looked up: the environment, or what a test says.
pub struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    mistakes: Vec<String>,
}

impl Settings {
    /// Reads everything that `serve` needs from the environment.
    pub fn from_env() -> Result<Self, Mistakes> {
        Self::read(&environment)
    }

    /// Reads everything that `serve` needs.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, Mistakes> {
        let mut reader = Reader::new(lookup);
        let settings = Self {
            database: reader.database(),
            host: reader.text("HOST"),
            port: reader.number("PORT", 0..=u16::MAX),
            secret_key_base: reader.secret_of_at_least("SECRET_KEY_BASE", 32),
            bootstrap_secret: reader.optional("BOOTSTRAP_SECRET").map(SecretString::from),
            token_lifetime: minutes(reader.number("TOKEN_LIFETIME_MINUTES", 1..=60 * 24 * 365)),
            refresh_token_lifetime: minutes(
                reader.number("REFRESH_TOKEN_LIFETIME_DAYS", 1..=3650) * 60 * 24,
            ),
            lock_timeout: reader.lock_timeout(),
            enables_gate: reader.one_of("GATE", &["as-is", "enable"]) == "enable",
            shutdown_timeout: Duration::from_secs(
                reader.number("SHUTDOWN_TIMEOUT_SECONDS", 0..=3600),
            ),
            retention: Retention {
                age: minutes(reader.number("CHANGES_RETENTION_HOURS", 1..=24 * 365) * 60),
                bytes: reader.number("CHANGES_RETENTION_MB", 1_u64..=1_000_000) << 20,
            },
            allows_private: reader.one_of("WEBHOOK_ALLOW_PRIVATE", &["true", "false"]) == "true",
            trusted_proxies: reader.networks("TRUSTED_PROXIES"),
        };
        reader.finish(settings)
    }
}

impl Database {
    /// Reads what a command needs that only speaks to Postgres.
    pub fn from_env() -> Result<Self, Mistakes> {
        let mut reader = Reader::new(&environment);
        let database = reader.database();
        reader.finish(database)
    }
}

impl Changes {
    /// Reads what a command needs that changes claims.
    pub fn from_env() -> Result<Self, Mistakes> {
        let mut reader = Reader::new(&environment);
        let changes = Self { database: reader.database(), lock_timeout: reader.lock_timeout() };
        reader.finish(changes)
    }
}

impl Log {
    /// Reads how to log.
    pub fn from_env() -> Result<Self, Mistakes> {
        let mut reader = Reader::new(&environment);
        let level = reader.one_of("LOG_LEVEL", &["error", "warn", "info", "debug", "trace"]);
        let json = reader.one_of("LOG_FORMAT", &["text", "json"]) == "json";
        let level = tracing::Level::from_str(&level).unwrap_or(tracing::Level::INFO);
        reader.finish(Self { level, json })
    }
}

/// The folder with `initdb` and `postgres` that `dev`, `demo` and the tests use
/// before any other: `POSTGRES_BIN_DIR`.
pub fn postgres_bin_dir() -> Option<PathBuf> {
    environment("POSTGRES_BIN_DIR").map(PathBuf::from)
}

impl<'a> Reader<'a> {
    fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, mistakes: Vec::new() }
    }

    fn database(&mut self) -> Database {
        let url = self.required("DATABASE_URL");
        if !url.is_empty()
            && let Err(problem) = crate::db::connection::parse(&url)
        {
            self.mistakes.push(format!("DATABASE_URL {problem}"));
        }
        Database { url: url.into(), pool_size: self.number("DATABASE_POOL_SIZE", 1..=1000) }
    }

    fn lock_timeout(&mut self) -> Duration {
        Duration::from_millis(self.number("LOCK_TIMEOUT_MS", 1..=600_000))
    }

    fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.mistakes.push(format!("{name} is not set: {}", meaning(name)));
            String::new()
        })
    }

    fn text(&self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| default(name).to_owned())
    }

    fn secret_of_at_least(&mut self, name: &str, characters: usize) -> SecretString {
        let value = self.required(name);
        let length = value.chars().count();
        if length > 0 && length < characters {
            self.mistakes
                .push(format!("{name} has {length} characters and needs {characters} or more"));
        }
        value.into()
    }

    fn number<T>(&mut self, name: &str, range: std::ops::RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + fmt::Display + Clone,
    {
        let value = self.text(name);
        match value.parse::<T>() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                self.mistakes.push(format!(
                    "{name} is `{value}` and must be a whole number from {} to {}",
                    range.start(),
                    range.end()
                ));
                range.start().clone()
            }
        }
    }

    fn networks(&mut self, name: &str) -> Vec<IpNet> {
        let value = self.text(name);
        let mut networks = Vec::new();
        for text in value.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            match text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)) {
                Ok(network) => networks.push(network),
                Err(_) => self.mistakes.push(format!(
                    "{name} has `{text}`, which is no address such as 10.0.0.1 and no network such as 10.0.0.0/8"
                )),
            }
        }
        networks
    }

    fn one_of(&mut self, name: &str, choices: &[&str]) -> String {
        let value = self.text(name).to_lowercase();
        if !choices.contains(&value.as_str()) {
            self.mistakes
                .push(format!("{name} is `{value}` and must be one of {}", choices.join(", ")));
        }
        value
    }

    fn finish<T>(self, value: T) -> Result<T, Mistakes> {
        if self.mistakes.is_empty() { Ok(value) } else { Err(Mistakes(self.mistakes)) }
    }
}

fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

fn default(name: &str) -> &'static str {
    setting(name).map_or("", |setting| setting.default)
}

fn meaning(name: &str) -> &'static str {
    setting(name).map_or("", |setting| setting.meaning)
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

#[expect(clippy::disallowed_methods, reason = "the one home of the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_mistakes_are_reported_together() {
        let lookup = |name: &str| match name {
            "PORT" => Some("99999".to_owned()),
            "SECRET_KEY_BASE" => Some("short".to_owned()),
            "DATABASE_URL" => Some("postgres://localhost/db?sslmode=maybe".to_owned()),
            _ => None,
        };
        let Err(Mistakes(mistakes)) = Settings::read(&lookup) else { panic!("accepted") };
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
        assert!(mistakes[0].starts_with("DATABASE_URL"), "{mistakes:?}");
        assert!(mistakes[1].starts_with("PORT is `99999`"), "{mistakes:?}");
        assert!(mistakes[2].starts_with("SECRET_KEY_BASE has 5 characters"), "{mistakes:?}");
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
