//! Webhooks to receivers that speak TLS, and with it HTTP/2.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use integratedb::notifications::channels::webhook::{self, client};
use reqwest::Certificate;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::{eventually, unique};
use crate::webhook::{Channel, event, settings};

/// An HTTP/2 server, which counts its connections.
struct Modern {
    url: String,
    certificate: Certificate,
    ids: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl Modern {
    async fn start() -> Self {
        let folder = Folder(std::env::temp_dir().join(unique("certificate")));
        std::fs::create_dir(&folder.0).unwrap();
        let (key, certificate) = (folder.0.join("key"), folder.0.join("certificate"));
        let output = Command::new("openssl")
            .args("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost".split(' '))
            .args(["-addext", "subjectAltName=DNS:localhost", "-addext"])
            .args(["basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .expect("openssl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_file(&certificate).unwrap()],
                PrivateKeyDer::from_pem_file(&key).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ids, connections) = (Arc::default(), Arc::default());
        let modern = Self {
            url: format!("https://localhost:{}/hook", listener.local_addr().unwrap().port()),
            certificate: Certificate::from_pem(&std::fs::read(&certificate).unwrap()).unwrap(),
            ids: Arc::clone(&ids),
            connections: Arc::clone(&connections),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = acceptor.accept(stream).await else { continue };
                *connections.lock().unwrap() += 1;
                tokio::spawn(serve(stream, Arc::clone(&ids)));
            }
        });
        modern
    }
}

async fn serve(
    stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>,
    ids: Arc<Mutex<Vec<String>>>,
) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut answer))) = connection.accept().await {
        let id = request.headers()["webhook-id"].to_str().unwrap().to_owned();
        ids.lock().unwrap().push(id);
        answer.send_response(http::Response::new(()), true).unwrap();
    }
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[tokio::test]
async fn a_receiver_that_speaks_http_2_gets_all_over_one_connection() {
    let modern = Modern::start().await;
    let client = client::builder(true).tls_certs_only([modern.certificate.clone()]);
    let client = client.build().unwrap();
    let webhook = settings(&modern.url);
    let channel = Channel::run(|consumer| webhook::run_with(client, consumer, webhook));
    channel.send(event(0, 0)).await;
    channel.until(0).await;
    for index in 1..50 {
        channel.send(event(index, u64::from(index))).await;
    }
    channel.until(49).await;
    assert_eq!(modern.ids.lock().unwrap().len(), 50);
    assert_eq!(*modern.connections.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_receiver_whose_certificate_nobody_vouches_for_gets_nothing() {
    let modern = Modern::start().await;
    let channel = Channel::start(settings(&modern.url));
    channel.send(event(0, 0)).await;
    eventually("for the error", async || {
        let error = channel.progress.lock().error.clone().unwrap_or_default();
        error.contains("can't be reached: ") && error.contains("certificate")
    })
    .await;
    assert!(modern.ids.lock().unwrap().is_empty());
}
