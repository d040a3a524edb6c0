//! The reading of settings: each by its name, all mistakes together.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

use super::file::words;
use super::settings::{default, meaning};
use super::source;
use super::{Database, Listen, Tls};
use crate::credentials::Whereabouts;
use crate::traces;

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
    /// Whether it is said already why a setting has no value.
    is_spoilt: fn(&str) -> bool,
}

impl<'a> Reader<'a> {
    /// Reads through this look-up.
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, mistakes: Vec::new(), is_spoilt: |_| false }
    }

    /// Reads what this program was started with, or what else a look-up makes of it.
    pub fn of_program(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { is_spoilt: source::is_spoilt, ..Self::new(lookup) }
    }

    /// Where Postgres is, and how many connections to it there may be.
    pub fn database(&mut self) -> Database {
        let mut url = self.required("DATABASE_URL");
        if !url.is_empty()
            && let Err(problem) = crate::db::connection::parse(&url)
        {
            self.mistakes.push(format!("DATABASE_URL {problem}"));
        }
        if let Some(file) = self.optional("DATABASE_PASSWORD_FILE") {
            if let Err(error) = std::fs::File::open(&file) {
                let error = words(&error);
                self.mistakes.push(format!(
                    "DATABASE_PASSWORD_FILE is `{file}`, which can't be read: {error}"
                ));
            }
            url = crate::db::connection::with_parameter(&url, "password_file", &file);
        }
        Database {
            url: url.into(),
            pool_size: self.number("DATABASE_POOL_SIZE", 1..=1000),
            pool_timeout: Duration::from_secs(
                self.number("DATABASE_POOL_TIMEOUT_SECONDS", 1..=600),
            ),
        }
    }

    /// Where the server listens.
    pub fn listen(&mut self) -> Listen {
        Listen { host: self.text("HOST"), port: self.number("PORT", 0..=u16::MAX), tls: self.tls() }
    }

    /// The certificate of the server, and its key.
    fn tls(&mut self) -> Option<Tls> {
        let place = |name| self.optional(name).map(PathBuf::from);
        match (place("TLS_CERTIFICATE"), place("TLS_KEY")) {
            (Some(certificate), Some(key)) => Some(Tls { certificate, key }),
            (None, None) => None,
            _ if (self.is_spoilt)("TLS_CERTIFICATE") || (self.is_spoilt)("TLS_KEY") => None,
            _ => {
                let mistake = "TLS_CERTIFICATE and TLS_KEY belong together: set both or neither";
                self.mistakes.push(mistake.to_owned());
                None
            }
        }
    }

    /// Where stakeholders find the database that we find there.
    pub fn stakeholder_database_url(&mut self, database: &Database) -> Option<String> {
        let told = self.optional("STAKEHOLDER_DATABASE_URL")?;
        let ours = database.url.expose_secret();
        if crate::db::connection::parse(ours).is_ok()
            && let Err(problem) = Whereabouts::new(ours, Some(&told))
        {
            self.mistakes.push(format!("STAKEHOLDER_DATABASE_URL {problem}"));
        }
        Some(told)
    }

    /// Where traces go, if they are to go anywhere.
    pub fn traces(&mut self) -> Option<traces::Settings> {
        let endpoint = self.optional("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        let is_url = reqwest::Url::parse(&endpoint)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_url {
            let mistake = "OTEL_EXPORTER_OTLP_ENDPOINT must be a URL such as http://collector:4318";
            self.mistakes.push(mistake.to_owned());
        }
        let ratio = self.text("OTEL_TRACES_SAMPLER_ARG").parse().unwrap_or(-1.0);
        if !(0.0..=1.0).contains(&ratio) {
            self.mistakes.push("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1".to_owned());
        }
        let sampler = self.one_of("OTEL_TRACES_SAMPLER", traces::Sampler::NAMES);
        let headers = self.pairs("OTEL_EXPORTER_OTLP_HEADERS").into_iter();
        Some(traces::Settings {
            endpoint,
            headers: headers.map(|(name, value)| (name, value.into())).collect(),
            resource: self.pairs("OTEL_RESOURCE_ATTRIBUTES"),
            service: self.text("OTEL_SERVICE_NAME"),
            sampler: traces::Sampler::named(&sampler, ratio),
        })
    }

    fn pairs(&mut self, name: &str) -> Vec<(String, String)> {
        traces::pairs(&self.text(name)).unwrap_or_else(|problem| {
            self.mistakes.push(format!("{name} {problem}"));
            Vec::new()
        })
    }

    /// How long a change of claims waits for a migration.
    pub fn lock_timeout(&mut self) -> Duration {
        Duration::from_millis(self.number("LOCK_TIMEOUT_MS", 1..=600_000))
    }

    /// What is set, without what surrounds it.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// What has to be set.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            if !(self.is_spoilt)(name) {
                self.mistakes.push(format!("{name} is not set: {}", meaning(name)));
            }
            String::new()
        })
    }

    /// What is set, or the default.
    pub fn text(&self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| default(name).to_owned())
    }

    /// A secret that has to be set and is long enough not to be guessed.
    pub fn secret_of_at_least(&mut self, name: &str, characters: usize) -> SecretString {
        let value = self.required(name);
        let length = value.chars().count();
        if length > 0 && length < characters {
            self.mistakes
                .push(format!("{name} has {length} characters and needs {characters} or more"));
        }
        value.into()
    }

    /// A secret that is long enough, if it is set.
    pub fn optional_secret_of_at_least(
        &mut self,
        name: &str,
        characters: usize,
    ) -> Option<SecretString> {
        self.optional(name).map(|_| self.secret_of_at_least(name, characters))
    }

    /// A whole number within a range.
    pub fn number<T>(&mut self, name: &str, range: std::ops::RangeInclusive<T>) -> T
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

    /// Addresses and networks, with commas between.
    pub fn networks(&mut self, name: &str) -> Vec<IpNet> {
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

    /// One of these words, in lower case.
    pub fn one_of(&mut self, name: &str, choices: &[&str]) -> String {
        let value = self.text(name).to_lowercase();
        if !choices.contains(&value.as_str()) {
            self.mistakes
                .push(format!("{name} is `{value}` and must be one of {}", choices.join(", ")));
        }
        value
    }

    /// The value, if nothing was wrong.
    pub fn finish<T>(self, value: T) -> Result<T, Mistakes> {
        if self.mistakes.is_empty() { Ok(value) } else { Err(Mistakes(self.mistakes)) }
    }
}
