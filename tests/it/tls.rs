//! TLS to Postgres: what each `sslmode` trusts.

use integratedb::db::connection;
use integratedb::embedded::{self, Cluster};

use crate::support::{Certificates, column};

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
    let superuser = connection::connect_as_is(&cluster.superuser_url("postgres")).await.unwrap();
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
    let client = connection::connect_as_is(url).await?;
    Ok(column(&client, "select ssl from pg_stat_ssl where pid = pg_backend_pid()").await.remove(0))
}
