//! Where stakeholders find the database, and the URI that leads them there.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::config::{Host, TargetSessionAttrs};

use crate::db::connection;

/// What no part of a URI gives a meaning to (RFC 3986, section 2.3).
const UNREMARKABLE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The part of a URI that is the same for everybody: `host:port/database?parameters`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts(String);

impl Whereabouts {
    /// Where we find it ourselves, by `DATABASE_URL`; unless they are told another
    /// address: `postgres://host:port/database?parameters`, of which everything but the
    /// host may be left out. Errors go on after the name of a setting.
    pub fn new(database_url: &str, told: Option<&str>) -> Result<Self, String> {
        let (config, security) = connection::read(database_url)?;
        let database = config.get_dbname().or(config.get_user()).unwrap_or("postgres");
        let mut parameters = vec![format!("sslmode={}", encode(&security.mode))];
        let Some(told) = told else {
            if config.get_target_session_attrs() == TargetSessionAttrs::ReadWrite {
                parameters.push("target_session_attrs=read-write".to_owned());
            }
            let hosts = hosts(&config);
            let (database, parameters) = (encode(database), parameters.join("&"));
            return Ok(Self(format!("{hosts}/{database}?{parameters}")));
        };
        let rest = told.strip_prefix("postgres://").or_else(|| told.strip_prefix("postgresql://"));
        let rest = rest.unwrap_or(told);
        connection::parse(&format!("postgres://{rest}"))?;
        if rest.split(['/', '?']).next().is_some_and(|authority| authority.contains('@')) {
            return Err("has a user, and is for all of them: leave it out".to_owned());
        }
        let (address, given) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, given_database) = address.split_once('/').unwrap_or((address, ""));
        let database = match given_database {
            "" => encode(database),
            given => given.to_owned(),
        };
        let parameters = if given.is_empty() { parameters.join("&") } else { given.to_owned() };
        Ok(Self(format!("{hosts}/{database}?{parameters}")))
    }

    /// What to connect with as this role.
    pub fn uri(&self, username: &str, password: &SecretString) -> SecretString {
        let (username, password) = (encode(username), encode(password.expose_secret()));
        format!("postgres://{username}:{password}@{}", self.0).into()
    }
}

fn hosts(config: &tokio_postgres::Config) -> String {
    let ports = config.get_ports();
    let port = |position: usize| ports.get(position).or(ports.first()).copied().unwrap_or(5432);
    let named = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) if name.contains(':') => format!("[{name}]"),
        Host::Tcp(name) => encode(name),
        Host::Unix(folder) => encode(&folder.to_string_lossy()),
    });
    let mut hosts: Vec<String> = named.collect();
    if hosts.is_empty() {
        hosts = config
            .get_hostaddrs()
            .iter()
            .map(|address| match address {
                std::net::IpAddr::V4(address) => address.to_string(),
                std::net::IpAddr::V6(address) => format!("[{address}]"),
            })
            .collect();
    }
    let hosts = hosts.iter().enumerate().map(|(no, host)| format!("{host}:{}", port(no)));
    hosts.collect::<Vec<_>>().join(",")
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNREMARKABLE).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(database_url: &str, told: Option<&str>) -> String {
        let whereabouts = Whereabouts::new(database_url, told).unwrap();
        whereabouts.uri("shop", &"a b".into()).expose_secret().to_owned()
    }

    #[test]
    fn stakeholders_find_the_database_where_we_do() {
        for (ours, theirs) in [
            ("postgres://c:p@db/shop", "db:5432/shop?sslmode=prefer"),
            (
                "postgres://c:p@db:6432/a%20shop?sslmode=verify-full&sslrootcert=/ca.pem",
                "db:6432/a%20shop?sslmode=verify-full",
            ),
            ("postgres://c:p@[::1]:7/", "[::1]:7/c?sslmode=prefer"),
            ("postgres://c@%2Frun%2Fpg/shop", "%2Frun%2Fpg:5432/shop?sslmode=prefer"),
            ("host=db user=c dbname=shop sslmode=require", "db:5432/shop?sslmode=require"),
            (
                "postgres://c@a:1,b:2/shop?target_session_attrs=read-write",
                "a:1,b:2/shop?sslmode=prefer&target_session_attrs=read-write",
            ),
        ] {
            assert_eq!(uri(ours, None), format!("postgres://shop:a%20b@{theirs}"));
        }
    }

    #[test]
    fn stakeholders_are_told_another_address() {
        let ours = "postgres://c:p@db/shop?sslmode=require";
        for (told, theirs) in [
            ("pooler", "pooler/shop?sslmode=require"),
            ("pooler.example.com:6432", "pooler.example.com:6432/shop?sslmode=require"),
            ("postgres://pooler/other", "pooler/other?sslmode=require"),
            ("postgresql://pooler:1/x?sslmode=verify-full", "pooler:1/x?sslmode=verify-full"),
        ] {
            assert_eq!(uri(ours, Some(told)), format!("postgres://shop:a%20b@{theirs}"));
        }
        for wrong in ["me@pooler", "postgres://me:secret@pooler", "pooler:x", "", "/shop"] {
            let refusal = Whereabouts::new(ours, Some(wrong)).unwrap_err();
            assert!(!refusal.contains("secret"), "{refusal}");
        }
    }
}
