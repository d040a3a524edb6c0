//! The server's own certificate.

use std::fs;

use reqwest::{Certificate, Client};

use crate::support::program::{SECRET_KEY_BASE, Serve, output, program};
use crate::support::{Certificates, Database, eventually};

/// A client that trusts this authority and nobody else. Each has connections of its own.
fn client(certificates: &Certificates) -> Client {
    let authority = fs::read(certificates.file("ca.crt")).unwrap();
    let authority = Certificate::from_pem(&authority).unwrap();
    Client::builder().tls_certs_only([authority]).build().unwrap()
}

async fn serve(certificates: &Certificates) -> (Serve, String) {
    let (url, certificate, key) = (
        Database::create().await.control_url(),
        certificates.file("server.crt"),
        certificates.file("server.key"),
    );
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("SECRET_KEY_BASE", SECRET_KEY_BASE),
        ("PORT", "0"),
        ("TLS_CERTIFICATE", certificate.as_str()),
        ("TLS_KEY", key.as_str()),
    ];
    let serve = Serve::run(program(&["serve"], &settings)).await;
    let port = serve.origin.rsplit(':').next().unwrap().to_owned();
    (serve, format!("https://localhost:{port}/health"))
}

#[tokio::test]
async fn a_server_with_a_certificate_speaks_only_tls() {
    let (certificates, stranger) = (Certificates::make(), Certificates::make());
    let (serve, url) = serve(&certificates).await;
    let port = url.rsplit(':').next().unwrap().trim_end_matches("/health");
    let (certificate, key) = (certificates.file("server.crt"), certificates.file("server.key"));
    let settings = [
        ("TLS_CERTIFICATE", certificate.as_str()),
        ("TLS_KEY", key.as_str()),
        ("PORT", port),
        ("DATABASE_URL", "postgres://h/d"),
        ("SECRET_KEY_BASE", SECRET_KEY_BASE),
    ];
    assert_eq!(
        output(&["health", "--timeout-seconds", "60"], &settings).await.status.code(),
        Some(0)
    );
    let answer = client(&certificates).get(&url).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, reqwest::Version::HTTP_11));
    assert!(client(&stranger).get(&url).send().await.is_err());
    assert!(client(&certificates).get(url.replace("https", "http")).send().await.is_err());
    drop(serve);
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_up_without_a_restart() {
    let (certificates, renewed) = (Certificates::make(), Certificates::make());
    let (serve, url) = serve(&certificates).await;
    client(&certificates).get(&url).send().await.unwrap();

    fs::write(certificates.file("server.key"), "half of a key").unwrap();
    serve.signal("HUP");
    eventually("for the program to have looked", async || {
        serve.log().contains("goes on with the certificate there was")
    })
    .await;
    client(&certificates).get(&url).send().await.unwrap();

    for file in ["server.crt", "server.key"] {
        fs::copy(renewed.file(file), certificates.file(file)).unwrap();
    }
    serve.signal("HUP");
    eventually("for the renewed certificate", async || {
        client(&renewed).get(&url).send().await.is_ok()
    })
    .await;
    assert!(client(&certificates).get(&url).send().await.is_err());
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_said_at_start() {
    let (certificates, other) = (Certificates::make(), Certificates::make());
    let url = Database::create().await.control_url();
    let said = async |tls: &[(&str, &str)]| {
        let settings = [("DATABASE_URL", url.as_str()), ("SECRET_KEY_BASE", SECRET_KEY_BASE)];
        let ended = output(&["serve"], &[&settings[..], tls].concat()).await;
        assert_eq!(ended.status.code(), Some(2));
        String::from_utf8(ended.stderr).unwrap()
    };
    let (certificate, key) = (certificates.file("server.crt"), other.file("server.key"));
    let text = said(&[("TLS_CERTIFICATE", &certificate)]).await;
    assert!(text.contains("TLS_CERTIFICATE and TLS_KEY belong together"), "{text}");
    let text = said(&[("TLS_CERTIFICATE", &certificate), ("TLS_KEY", &key)]).await;
    assert!(text.contains(&format!("TLS_KEY is `{key}`, which can't be used")), "{text}");
    let text = said(&[("TLS_CERTIFICATE", &key), ("TLS_KEY", &key)]).await;
    assert!(text.contains("it holds no certificate"), "{text}");
    let text = said(&[("TLS_CERTIFICATE", "/nowhere.pem"), ("TLS_KEY", &key)]).await;
    assert!(text.contains("TLS_CERTIFICATE is `/nowhere.pem`"), "{text}");
}
