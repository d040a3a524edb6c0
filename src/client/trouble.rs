//! Why nothing came back from a server, in words: what libraries say of it helps only
//! those who know them.

use std::error::Error;
use std::io;
use std::iter;

use rustls::{CertificateError, InvalidMessage};

use crate::error::{causes, root_cause};

/// What is wrong that no waiting mends: with the scheme, or with the certificate. Nothing, if
/// the server just isn't there.
pub fn lasting(error: &reqwest::Error) -> Option<String> {
    match of_tls(error) {
        Some(rustls::Error::InvalidCertificate(error)) => {
            Some(format!("its certificate {}", certificate(error)))
        }
        Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            Some("what answers doesn't speak TLS: does it speak http?".to_owned())
        }
        Some(rustls::Error::PeerIncompatible(why)) => {
            Some(format!("it speaks no TLS that is spoken here: {why:?}"))
        }
        // The first bytes of TLS, read as HTTP.
        None if root_cause(error).contains("invalid HTTP version") => {
            Some("what answers doesn't speak http: does it speak https?".to_owned())
        }
        _ => None,
    }
}

/// What TLS says, however deep it is wrapped. An error of the system doesn't name the one
/// that it holds as its cause.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    iter::once(error).chain(causes(error)).find_map(|cause| {
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => of_tls(inner),
            None => cause.downcast_ref(),
        }
    })
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "isn't valid yet"
        }
        // Of an authority of the same name, the signature is what differs.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "comes from an authority that isn't trusted here; a client trusts the one in --ca FILE"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another name than this one"
        }
        CertificateError::Revoked => "was revoked",
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "is that of an authority (CA:TRUE) and no server's: let the authority issue one for the server"
        }
        other => return format!("isn't good: {other}"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tls_says_is_found_however_deep_it_is() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let wrapped = io::Error::other(io::Error::other(tls));
        let Some(rustls::Error::InvalidCertificate(found)) = of_tls(&wrapped) else {
            panic!("not found in {wrapped:?}")
        };
        assert_eq!(certificate(found), "has expired");
        assert!(of_tls(&io::Error::other("else")).is_none());
    }
}
