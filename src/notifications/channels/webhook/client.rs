//! The HTTP client that all webhooks of the process share, and with it the
//! connections that are kept alive.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, redirect};

use crate::error::{Error, Result};
use crate::notifications::channels::guard;

/// The client of the process, with private addresses or without.
pub fn shared(allow_private: bool) -> Result<Client> {
    static CLIENTS: [OnceLock<Client>; 2] = [OnceLock::new(), OnceLock::new()];
    let cell = &CLIENTS[usize::from(allow_private)];
    if let Some(client) = cell.get() {
        return Ok(client.clone());
    }
    let client = builder(allow_private).build().map_err(Error::internal)?;
    Ok(cell.get_or_init(|| client).clone())
}

/// What every webhook's client is: without proxies, which would connect to what we
/// refuse to, and without redirects, which would lead there. HTTP/2 is spoken where
/// TLS negotiates it.
pub fn builder(allow_private: bool) -> ClientBuilder {
    let builder = Client::builder()
        .user_agent(concat!("IntegrateDB/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(redirect::Policy::none())
        // One connection carries all requests of HTTP/2: when it is dead, that has to
        // be found out, or each of them would wait for its timeout.
        .http2_keep_alive_interval(Duration::from_secs(20))
        .http2_keep_alive_timeout(Duration::from_secs(10));
    if allow_private { builder } else { builder.dns_resolver(PublicOnly) }
}

/// Resolves names to public addresses. What it answers is what is connected to, so
/// that a name can't lead elsewhere once it was checked.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Addrs = Box::new(guard::keep_public(found)?.into_iter());
            Ok(addresses)
        })
    }
}
