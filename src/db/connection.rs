//! Where `DATABASE_URL` points, and how safe the way there is.

use std::str::FromStr;

use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{self, Trust};
use crate::error::Error;

/// A server and a database in it.
pub struct Target {
    pub config: tokio_postgres::Config,
    pub tls: MakeRustlsConnect,
}

/// How safe the way is to be, as the URL says it.
pub struct Security {
    /// The `sslmode`; `prefer` if it isn't said.
    pub mode: String,
    /// The `sslrootcert`.
    pub root_file: Option<String>,
}

/// Reads a `postgres://` URL, or `key=value` pairs. `sslmode` and `sslrootcert`
/// mean what libpq's documentation says ("SSL Support").
pub fn parse(url: &str) -> Result<Target, String> {
    let (mut config, security) = read(url)?;
    let root_file = security.root_file.as_deref();
    let (mode, trust) = match (security.mode.as_str(), root_file) {
        ("disable", _) => (SslMode::Disable, Trust::Anyone),
        ("allow" | "prefer", _) => (SslMode::Prefer, Trust::Anyone),
        ("require", None) => (SslMode::Require, Trust::Anyone),
        ("require" | "verify-ca", _) => (SslMode::Require, Trust::Authority),
        ("verify-full", _) => (SslMode::Require, Trust::AuthorityAndName),
        (other, _) => {
            return Err(format!(
                "has sslmode `{other}` and must have one of disable, prefer, require, verify-ca, verify-full"
            ));
        }
    };
    config.ssl_mode(mode);
    if config.get_application_name().is_none() {
        config.application_name("integratedb");
    }
    config.connect_timeout(std::time::Duration::from_secs(5));
    let tls = tls::client(trust, root_file)?;
    Ok(Target { config, tls: MakeRustlsConnect::new(tls) })
}

/// The same with settings of the session beside those of the URL, such as
/// `-c synchronous_commit=off`.
pub fn parse_with(url: &str, settings: &str) -> Result<Target, String> {
    let mut target = parse(url)?;
    let settings = match target.config.get_options() {
        Some(given) => format!("{given} {settings}"),
        None => settings.to_owned(),
    };
    target.config.options(&settings);
    Ok(target)
}

/// Reads where a URL points, and apart from it how safe the way is to be.
pub fn read(url: &str) -> Result<(tokio_postgres::Config, Security), String> {
    let (rest, mode) = take_parameter(url, "sslmode");
    let (rest, root_file) = take_parameter(&rest, "sslrootcert");
    let config = tokio_postgres::Config::from_str(&rest)
        .map_err(|error| format!("can't be read: {}", reason(&error)))?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err("names no host".to_owned());
    }
    Ok((config, Security { mode: mode.unwrap_or_else(|| "prefer".to_owned()), root_file }))
}

/// One connection outside the pool; its traffic runs on a task of its own.
pub async fn connect(url: &str) -> Result<tokio_postgres::Client, Error> {
    open(parse(url).map_err(Error::internal)?).await
}

/// The same with settings (`-c name=value`) beside those of the URL, under a name that
/// operators see.
pub async fn connect_with(
    url: &str,
    settings: &str,
    name: &str,
) -> Result<tokio_postgres::Client, Error> {
    let mut target = parse_with(url, settings).map_err(Error::internal)?;
    target.config.application_name(name);
    open(target).await
}

async fn open(target: Target) -> Result<tokio_postgres::Client, Error> {
    let (client, connection) = target.config.connect(target.tls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = &error as &dyn std::error::Error, "connection ended");
        }
    });
    Ok(client)
}

fn take_parameter(url: &str, name: &str) -> (String, Option<String>) {
    let is_url = url.starts_with("postgres://") || url.starts_with("postgresql://");
    let (base, parameters, separator) = if is_url {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        (base, query.split('&').collect::<Vec<_>>(), '&')
    } else {
        ("", url.split_whitespace().collect(), ' ')
    };
    let mut value = None;
    let kept: Vec<&str> = parameters
        .into_iter()
        .filter(|parameter| !parameter.is_empty())
        .filter(|parameter| match parameter.split_once('=') {
            Some((key, given)) if key == name => {
                value = Some(given.replace("%2F", "/").replace("%2f", "/"));
                false
            }
            _ => true,
        })
        .collect();
    let kept = kept.join(&separator.to_string());
    let rest = match (is_url, kept.is_empty()) {
        (true, true) => base.to_owned(),
        (true, false) => format!("{base}?{kept}"),
        (false, _) => kept,
    };
    (rest, value)
}

fn reason(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssl_parameters_are_ours_and_the_rest_is_the_drivers() {
        let (rest, mode) =
            take_parameter("postgres://u:p@h/d?sslmode=verify-full&connect_timeout=3", "sslmode");
        assert_eq!(rest, "postgres://u:p@h/d?connect_timeout=3");
        assert_eq!(mode.as_deref(), Some("verify-full"));
        let (rest, mode) = take_parameter("host=h sslmode=disable user=u", "sslmode");
        assert_eq!((rest.as_str(), mode.as_deref()), ("host=h user=u", Some("disable")));
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let refusal = |url| parse(url).err().unwrap_or_default();
        assert!(refusal("postgres://h/d?sslmode=maybe").contains("sslmode `maybe`"));
        assert!(refusal("mysql://h/d").contains("can't be read"));
        assert!(
            refusal("postgres://h/d?sslrootcert=nowhere.pem&sslmode=verify-full")
                .contains("nowhere.pem")
        );
    }
}
