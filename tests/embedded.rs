//! A private PostgreSQL: how it starts, what it keeps, and that it never outlives us.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use integratedb::embedded::{Cluster, Data, Error, Options};
use tokio_postgres::{Client, NoTls};

/// Set for the copy of this program that starts a server only to be killed.
const VICTIM: &str = "EMBEDDED_TEST_VICTIM";

#[tokio::test]
async fn a_throwaway_answers_over_its_socket() {
    let cluster = Cluster::start(Options::default()).await.unwrap();
    let client = connect(&cluster.superuser_url("postgres")).await;
    assert_eq!(client.query_one("select 1", &[]).await.unwrap().get::<_, i32>(0), 1);
    assert_eq!(setting(&client, "listen_addresses").await, "");
    assert_eq!(setting(&client, "wal_level").await, "logical");
    assert_eq!(setting(&client, "max_connections").await, "200");
    assert_eq!(setting(&client, "max_locks_per_transaction").await, "1024");
    assert_eq!(setting(&client, "fsync").await, "off");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn settings_win_over_the_defaults() {
    let settings = [("max_connections", "50"), ("work_mem", "5MB")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = Options { settings: settings.into(), ..Options::default() };
    let cluster = Cluster::start(options).await.unwrap();
    let client = connect(&cluster.superuser_url("postgres")).await;
    assert_eq!(setting(&client, "max_connections").await, "50");
    assert_eq!(setting(&client, "work_mem").await, "5MB");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_role_needs_its_password_over_tcp_and_over_the_socket() {
    let options = Options { tcp_port: Some(0), ..Options::default() };
    let cluster = Cluster::start(options).await.unwrap();
    let superuser = connect(&cluster.superuser_url("postgres")).await;
    superuser.simple_query("create role \"o'neil@home\" login password 'p:w/?#'").await.unwrap();

    let url = cluster.url("o'neil@home", Some("p:w/?#"), "postgres");
    assert!(url.contains(&format!("@127.0.0.1:{}/", cluster.port())), "{url}");
    let client = connect(&url).await;
    let row = client.query_one("select current_user::text, inet_server_port()", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "o'neil@home");
    assert_eq!(row.get::<_, i32>(1), i32::from(cluster.port()));

    let mut config = tokio_postgres::Config::new();
    config
        .host_path(cluster.socket_dir())
        .port(cluster.port())
        .dbname("postgres")
        .user("o'neil@home");
    assert!(config.password("p:w/?#").connect(NoTls).await.is_ok());
    assert!(config.password("wrong").connect(NoTls).await.is_err());
    assert!(
        tokio_postgres::connect(&cluster.url("o'neil@home", Some("wrong"), "postgres"), NoTls)
            .await
            .is_err()
    );
    assert!(
        tokio_postgres::connect(&cluster.url("postgres", Some(""), "postgres"), NoTls)
            .await
            .is_err()
    );
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_superuser_with_a_password_gets_in_by_nothing_else() {
    let superuser_password = Some("p:w/?#".into());
    let options = Options { superuser_password, tcp_port: Some(0), ..Options::default() };
    let cluster = Cluster::start(options).await.unwrap();
    let url = cluster.superuser_url("postgres");
    let client = connect(&url).await;
    assert_eq!(client.query_one("select 1", &[]).await.unwrap().get::<_, i32>(0), 1);
    for without in [url.replace(":p%3Aw%2F%3F%23@", "@"), url.replace("p%3Aw", "wrong")] {
        assert_ne!(without, url);
        assert!(tokio_postgres::connect(&without, NoTls).await.is_err());
    }
    let over_tcp = cluster.url("postgres", Some("p:w/?#"), "postgres");
    assert!(tokio_postgres::connect(&over_tcp, NoTls).await.is_err());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_role_gets_in_by_its_url_over_the_socket() {
    let cluster = Cluster::start(Options::default()).await.unwrap();
    let superuser = connect(&cluster.superuser_url("postgres")).await;
    superuser.simple_query("create role shop login password 'a b'").await.unwrap();
    superuser.simple_query("create database \"the shop\"").await.unwrap();
    let client = connect(&cluster.url("shop", Some("a b"), "the shop")).await;
    let row = client.query_one("select current_database()::text", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "the shop");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn kept_data_survives_a_restart() {
    let folder = Scratch::new("kept");
    let cluster = Cluster::start(folder.options()).await.unwrap();
    let client = connect(&cluster.superuser_url("postgres")).await;
    assert_eq!(setting(&client, "fsync").await, "on");
    client.simple_query("create table kept as select 42 as answer").await.unwrap();
    cluster.stop().await.unwrap();

    let cluster = Cluster::start(folder.options()).await.unwrap();
    let client = connect(&cluster.superuser_url("postgres")).await;
    let row = client.query_one("select answer from kept", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 42);
    cluster.stop().await.unwrap();
    assert!(folder.0.join("server.log").exists());
}

#[tokio::test]
async fn a_long_path_gets_its_socket_elsewhere() {
    let folder = Scratch::new(&"long".repeat(30));
    let cluster = Cluster::start(folder.options()).await.unwrap();
    let sockets = cluster.socket_dir().to_path_buf();
    assert!(!sockets.starts_with(&folder.0));
    connect(&cluster.superuser_url("postgres")).await;
    cluster.stop().await.unwrap();
    assert!(!sockets.exists());
    assert!(folder.0.join("data").exists());
}

#[tokio::test]
async fn a_folder_in_use_is_not_started_twice() {
    let folder = Scratch::new("twice");
    let cluster = Cluster::start(folder.options()).await.unwrap();
    let error = Cluster::start(folder.options()).await.unwrap_err();
    let expected = format!("already running, pid {}:", std::process::id());
    assert!(error.to_string().starts_with(&expected), "{error}");
    connect(&cluster.superuser_url("postgres")).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_of_somebody_elses_is_left_alone() {
    let folder = Scratch::new("others");
    std::fs::create_dir(&folder.0).unwrap();
    std::fs::write(folder.0.join("letter"), "dear").unwrap();
    let error = Cluster::start(folder.options()).await.unwrap_err();
    assert!(matches!(error, Error::NotOurs(_)), "{error}");
}

#[tokio::test]
async fn a_taken_port_is_said() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = Options { tcp_port: Some(port), ..Options::default() };
    let error = Cluster::start(options).await.unwrap_err();
    assert!(matches!(error, Error::PortTaken(taken) if taken == port), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_start_shows_its_log() {
    let settings = vec![("work_mem".to_owned(), "plenty".to_owned())];
    let error = Cluster::start(Options { settings, ..Options::default() }).await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("invalid value for parameter \"work_mem\": \"plenty\""), "{said}");
}

#[tokio::test]
async fn a_missing_installation_says_what_to_install() {
    let options = Options { bin_dir: Some("/nowhere".into()), ..Options::default() };
    let said = Cluster::start(options).await.unwrap_err().to_string();
    assert!(said.contains("no PostgreSQL server 14 or later was found"), "{said}");
    assert!(said.contains("/nowhere"), "{said}");
    assert!(said.contains("apt-get install postgresql"), "{said}");
}

#[tokio::test]
async fn nothing_is_left_after_a_stop() {
    let cluster = Cluster::start(Options::default()).await.unwrap();
    let folder = cluster.socket_dir().to_path_buf();
    let server = server_pid(&folder);
    let _session = connect(&cluster.superuser_url("postgres")).await;
    assert!(is_alive(&server));
    cluster.stop().await.unwrap();
    assert!(!folder.exists());
    assert!(!is_alive(&server));
}

#[tokio::test]
async fn dropping_a_cluster_ends_it() {
    let cluster = Cluster::start(Options::default()).await.unwrap();
    let folder = cluster.socket_dir().to_path_buf();
    let server = server_pid(&folder);
    drop(cluster);
    eventually("the server and its folder are gone", || !folder.exists() && !is_alive(&server));
}

#[test]
fn nothing_is_left_of_a_throwaway_after_its_parent_is_killed() {
    let mut victim = victim("throwaway", Path::new(""));
    let (folder, server) = (victim.socket_dir.clone(), server_pid(&victim.socket_dir));
    assert!(is_alive(&server));
    victim.kill();
    eventually("the server and its folder are gone", || !folder.exists() && !is_alive(&server));
}

#[test]
fn nothing_is_left_after_a_kill_while_the_database_is_being_made() {
    let folder = Scratch::new("early");
    let mut child = start_victim("kept", &folder.0);
    // It may be over before anybody looks.
    let has_begun = || ["data.new", "data"].iter().any(|name| folder.0.join(name).exists());
    eventually("initdb has begun", has_begun);
    child.kill().unwrap();
    child.wait().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        // Waits for the guard of the killed one.
        let cluster = Cluster::start(folder.options()).await.unwrap();
        connect(&cluster.superuser_url("postgres")).await;
        cluster.stop().await.unwrap();
    });
}

#[test]
fn kept_data_starts_again_after_everything_was_killed() {
    let folder = Scratch::new("killed");
    let mut victim = victim("kept", &folder.0);
    let server = server_pid(&folder.0);
    // The guard is the leader of the server's process group.
    let group = shell(&format!("ps -o pgid= -p {server}"));
    shell(&format!("kill -KILL -{}", group.trim()));
    victim.kill();
    eventually("the server is gone", || !is_alive(&server));
    assert!(folder.0.join("data/postmaster.pid").exists());

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let cluster = Cluster::start(folder.options()).await.unwrap();
        connect(&cluster.superuser_url("postgres")).await;
        cluster.stop().await.unwrap();
    });
}

#[test]
fn an_orphaned_server_is_named() {
    let folder = Scratch::new("orphan");
    let mut victim = victim("kept", &folder.0);
    let server = server_pid(&folder.0);
    // The guard has a second process that waits for its input to end.
    let group = shell(&format!("ps -o pgid= -p {server}"));
    shell(&format!(
        "kill -KILL $(ps -e -o pid= -o pgid= -o comm= | awk '$2 == {} && $3 != \"postgres\" {{ print $1 }}')",
        group.trim()
    ));
    victim.kill();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime.block_on(Cluster::start(folder.options())).unwrap_err();
    shell(&format!("kill -INT {server}"));
    eventually("the server is gone", || !is_alive(&server));
    let expected = format!("already running, pid {server}:");
    assert!(error.to_string().starts_with(&expected), "{error}");
}

/// Not a test of its own: what a copy of this program runs, until it is killed.
#[tokio::test]
async fn victim_of_the_other_tests() {
    let Some(what) = std::env::var_os(VICTIM) else {
        return;
    };
    let what = what.into_string().unwrap();
    let (kind, folder) = what.split_once(' ').unwrap();
    let data = if kind == "kept" { Data::Kept(folder.into()) } else { Data::Throwaway };
    let cluster = Cluster::start(Options { data, ..Options::default() }).await.unwrap();
    println!("\nready {}", cluster.socket_dir().display());
    std::future::pending::<()>().await;
}

struct Victim {
    child: std::process::Child,
    socket_dir: PathBuf,
}

impl Victim {
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start_victim(kind: &str, folder: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim_of_the_other_tests", "--nocapture"])
        .env(VICTIM, format!("{kind} {}", folder.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A process with a running cluster.
fn victim(kind: &str, folder: &Path) -> Victim {
    let mut child = start_victim(kind, folder);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let socket_dir = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("ready ").map(PathBuf::from))
        .expect("the victim should have started");
    Victim { child, socket_dir }
}

/// A folder for kept data, gone with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(Path::new("/tmp").join(format!("idb-test-{}-{name}", std::process::id())))
    }

    fn options(&self) -> Options {
        Options { data: Data::Kept(self.0.clone()), ..Options::default() }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn setting(client: &Client, name: &str) -> String {
    let row = client.query_one("select current_setting(/* name */ $1)", &[&name]).await.unwrap();
    row.get(0)
}

fn server_pid(folder: &Path) -> String {
    let pid_file = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    pid_file.lines().next().unwrap().to_owned()
}

/// Whether a process runs; one that has ended but was not yet waited for does not.
fn is_alive(pid: &str) -> bool {
    let state = shell(&format!("ps -o stat= -p {pid}"));
    !state.trim().is_empty() && !state.starts_with('Z')
}

fn shell(command: &str) -> String {
    let output = Command::new("/bin/sh").args(["-c", command]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_mins(1), "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
