//! The Postgres of one test, which may be killed and started again.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::slice;

use integratedb::db::connection;
use integratedb::embedded::{Cluster, Data, Options, Provision};
use rand::RngExt;

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::support::{Client, column, eventually, free_port, run, signals, unique};

const PASSWORD: &str = "only in this test run";
const CONTROL: &str = "integratedb_control";
const OWNER: &str = "app_owner";
const DATABASE: &str = "proof";

/// Held by those that share the machine, or by the one that has it alone.
static MACHINE: RwLock<()> = RwLock::const_new(());

#[allow(dead_code, reason = "it is held, and nothing else")]
enum Share {
    Some(RwLockReadGuard<'static, ()>),
    All(RwLockWriteGuard<'static, ()>),
}

pub struct Ground {
    folder: PathBuf,
    options: Options,
    /// None while it is killed.
    cluster: Option<Cluster>,
    _share: Share,
}

impl Ground {
    /// A server with these settings beside the usual, and a database with the tables
    /// to write to.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_with(Share::Some(MACHINE.read().await), settings).await
    }

    /// The same while no other is there, for what is measured.
    #[allow(dead_code, reason = "the integration tests measure nothing")]
    pub async fn alone(settings: &[(&str, &str)]) -> Self {
        Self::start_with(Share::All(MACHINE.write().await), settings).await
    }

    async fn start_with(share: Share, settings: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(unique("proof"));
        // It is only killed, and the system goes on: what was written is there without
        // waiting for the disk. But commits are written before they are confirmed.
        let usual = [
            ("fsync", "off"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "off"),
            ("deadlock_timeout", "20ms"),
            ("log_checkpoints", "off"),
        ];
        let settings = usual.iter().chain(settings);
        let options = Options {
            bin_dir: integratedb::config::postgres_bin_dir(),
            data: Data::Kept(folder.clone()),
            tcp_port: Some(free_port()),
            settings: settings.map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
            ..Options::default()
        };
        let mut ground = Self { folder, options, cluster: None, _share: share };
        ground.start_again().await;
        let provision = Provision {
            database: DATABASE,
            control: (CONTROL, PASSWORD),
            owner: (OWNER, PASSWORD),
        };
        provision.apply(ground.cluster()).await.expect("a database");
        run(&ground.owner().await, include_str!("schema.sql")).await;
        ground
    }

    /// The control plane's URL.
    pub fn control_url(&self) -> String {
        self.cluster().url(CONTROL, Some(PASSWORD), DATABASE)
    }

    /// The URL of the application that writes.
    pub fn owner_url(&self) -> String {
        self.cluster().url(OWNER, Some(PASSWORD), DATABASE)
    }

    /// Connects as the application that writes, once the server serves.
    pub async fn owner(&self) -> Client {
        connected(&self.owner_url()).await
    }

    /// The superuser's URL.
    pub fn superuser_url(&self) -> String {
        self.cluster().superuser_url(DATABASE)
    }

    pub async fn superuser(&self) -> Client {
        connected(&self.superuser_url()).await
    }

    /// Kills the server with all its processes, none of which notices.
    pub async fn kill(&mut self) {
        let postmaster = self.postmaster();
        // Stopped first, or it would begin children while they are looked for.
        signals::stop(slice::from_ref(&postmaster)).await;
        let mut all = children(&postmaster);
        all.push(postmaster);
        signals::kill(&all).await;
        let cluster = self.cluster.take().expect("a running server");
        // It says that the server didn't end in order.
        drop(cluster.stop().await);
    }

    /// Kills one of the server's processes, upon which the server ends all others and
    /// begins anew. Its sessions have ended by then; that it serves again isn't waited
    /// for.
    pub async fn kill_one(&self, random: &mut impl RngExt) {
        let witness = self.superuser().await;
        loop {
            // Every process in here takes the others along, which not all children do; and
            // none of these ends by itself at any moment. The witness sees that they do.
            let sql = "select pid::text from pg_stat_activity
                       where backend_type not in ('parallel worker', 'autovacuum worker')
                         and pid <> pg_backend_pid()";
            let pids = column(&witness, sql).await;
            // One that ended by itself meanwhile takes nobody along.
            if signals::signal("KILL", &[pids[random.random_range(0..pids.len())].clone()]) {
                break;
            }
        }
        eventually("for the sessions to end", async || witness.is_closed()).await;
    }

    /// Stops the server with all its processes where they are. The system goes on to
    /// acknowledge what is sent to them.
    #[allow(dead_code, reason = "the integration tests let it hang")]
    pub async fn hang(&self) {
        let postmaster = self.postmaster();
        signals::stop(slice::from_ref(&postmaster)).await;
        signals::stop(&children(&postmaster)).await;
    }

    /// Lets it go on after that.
    #[allow(dead_code, reason = "the integration tests let it hang")]
    pub fn go_on(&self) {
        let postmaster = self.postmaster();
        signals::signal("CONT", &children(&postmaster));
        signals::signal("CONT", &[postmaster]);
    }

    /// Starts it again after a kill, on the same data and port.
    pub async fn start_again(&mut self) {
        self.cluster = Some(Cluster::start(self.options.clone()).await.expect("a Postgres"));
    }

    fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().expect("a running server")
    }

    fn postmaster(&self) -> String {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("a pid");
        file.lines().next().expect("a pid").to_owned()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if let Some(cluster) = self.cluster.take() {
            signals::signal("KILL", &[self.postmaster()]);
            drop(cluster);
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Connects once the server serves: after a kill it is in recovery for a while.
async fn connected(url: &str) -> Client {
    let mut client = None;
    eventually("for Postgres to serve", async || {
        client = connection::connect_as_is(url).await.ok();
        client.is_some()
    })
    .await;
    client.expect("a connection")
}

fn children(parent: &str) -> Vec<String> {
    let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().expect("ps");
    let listed = String::from_utf8(listed.stdout).expect("text");
    let pairs = listed.lines().filter_map(|line| line.trim().split_once(' '));
    pairs.filter(|(_, of)| of.trim() == parent).map(|(pid, _)| pid.to_owned()).collect()
}
