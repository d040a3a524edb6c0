//! The addresses that nobody outside may make us talk to: our own, and those of the
//! network we stand in.
//!
//! The URL of a webhook or a Redis comes from a caller of the API. Without this it could
//! name the metadata service of a cloud, or an unprotected neighbour.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Why a host is not asked anything.
#[derive(Debug, thiserror::Error)]
#[error("is at a private address")]
pub struct Refused;

/// Keeps the addresses of a host that may be connected to; refuses it if it has
/// private ones only.
pub fn keep_public(
    addresses: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, Refused> {
    let public: Vec<_> = addresses.filter(|address| is_public(address.ip())).collect();
    if public.is_empty() { Err(Refused) } else { Ok(public) }
}

/// Refuses a host that is written as a private address: such a host is never
/// resolved, so that nothing else would look at it.
pub fn check_literal(host: &str) -> Result<(), Refused> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse() {
        Ok(address) if !is_public(address) => Err(Refused),
        _ => Ok(()),
    }
}

/// Whether a name stands for the machine itself, wherever it is looked up (RFC 6761).
pub fn is_this_machine(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address is one of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// The registry of special addresses, RFC 6890, with multicast and what is reserved.
fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127 | 224..=255, ..]      // this network, private, loopback, multicast, reserved
            | [100, 64..=127, ..]           // shared by the customers of a carrier
            | [169, 254, ..]                // link-local, and the metadata of clouds
            | [172, 16..=31, ..]            // private
            | [192, 168, ..]                // private
            | [192, 0, 0 | 2, _]            // protocol assignments, documentation
            | [192, 88, 99, _]              // relays of 6to4
            | [198, 18..=19, ..]            // benchmarks
            | [198, 51, 100, _]             // documentation
            | [203, 0, 113, _] // documentation
    )
}

/// Global unicast is `2000::/3`; what isn't in it is private unless it stands for a
/// public address of version 4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    match address.segments() {
        // The well-known prefix of NAT64 carries an address of version 4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        // Protocol assignments with the tunnels of Teredo, documentation, twice, and 6to4,
        // which may carry any address of version 4.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] | [0x2002, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIVATE: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.1.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:2::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "4000::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "3fff:1000::1",
    ];

    #[test]
    fn private_addresses_are_known_in_every_dress() {
        for address in PRIVATE {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in PUBLIC {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_host_may_be_written_as_an_address() {
        for refused in ["127.0.0.1", "[::1]", "[::ffff:10.0.0.1]"] {
            assert!(check_literal(refused).is_err(), "{refused}");
        }
        for allowed in ["8.8.8.8", "[2606:4700::1111]", "example.com", "localhost"] {
            assert!(check_literal(allowed).is_ok(), "{allowed}");
        }
    }

    #[test]
    fn the_machine_itself_has_a_name() {
        for name in ["localhost", "LOCALHOST", "localhost.", "a.localhost"] {
            assert!(is_this_machine(name), "{name}");
        }
        for name in ["localhost.example.com", "notlocalhost", "example.com"] {
            assert!(!is_this_machine(name), "{name}");
        }
    }

    #[test]
    fn of_several_addresses_the_public_ones_are_used() {
        let at = |address: &str| format!("{address}:0").parse::<SocketAddr>().unwrap();
        let mixed = [at("10.0.0.1"), at("8.8.8.8"), at("127.0.0.1")];
        assert_eq!(keep_public(mixed.into_iter()).unwrap(), [at("8.8.8.8")]);
        assert!(keep_public([at("10.0.0.1")].into_iter()).is_err());
    }
}
