//! Where `DATABASE_URL` points, and how safe the way there is.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::password::{self, Opened};
use super::tls::{self, Trust};
use crate::error::{Error, chain};

/// Lets a name that says no schema lead to Postgres's own and nowhere else. In `public`,
/// others may have made functions and operators that match better, and would run as us.
/// Said to each session, since poolers drop what a startup packet says.
const PIN: &str = "set search_path = pg_catalog, pg_temp";

/// The same in a startup packet.
pub const PINNED: &str = "-c search_path=pg_catalog,pg_temp";

/// How long the other end may acknowledge nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// A server and a database in it.
pub struct Target {
    pub config: tokio_postgres::Config,
    pub tls: MakeRustlsConnect,
    /// Where the password stands, if not in the URL.
    pub password_file: Option<PathBuf>,
}

/// How safe the way is to be, as the URL says it, and what opens it.
pub struct Security {
    /// The `sslmode`; `prefer` if it isn't said.
    pub mode: String,
    /// The `sslrootcert`.
    pub root_file: Option<String>,
    /// The `password_file`, which is our own: see [`super::password`].
    pub password_file: Option<PathBuf>,
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
    config.connect_timeout(Duration::from_secs(5));
    notice_silence(&mut config, url);
    let tls = tls::client(trust, root_file)?;
    let password_file = security.password_file;
    Ok(Target { config, tls: MakeRustlsConnect::new(tls), password_file })
}

/// Lets the system end a connection whose other end has vanished without a word, which it
/// otherwise does after hours. What the URL says counts more.
fn notice_silence(config: &mut tokio_postgres::Config, url: &str) {
    if !url.contains("keepalives") {
        config.keepalives_idle(SILENCE / 2);
        config.keepalives_interval(SILENCE / 6);
        config.keepalives_retries(3);
    }
    if !url.contains("tcp_user_timeout") {
        config.tcp_user_timeout(SILENCE);
    }
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
    let (rest, password_file) = take_parameter(&rest, "password_file");
    let config = tokio_postgres::Config::from_str(&rest).map_err(|error| {
        if is_url(url) {
            format!("can't be read: {}. {ENCODED}", reason(&error))
        } else {
            FORM.to_owned()
        }
    })?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err("names no host".to_owned());
    }
    // What follows an @ in the password, which nobody is to see as the name of a host.
    let is_torn = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
    if config.get_hosts().iter().any(is_torn) {
        return Err(format!("has more than one @ before its host. {ENCODED}"));
    }
    let mode = mode.unwrap_or_else(|| "prefer".to_owned());
    Ok((config, Security { mode, root_file, password_file: password_file.map(PathBuf::from) }))
}

const FORM: &str =
    "must begin with postgres://, such as postgres://user:password@host:port/database";

const ENCODED: &str = "In the user and the password, what is no letter and no digit has to be \
     percent-encoded: @ as %40, / as %2F, % as %25";

/// Where a URL points, for people: `host:port`, of several the first.
pub fn place(url: &str) -> String {
    read(url).map(|(config, _)| place_of(&config)).unwrap_or_default()
}

fn place_of(config: &tokio_postgres::Config) -> String {
    let host = match (config.get_hosts().first(), config.get_hostaddrs().first()) {
        (Some(Host::Tcp(name)), _) => name.clone(),
        (Some(Host::Unix(folder)), _) => folder.display().to_string(),
        (None, address) => address.map(ToString::to_string).unwrap_or_default(),
    };
    format!("{host}:{}", config.get_ports().first().unwrap_or(&5432))
}

/// What went wrong, and where it was tried.
#[derive(Debug, thiserror::Error)]
#[error("Postgres at {place}")]
struct Tried {
    place: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// The error with where it was tried, if that is of any help: where Postgres or the way
/// there is at fault.
pub fn at(url: &str, error: Error) -> Error {
    tried(place(url), error)
}

fn tried(place: String, error: Error) -> Error {
    match error {
        Error::Unavailable(source) => Error::Unavailable(Box::new(Tried { place, source })),
        Error::Internal(source) if source.is::<tokio_postgres::Error>() => {
            Error::Internal(Box::new(Tried { place, source }))
        }
        other => other,
    }
}

/// One connection outside the pool; its traffic runs on a task of its own.
pub async fn connect(url: &str) -> Result<Client, Error> {
    open(parse(url).map_err(Error::internal)?).await
}

/// The same for somebody who isn't the control plane, such as the application of the demo:
/// names lead where the role, the database and the URL say.
pub async fn connect_as_is(url: &str) -> Result<Client, Error> {
    let Target { config, tls, password_file } = parse(url).map_err(Error::internal)?;
    let opened = Box::pin(password::open(&config, &tls, password_file.as_deref())).await;
    Ok(drive(opened.map_err(|error| tried(place_of(&config), error.into()))?).0)
}

/// The same with settings (`-c name=value`) beside those of the URL, under a name that
/// operators see.
pub async fn connect_with(url: &str, settings: &str, name: &str) -> Result<Client, Error> {
    let mut target = parse_with(url, settings).map_err(Error::internal)?;
    target.config.application_name(name);
    open(target).await
}

/// The same as another role, which has a password of its own.
pub async fn connect_as(
    url: &str,
    (role, password): (&str, &SecretString),
    settings: &str,
    name: &str,
) -> Result<Client, Error> {
    let mut target = parse_with(url, settings).map_err(Error::internal)?;
    // A database that isn't named is called like the user.
    if let Some(user) = target.config.get_user().map(str::to_owned)
        && target.config.get_dbname().is_none()
    {
        target.config.dbname(&user);
    }
    target.config.user(role).password(password.expose_secret()).application_name(name);
    open(Target { password_file: None, ..target }).await
}

async fn open(target: Target) -> Result<Client, Error> {
    let file = target.password_file.as_deref();
    let opened = Box::pin(open_pinned(&target.config, &target.tls, file)).await;
    Ok(opened.map_err(|error| tried(place_of(&target.config), error.into()))?.0)
}

/// Connects as every connection of ours is, with names pinned; a task drives it.
pub(super) async fn open_pinned(
    config: &tokio_postgres::Config,
    tls: &MakeRustlsConnect,
    password_file: Option<&Path>,
) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
    let (client, driving) = drive(password::open(config, tls, password_file).await?);
    client.simple_query(PIN).await?;
    Ok((client, driving))
}

fn drive((client, connection): Opened) -> (Client, JoinHandle<()>) {
    let driving = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = chain(&error), "connection ended");
        }
    });
    (client, driving)
}

/// The URL with one of these parameters more, or another value of it.
pub fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let (rest, _) = take_parameter(url, name);
    let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
    let separator = match (is_url(&rest), rest.contains('?')) {
        (true, false) => '?',
        (true, true) => '&',
        (false, _) => ' ',
    };
    format!("{rest}{separator}{name}={value}")
}

/// The URL with another password; `None` if it names no user.
pub fn with_password(url: &str, password: &SecretString) -> Option<SecretString> {
    if !is_url(url) {
        let (rest, _) = take_parameter(url, "password");
        let password = password.expose_secret().replace('\\', r"\\").replace('\'', r"\'");
        return Some(format!("{rest} password='{password}'").into());
    }
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (user, hosts) = rest[..end].rsplit_once('@')?;
    let user = user.split(':').next().unwrap_or(user);
    let password = utf8_percent_encode(password.expose_secret(), NON_ALPHANUMERIC);
    Some(format!("{scheme}://{user}:{password}@{hosts}{}", &rest[end..]).into())
}

/// Whether it begins as the URL of a Postgres does.
pub fn is_url(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// Takes one of our own parameters out of a URL.
pub(super) fn take_parameter(url: &str, name: &str) -> (String, Option<String>) {
    let is_url = is_url(url);
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
                value = Some(percent_decode_str(given).decode_utf8_lossy().into_owned());
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
    fn a_password_is_replaced_and_a_parameter_added() {
        for (before, after) in [
            ("postgres://u:p@h:1/d?sslmode=require", "postgres://u:a%40b@h:1/d?sslmode=require"),
            ("postgres://u@h", "postgres://u:a%40b@h"),
            ("host=h user=u password=p dbname=d", "host=h user=u dbname=d password='a@b'"),
        ] {
            let changed = with_password(before, &"a@b".into()).unwrap();
            assert_eq!(changed.expose_secret(), after);
        }
        for (before, after) in [
            ("postgres://u@h/d", "postgres://u@h/d?password_file=%2Frun%2Fa%20b"),
            ("postgres://u@h/d?port=1", "postgres://u@h/d?port=1&password_file=%2Frun%2Fa%20b"),
            ("host=h user=u", "host=h user=u password_file=%2Frun%2Fa%20b"),
        ] {
            assert_eq!(with_parameter(before, "password_file", "/run/a b"), after);
            let (_, security) = read(after).unwrap();
            assert_eq!(security.password_file, Some("/run/a b".into()));
        }
    }

    #[tokio::test]
    async fn whoever_is_not_there_is_named_without_the_password() {
        let error = connect("postgres://u:hidden@127.0.0.1:1/d").await.err().unwrap();
        let words = chain(&error);
        assert!(words.contains("Postgres at 127.0.0.1:1: "), "{words}");
        assert!(words.contains("refused") && !words.contains("hidden"), "{words}");
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let refusal = |url| parse(url).err().unwrap_or_default();
        assert!(refusal("postgres://h/d?sslmode=maybe").contains("sslmode `maybe`"));
        for form in ["mysql://u:hidden@h/d", "shop", "h/d"] {
            assert_eq!(refusal(form), FORM, "{form}");
        }
        let torn = refusal("postgres://u:hid@den@h/d");
        assert!(torn.contains("more than one @") && torn.contains("@ as %40"), "{torn}");
        assert!(!torn.contains("den"), "{torn}");
        let unread = refusal("postgres://u:p@h:port/d");
        assert!(unread.starts_with("can't be read: ") && unread.ends_with(ENCODED), "{unread}");
        assert!(
            refusal("postgres://h/d?sslrootcert=nowhere.pem&sslmode=verify-full")
                .contains("nowhere.pem")
        );
    }
}
