//! The certificate that the server proves itself with, read again when it is renewed.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::signal::unix::{self, SignalKind};

use crate::config::Tls;

/// How often the files are looked at.
const BEAT: Duration = Duration::from_mins(1);

/// The certificate, as every connection that comes takes it.
#[derive(Debug)]
pub struct Certificate {
    files: Tls,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads the files, and says which can't be used.
    pub fn read(files: &Tls) -> Result<Arc<Self>, String> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let current = RwLock::new(Arc::new(key(files, &provider)?));
        Ok(Arc::new(Self { files: files.clone(), provider, current }))
    }

    fn read_again(&self) {
        match key(&self.files, &self.provider) {
            Ok(key) => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = Arc::new(key);
                tracing::info!("took up the renewed certificate");
            }
            Err(reason) => tracing::error!(reason, "goes on with the certificate there was"),
        }
    }

    /// When the files changed last.
    fn changed_at(&self) -> [Option<SystemTime>; 2] {
        let changed_at = |file: &Path| std::fs::metadata(file).ok()?.modified().ok();
        [changed_at(&self.files.certificate), changed_at(&self.files.key)]
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// TLS 1.2 and 1.3 with this certificate, which is read again at SIGHUP, and when a file
/// of it has changed.
pub fn config(
    certificate: Arc<Certificate>,
) -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
    let mut asked = unix::signal(SignalKind::hangup())?;
    let watched = Arc::clone(&certificate);
    tokio::spawn(async move {
        let mut known = watched.changed_at();
        loop {
            let is_asked = tokio::select! {
                hangup = asked.recv() => hangup.is_some(),
                () = tokio::time::sleep(BEAT) => false,
            };
            let changed_at = watched.changed_at();
            if is_asked || changed_at != known {
                known = changed_at;
                watched.read_again();
            }
        }
    });
    let config = ServerConfig::builder_with_provider(Arc::clone(&certificate.provider))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    Ok(config)
}

fn key(files: &Tls, provider: &CryptoProvider) -> Result<CertifiedKey, String> {
    let unusable = |name: &str, file: &Path, reason: &dyn std::fmt::Display| {
        format!("{name} is `{}`, which can't be used: {reason}", file.display())
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unusable("TLS_CERTIFICATE", &files.certificate, &error))?;
    if chain.is_empty() {
        return Err(unusable("TLS_CERTIFICATE", &files.certificate, &"it holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| unusable("TLS_KEY", &files.key, &error))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| {
        unusable("TLS_KEY", &files.key, &format!("with that certificate: {error}"))
    })
}
