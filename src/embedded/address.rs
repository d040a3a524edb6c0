//! Where a cluster is reached.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

/// The folder of a server's socket, its port, and whether it listens on 127.0.0.1 too.
#[derive(Debug)]
pub(super) struct Address {
    pub socket_dir: PathBuf,
    pub port: u16,
    pub over_tcp: bool,
    pub superuser_password: Option<SecretString>,
}

impl Address {
    /// The URL for a role, over TCP if there is TCP, else over the socket.
    pub fn url(&self, user: &str, password: Option<&str>, database: &str) -> String {
        let password = written(password);
        let host = if self.over_tcp { "127.0.0.1".to_owned() } else { host(&self.socket_dir) };
        let (user, port, database) = (encode(user), self.port, encode(database));
        format!("postgres://{user}{password}@{host}:{port}/{database}")
    }

    /// The URL for the superuser, over the socket.
    pub fn superuser_url(&self, database: &str) -> String {
        let (host, port, database) = (host(&self.socket_dir), self.port, encode(database));
        let password = self.superuser_password.as_ref().map(ExposeSecret::expose_secret);
        let password = written(password);
        format!("postgres://postgres{password}@{host}:{port}/{database}")
    }
}

fn written(password: Option<&str>) -> String {
    password.map(|password| format!(":{}", encode(password))).unwrap_or_default()
}

fn host(socket_dir: &Path) -> String {
    encode(&socket_dir.to_string_lossy())
}

/// Percent-encodes all but the characters no part of a URL gives a meaning to.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use tokio_postgres::Config;
    use tokio_postgres::config::Host;

    use super::*;

    #[test]
    fn what_goes_into_a_url_comes_out_again() {
        let socket_dir = PathBuf::from("/tmp/a folder/é:@%");
        let address = Address {
            socket_dir: socket_dir.clone(),
            port: 7,
            over_tcp: false,
            superuser_password: None,
        };
        let url = address.url("o'neil@home", Some("p:w/?#%&"), "a/b?c");
        let config: Config = url.parse().unwrap();
        assert_eq!(config.get_user(), Some("o'neil@home"));
        assert_eq!(config.get_password(), Some("p:w/?#%&".as_bytes()));
        assert_eq!(config.get_dbname(), Some("a/b?c"));
        assert_eq!(config.get_hosts(), [Host::Unix(socket_dir)]);
        assert_eq!(config.get_ports(), [7]);
    }

    #[test]
    fn tcp_is_preferred_but_not_for_the_superuser() {
        let mut address = Address {
            socket_dir: "/run/x".into(),
            port: 7,
            over_tcp: true,
            superuser_password: None,
        };
        assert_eq!(address.url("u", None, "d"), "postgres://u@127.0.0.1:7/d");
        assert_eq!(address.superuser_url("d"), "postgres://postgres@%2Frun%2Fx:7/d");
        address.superuser_password = Some("p:w".into());
        assert_eq!(address.superuser_url("d"), "postgres://postgres:p%3Aw@%2Frun%2Fx:7/d");
    }
}
