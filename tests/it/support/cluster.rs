//! One Postgres for the run, and a database per test.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use integratedb::db::{self, connection};
use integratedb::embedded::{self, Cluster, Provision};
use tokio::sync::Mutex;

use super::{Client, run};

const PASSWORD: &str = "only in this test run";
pub const CONTROL: &str = "integratedb_control";
pub const OWNER: &str = "app_owner";
const TEMPLATE: &str = "template_of_tests";

/// The Postgres of the run. It ends with this process.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| {
        // On a thread of its own: the first test to come here may be in a runtime.
        let started = std::thread::spawn(|| {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let cluster = runtime.block_on(async {
                let cluster = Cluster::start(embedded::Options {
                    bin_dir: integratedb::config::postgres_bin_dir(),
                    tcp_port: Some(0), // not every migration tool knows sockets
                    settings: [
                        ("max_connections", "400"),
                        ("max_replication_slots", "200"),
                        ("max_wal_senders", "200"),
                        // Replication tells only what is on disk, and commits don't wait here.
                        ("wal_writer_delay", "5ms"),
                    ]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .to_vec(),
                    ..Default::default()
                });
                let cluster = cluster.await.expect("a Postgres");
                prepare_template(&cluster).await;
                cluster
            });
            // Dropping it would wait for connections that have no reason to end.
            std::mem::forget(runtime);
            cluster
        });
        started.join().expect("a cluster")
    });
    &CLUSTER
}

async fn prepare_template(cluster: &Cluster) {
    let provision =
        Provision { database: TEMPLATE, control: (CONTROL, PASSWORD), owner: (OWNER, PASSWORD) };
    provision.apply(cluster).await.expect("a template");
    let mut control =
        connection::connect_as_is(&cluster.url(CONTROL, Some(PASSWORD), TEMPLATE)).await.unwrap();
    db::install(&mut control).await.expect("an installation");
}

/// A database of a test.
#[derive(Debug, Clone)]
pub struct Database {
    pub name: String,
}

impl Database {
    /// A copy of the template: prepared as the documentation says, installed, and
    /// otherwise empty.
    pub async fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let postgres =
            connection::connect_as_is(&cluster().superuser_url("postgres")).await.unwrap();
        let _turn = ONE_AT_A_TIME.lock().await;
        run(&postgres, &format!("create database {name} template {TEMPLATE}")).await;
        run(&postgres, &format!("grant create on database {name} to {CONTROL}, {OWNER}")).await;
        Self { name }
    }

    /// The URL for a role, with the password of the run if none is given.
    pub fn url(&self, role: &str, password: Option<&str>) -> String {
        cluster().url(role, Some(password.unwrap_or(PASSWORD)), &self.name)
    }

    /// The URL for the control plane's role.
    pub fn control_url(&self) -> String {
        self.url(CONTROL, None)
    }

    /// Connects as the superuser.
    pub async fn superuser(&self) -> Client {
        connection::connect_as_is(&cluster().superuser_url(&self.name)).await.unwrap()
    }

    /// Connects as the application that owns the tables and migrates them.
    pub async fn owner(&self) -> Client {
        connection::connect_as_is(&self.url(OWNER, None)).await.unwrap()
    }

    /// Connects as the control plane.
    pub async fn control(&self) -> Client {
        connection::connect_as_is(&self.control_url()).await.unwrap()
    }
}
