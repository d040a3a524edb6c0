//! Where a request comes from, and whether nobody could read it on its way.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use ipnet::IpNet;

/// The address of the client. Behind proxies that are trusted it is what they say in
/// `X-Forwarded-For`: the last address there that is none of theirs. Whatever stands
/// before it the client may have written, in whatever bytes.
pub fn address_of(request: &HttpRequest, trusted: &[IpNet]) -> IpAddr {
    let peer = request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
    let headers = request.headers().get_all("x-forwarded-for");
    let said: Vec<_> = headers.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    client(peer, &said.join(","), trusted)
}

/// Whether a request came by TLS: to this server, or to a proxy that is trusted.
pub fn is_secure(request: &HttpRequest, trusted: &[IpNet]) -> bool {
    let by_proxy = || {
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let said = request.headers().get("x-forwarded-proto");
        let said = said.and_then(|value| value.to_str().ok()).unwrap_or_default();
        peer.is_some_and(|peer| is_trusted(peer, trusted))
            && said.trim().eq_ignore_ascii_case("https")
    };
    request.app_config().secure() || by_proxy()
}

/// Whether what a peer says of its client is believed.
fn is_trusted(peer: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&peer))
}

fn client(peer: IpAddr, said: &str, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    for text in said.rsplit(',').map(str::trim) {
        if !is_trusted(client, trusted) {
            break;
        }
        let Ok(address) = text.parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn what_a_client_writes_hides_nothing_of_what_a_proxy_says() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        for said in [&b"\xff, 203.0.113.7"[..], b"\xff\xfe,203.0.113.7, 10.9.9.9"] {
            let said = HeaderValue::from_bytes(said).unwrap();
            let request = TestRequest::default()
                .peer_addr("10.1.2.3:80".parse().unwrap())
                .insert_header(("x-forwarded-for", said))
                .to_http_request();
            assert_eq!(address_of(&request, &trusted).to_string(), "203.0.113.7");
        }
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        for (peer, said, expected) in [
            ("192.0.2.1", "203.0.113.7", "192.0.2.1"),
            ("10.1.2.3", "203.0.113.7", "203.0.113.7"),
            ("10.1.2.3", "198.51.100.1, 203.0.113.7, 10.9.9.9", "203.0.113.7"),
            ("::ffff:10.1.2.3", "203.0.113.7", "203.0.113.7"),
            ("::1", "", "::1"),
            ("10.1.2.3", "nonsense", "10.1.2.3"),
            ("10.1.2.3", "203.0.113.7, nonsense", "10.1.2.3"),
        ] {
            let found = client(peer.parse().unwrap(), said, &trusted);
            assert_eq!(found.to_string(), expected, "{peer} {said}");
        }
    }
}
