//! Where a REDIS channel sends its events.

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, TlsCertificates};
use secrecy::{ExposeSecret, SecretString};

/// A Redis, and what to fill there.
#[derive(Clone)]
pub struct Redis {
    client: redis::Client,
    target: Target,
    /// Whether it is only looked for at public addresses.
    pub(super) is_public: bool,
}

/// What receives the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A stream, by its key; of more than about `maxlen` entries the oldest are
    /// dropped.
    Stream { name: String, maxlen: Option<u64> },
    /// The subscribers of a channel. Nobody else will ever see the event.
    Channel { name: String },
}

impl Redis {
    /// Checks where events are to go, without going there. The URL is
    /// `redis://user:password@host:port/database`, where only the host is needed, or the
    /// same with `rediss` for TLS, which trusts the system's authorities.
    ///
    /// What is wrong is said in words that don't repeat the URL, and begin with the
    /// setting's name.
    pub fn new(url: &SecretString, target: Target) -> Result<Self, String> {
        target.check()?;
        let info = parse(url.expose_secret()).map_err(|problem| format!("url {problem}"))?;
        let client = redis::Client::open(info).map_err(|error| format!("url: {error}"))?;
        Ok(Self { client, target, is_public: false })
    }

    /// Trusts these authorities (PEM) instead of the system's.
    pub fn trusting(self, authorities: &[u8]) -> Result<Self, String> {
        let info = self.client.get_connection_info().clone();
        let roots = TlsCertificates { client_tls: None, root_cert: Some(authorities.to_vec()) };
        let client = redis::Client::build_with_tls(info, roots).map_err(|error| error.to_string());
        Ok(Self { client: client?, ..self })
    }

    /// The same, and at a private address it isn't asked anything.
    #[must_use]
    pub fn at_a_public_address(self) -> Self {
        Self { is_public: true, ..self }
    }

    pub fn target(&self) -> &Target {
        &self.target
    }

    pub(super) fn client(&self) -> &redis::Client {
        &self.client
    }

    /// What Redis says, without the password, should it be quoted.
    pub(super) fn says(&self, words: &str) -> String {
        let info = self.client.get_connection_info();
        let password = info.redis_settings().password().unwrap_or_default();
        match password {
            "" => self.fails(&format!("says: {words}")),
            password => self.fails(&format!("says: {}", words.replace(password, "[password]"))),
        }
    }

    /// What is the matter with it.
    pub(super) fn fails(&self, words: &str) -> String {
        format!("Redis at {} {words}", self.client.get_connection_info().addr())
    }
}

impl Target {
    fn check(&self) -> Result<(), String> {
        match self {
            Self::Stream { name, .. } if name.is_empty() => Err("stream can't be blank".to_owned()),
            Self::Channel { name } if name.is_empty() => Err("channel can't be blank".to_owned()),
            Self::Stream { maxlen: Some(0), .. } => {
                Err("maxlen must be at least 1, or be left out".to_owned())
            }
            _ => Ok(()),
        }
    }
}

fn parse(url: &str) -> Result<ConnectionInfo, String> {
    if !url.starts_with("redis://") && !url.starts_with("rediss://") {
        return Err("must begin with redis:// or rediss://".to_owned());
    }
    if url.contains('#') {
        return Err("can't have a #fragment; in a password, write # as %23".to_owned());
    }
    let shape = "must be like redis://user:password@host:6379/0";
    let info = url.into_connection_info().map_err(|error| match error.detail() {
        // The detail may have a part of the URL, of which a part may be the password.
        Some(_) => shape.to_owned(),
        None => format!("{shape}: {}", error.to_string().split(" - ").next().unwrap_or_default()),
    })?;
    match info.addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } if !host.is_empty() => {}
        _ => return Err(shape.to_owned()),
    }
    if info.redis_settings().db() < 0 {
        return Err("can't have a negative database number".to_owned());
    }
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Target {
        Target::Stream { name: "orders".to_owned(), maxlen: None }
    }

    fn refusal(url: &str) -> String {
        Redis::new(&url.into(), stream()).map(|_| ()).expect_err(url)
    }

    #[test]
    fn a_url_may_have_all_the_parts_or_only_a_host() {
        for url in [
            "redis://cache",
            "redis://cache:6380/3",
            "redis://:p%23ss@cache",
            "rediss://user:pass@cache.example:6380/0",
            "redis://[::1]:6379",
        ] {
            assert!(Redis::new(&url.into(), stream()).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_url_that_is_none_is_refused_without_being_repeated() {
        for url in [
            "",
            "cache:6379",
            "http://:hunter2@cache",
            "unix:///hunter2.sock",
            "redis+unix:///hunter2.sock",
            "redis://",
            "redis://:hunter2@",
            "redis://:hunter2@cache:port",
            "redis://:hunter2@cache/words",
            "redis://:hunter2@cache/-1",
            "redis://:hunter2@0.0.0.0",
            "redis://:hunter2@cache?protocol=hunter2",
            "rediss://:hunter2@cache/#insecure",
        ] {
            let refusal = refusal(url);
            assert!(
                refusal.starts_with("url ") && !refusal.contains("hunter2"),
                "{url}: {refusal}"
            );
        }
    }

    #[test]
    fn a_target_has_a_name_and_room() {
        let url = "redis://cache".into();
        let refuses = |target| Redis::new(&url, target).map(|_| ()).expect_err("refused");
        assert!(refuses(Target::Stream { name: String::new(), maxlen: None }).contains("stream"));
        assert!(refuses(Target::Channel { name: String::new() }).contains("channel"));
        let no_room = Target::Stream { name: "orders".to_owned(), maxlen: Some(0) };
        assert!(refuses(no_room).contains("maxlen"));
    }

    #[test]
    fn a_password_that_redis_quotes_is_taken_out() {
        let redis = Redis::new(&"redis://:p%23ss@cache".into(), stream()).unwrap();
        let says = redis.says("ERR unknown command 'AUTH', with args beginning with: 'p#ss'");
        assert!(
            says.starts_with("Redis at cache:6379 says: ERR") && !says.contains("p#ss"),
            "{says}"
        );
    }
}
