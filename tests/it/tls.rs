//! TLS to Postgres: what each `sslmode` trusts.

use std::path::{Path, PathBuf};
use std::process::Command;

use integratedb::db::connection;
use integratedb::embedded::{self, Cluster};

use crate::support::{column, unique};

/// An authority, and a server's certificate from it for `localhost`.
struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    fn make() -> Self {
        let folder = std::env::temp_dir().join(unique("certificates"));
        std::fs::create_dir(&folder).unwrap();
        let openssl = |arguments: &str| {
            let output = Command::new("openssl")
                .current_dir(&folder)
                .args(arguments.split_whitespace())
                .output()
                .expect("openssl");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        openssl(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.crt",
        );
        openssl(
            "req -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost \
             -keyout server.key -out server.csr",
        );
        openssl(
            "x509 -req -days 2 -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial \
             -copy_extensions copy -out server.crt",
        );
        Self { folder }
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Postgres wants its key to be its own, and nobody else's.
    fn give_to_owner_of(&self, other: &Path) {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
        let owner = std::fs::metadata(other).unwrap();
        for name in ["server.key", "server.crt"] {
            let file = self.folder.join(name);
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
            chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        std::fs::set_permissions(&self.folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

#[tokio::test]
async fn each_sslmode_trusts_what_libpq_says() {
    let certificates = Certificates::make();
    let cluster = Cluster::start(embedded::Options {
        bin_dir: integratedb::config::postgres_bin_dir(),
        tcp_port: Some(0),
        ..Default::default()
    });
    let cluster = cluster.await.unwrap();
    certificates.give_to_owner_of(cluster.socket_dir());
    let superuser = connection::connect(&cluster.superuser_url("postgres")).await.unwrap();
    for sql in [
        "create role tester login password 'a password'".to_owned(),
        format!("alter system set ssl_cert_file = '{}'", certificates.file("server.crt")),
        format!("alter system set ssl_key_file = '{}'", certificates.file("server.key")),
        "alter system set ssl = on".to_owned(),
        "select pg_reload_conf()".to_owned(),
    ] {
        superuser.simple_query(&sql).await.unwrap();
    }
    let by_address = cluster.url("tester", Some("a password"), "postgres");
    let by_name = by_address.replace("127.0.0.1", "localhost");
    let root = format!("&sslrootcert={}", certificates.file("ca.crt"));

    // The reload takes effect for connections that come after it was noticed.
    while is_encrypted(&format!("{by_address}?sslmode=require")).await.is_err() {}

    for (url, expected) in [
        (format!("{by_address}?sslmode=disable"), Some("f")),
        (by_address.clone(), Some("t")),
        (format!("{by_address}?sslmode=prefer"), Some("t")),
        (format!("{by_address}?sslmode=require"), Some("t")),
        (format!("{by_address}?sslmode=verify-ca"), None),
        (format!("{by_address}?sslmode=verify-ca{root}"), Some("t")),
        (format!("{by_address}?sslmode=verify-full{root}"), None),
        (format!("{by_name}?sslmode=verify-full"), None),
        (format!("{by_name}?sslmode=verify-full{root}"), Some("t")),
    ] {
        let encrypted = is_encrypted(&url).await.ok();
        assert_eq!(encrypted.as_deref(), expected, "{url}");
    }
    cluster.stop().await.unwrap();
}

async fn is_encrypted(url: &str) -> Result<String, integratedb::error::Error> {
    let client = connection::connect(url).await?;
    Ok(column(&client, "select ssl from pg_stat_ssl where pid = pg_backend_pid()").await.remove(0))
}
