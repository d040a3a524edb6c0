//! TLS in front of a server, as a proxy would have it.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::person::origin;
use crate::support::{Certificates, TestApp};

/// The proxy. It ends with its test.
pub struct Front {
    pub origin: String,
}

impl Front {
    pub async fn of(app: &TestApp, certificates: &Certificates) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let certificate = CertificateDer::from_pem_file(certificates.file("server.crt")).unwrap();
        let key = PrivateKeyDer::from_pem_file(certificates.file("server.key")).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin_of_front =
            format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let address = origin(app).strip_prefix("http://").unwrap().to_owned();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut server = TcpStream::connect(&address).await.unwrap();
                tokio::spawn(async move {
                    // Whoever hangs up ends it.
                    drop(copy_bidirectional(&mut stream, &mut server).await);
                });
            }
        });
        Self { origin: origin_of_front }
    }
}
