//! The address of a server.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

/// Where the API is, below which its paths stand.
const BASE: &str = "/api/v1";

/// The address of a server, as `https://host:port`: with a path if it stands below
/// one, and without what comes of the API itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// The URL of a path of the API.
    pub fn of(&self, path: &str) -> String {
        format!("{self}{BASE}{path}")
    }

    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether what is said to it never leaves this machine.
    pub fn is_here(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wrong = |why: &str| Err(format!("the server {why}: say it as https://host:port"));
        let Ok(mut url) = Url::parse(text) else { return wrong("is no URL") };
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return wrong("is no http:// or https:// URL");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return wrong("has a user or a password in its URL");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return wrong("has a query in its URL");
        }
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix(BASE).unwrap_or(path).to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn an_address_is_the_same_with_and_without_what_goes_without_saying() {
        let plain = address("https://db.internal:4000");
        for other in [
            "https://db.internal:4000/",
            " https://DB.internal:4000/api/v1 ",
            "https://db.internal:4000/api/v1/",
        ] {
            assert_eq!(address(other), plain, "{other}");
        }
        assert_eq!(plain.of("/users"), "https://db.internal:4000/api/v1/users");
        assert_eq!(address("http://h/below/").of("/users"), "http://h/below/api/v1/users");
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused_without_being_repeated() {
        for wrong in
            ["", "db.internal", "ftp://h", "https://u:hidden@h", "https://h?hidden=1", "https://"]
        {
            let error = wrong.parse::<Address>().expect_err(wrong);
            assert!(!error.contains("hidden"), "{error}");
        }
    }

    #[test]
    fn only_loopback_is_here() {
        for here in ["http://localhost:4000", "http://127.0.0.2", "http://[::1]:4000"] {
            assert!(address(here).is_here(), "{here}");
        }
        for elsewhere in ["http://10.0.0.1", "http://localhost.example", "http://[::2]"] {
            assert!(!address(elsewhere).is_here(), "{elsewhere}");
        }
    }
}
