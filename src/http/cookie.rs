//! The cookie of a browser's session: read, set, and protected against other sites.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{COOKIE, HeaderMap};
use ipnet::IpNet;

use super::is_secure;
use crate::error::{Error, Result};
use crate::sessions::Secret;

const NAME: &str = "integratedb_session";

/// What it is called under TLS. Browsers take a cookie of such a name from this very host
/// alone, so no neighbour of its domain can plant one.
const SECURE_NAME: &str = "__Host-integratedb_session";

fn name(is_secure: bool) -> &'static str {
    if is_secure { SECURE_NAME } else { NAME }
}

/// The session that a request shows.
pub fn of(request: &HttpRequest, trusted: &[IpNet]) -> Option<Secret> {
    read(request.headers(), is_secure(request, trusted))
}

fn read(headers: &HeaderMap, is_secure: bool) -> Option<Secret> {
    let pairs = headers.get_all(COOKIE).filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(known, _)| known.trim() == name(is_secure))?;
    Secret::read(value.trim())
}

/// Refuses what another site may have made the browser send. A request that changes
/// nothing is answered to nobody else anyway.
pub fn refuse_forged(method: &Method, headers: &HeaderMap, secret: &Secret) -> Result<()> {
    if method.is_safe() {
        return Ok(());
    }
    refuse_other_sites(headers)?;
    let token = headers.get("x-csrf-token").and_then(|value| value.to_str().ok());
    match token {
        Some(token) if secret.is_vouched_for(token) => Ok(()),
        Some(_) => Err(Error::Forbidden(
            "The header X-CSRF-Token doesn't belong to this session; GET /auth/session has it."
                .to_owned(),
        )),
        None => Err(Error::Forbidden(
            "A change under the session's cookie takes the header X-CSRF-Token; \
             GET /auth/session has it."
                .to_owned(),
        )),
    }
}

/// Refuses what a browser says that another site makes it send.
pub fn refuse_other_sites(headers: &HeaderMap) -> Result<()> {
    match headers.get("sec-fetch-site").map(actix_web::http::header::HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(Error::Forbidden("Another site may not do this.".to_owned())),
    }
}

/// The value of `Set-Cookie` for a session that begins.
pub fn set(secret: &Secret, lifetime: Duration, is_secure: bool) -> String {
    line(secret.expose(), lifetime.as_secs(), is_secure)
}

/// The value of `Set-Cookie` that takes it away.
pub fn clear(is_secure: bool) -> String {
    line("", 0, is_secure)
}

fn line(value: &str, seconds: u64, is_secure: bool) -> String {
    let (name, secure) = (name(is_secure), if is_secure { "; Secure" } else { "" });
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let secret = Secret::random();
        let mut headers = HeaderMap::new();
        assert!(read(&headers, false).is_none());
        let line = format!("a=b; {NAME}={}; c", secret.expose());
        headers.insert(COOKIE, line.parse().unwrap());
        assert_eq!(read(&headers, false).map(|read| read.hash()), Some(secret.hash()));
        assert!(read(&headers, true).is_none(), "a neighbour may have planted it");
        headers.insert(COOKIE, format!("x{NAME}={}", secret.expose()).parse().unwrap());
        assert!(read(&headers, false).is_none());
        headers.insert(COOKIE, format!("{SECURE_NAME}={}", secret.expose()).parse().unwrap());
        assert_eq!(read(&headers, true).map(|read| read.hash()), Some(secret.hash()));
        assert!(read(&headers, false).is_none());
    }

    #[test]
    fn the_cookie_is_for_this_site_and_no_script() {
        let secret = Secret::random();
        let line = set(&secret, Duration::from_hours(1), true);
        for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=3600", "Secure", "__Host-"] {
            assert!(line.contains(part), "{line}");
        }
        assert!(!clear(false).contains("Secure"));
    }
}
