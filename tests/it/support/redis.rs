//! A real Redis: one for the run, or a test's own, which it may stop or pause.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::slice;
use std::sync::Mutex;

use rand::RngExt;
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use tokio::sync::OnceCell;

use super::{eventually, signals, unique};

/// A Redis that ends with this process. What it has confirmed outlives its end.
pub struct RedisServer {
    folder: PathBuf,
    port: u16,
    arguments: Vec<String>,
    guard: Child,
    pid: String,
}

impl RedisServer {
    /// The Redis of the run. Keys come from [`unique`].
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<RedisServer> = OnceCell::const_new();
        SHARED.get_or_init(Self::start).await
    }

    /// A test's own.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same, with more arguments: `--requirepass`, `a word`.
    pub async fn start_with(arguments: &[&str]) -> Self {
        let folder = std::env::temp_dir().join(unique("redis"));
        fs::create_dir(&folder).unwrap();
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        let port = free_port();
        let (guard, pid) = launch(&folder, port, &arguments);
        let mut server = Self { folder, port, arguments, guard, pid };
        while !server.is_ready().await {
            // Somebody took the port.
            server.port = free_port();
            server.launch();
        }
        server
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A connection, which may take as long as it takes, and its answers too.
    pub async fn connection(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.url()).unwrap();
        let config = AsyncConnectionConfig::new();
        let config = config.set_connection_timeout(None).set_response_timeout(None);
        client.get_multiplexed_async_connection_with_config(&config).await.expect("a Redis")
    }

    /// Kills it.
    pub fn stop(&mut self) {
        let stdin = self.guard.stdin.take(); // whose end would take the folder away as well
        self.signal("KILL");
        self.guard.wait().expect("the end of the server");
        drop(stdin);
    }

    /// Starts it again after a stop, with what it has confirmed before, on the same port.
    pub async fn start_again(&mut self) {
        self.launch();
        assert!(self.is_ready().await, "{}", self.log());
    }

    /// Lets it hang: it takes connections, and answers nothing.
    pub async fn pause(&self) {
        signals::stop(slice::from_ref(&self.pid)).await;
    }

    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn launch(&mut self) {
        drop(fs::remove_file(self.folder.join("log")));
        (self.guard, self.pid) = launch(&self.folder, self.port, &self.arguments);
    }

    fn signal(&self, name: &str) {
        assert!(signals::signal(name, slice::from_ref(&self.pid)), "it has ended");
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Waits until it is ready; false if it has ended.
    async fn is_ready(&mut self) -> bool {
        let mut is_ready = false;
        eventually("for Redis to be ready", async || {
            is_ready = self.log().contains("Ready to accept connections");
            is_ready || self.guard.try_wait().expect("a process").is_some()
        })
        .await;
        let is_taken = self.log().contains("in use");
        assert!(is_ready || is_taken, "redis-server, as of bin/setup redis: {}", self.log());
        is_ready
    }
}

/// A port that is free, and that no client and no server of another test is given by chance
/// before it is used.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = rand::rng().random_range(20_000..32_000);
        // Who was given one may use it only later, and again.
        if TcpListener::bind(("127.0.0.1", port)).is_ok() && GIVEN.lock().unwrap().insert(port) {
            return port;
        }
    }
}

/// Starts the guard and the server; answers the server's process number.
fn launch(folder: &Path, port: u16, arguments: &[String]) -> (Child, String) {
    let (folder_text, port) = (folder.display().to_string(), port.to_string());
    let log = folder.join("log").display().to_string();
    let mut guard = Command::new("/bin/sh");
    guard.args(["-c", include_str!("redis.sh"), "redis", &folder_text]);
    guard.args(["--bind", "127.0.0.1", "--port", &port, "--dir", &folder_text, "--logfile", &log]);
    guard.args(["--save", "", "--appendonly", "yes", "--appendfsync", "no"]);
    guard.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut guard = guard.spawn().expect("a shell");
    let mut pid = String::new();
    BufReader::new(guard.stdout.take().unwrap()).read_line(&mut pid).expect("a process number");
    (guard, pid.trim().to_owned())
}
