//! A running server: its start and its end.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use postgres_protocol::password::scram_sha_256;
use secrecy::ExposeSecret;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio_postgres::NoTls;

use super::address::Address;
use super::folder::{Folder, PATIENCE};
use super::locate::{Installation, locate};
use super::settings::{hba, settings};
use super::{Error, Options};

const READY_WITHIN: Duration = Duration::from_mins(1);

/// The port in the socket's name when there is no TCP port; its folder is ours alone.
const SOCKET_PORT: u16 = 5432;

/// How often a free port is looked for, as somebody may take the one found.
const ATTEMPTS: usize = 3;

/// A private PostgreSQL server; it ends, at the latest, with this process.
#[derive(Debug)]
pub struct Cluster {
    guard: Child,
    folder: Folder,
    address: Address,
}

impl Cluster {
    /// Starts a server and waits until it answers, for at most a minute.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let installation = locate(options.bin_dir.as_deref()).await?;
        let (mut attempts, began) = (1, Instant::now());
        loop {
            let outcome = Self::attempt(&installation, &options).await;
            let Err(Error::Ended { log, .. }) = &outcome else { return outcome };
            let is_taken = options.tcp_port == Some(0) && log.contains("could not bind");
            // The last processes of a server that was killed are about to end.
            let is_left = log.contains("is still in use");
            if !(is_taken && attempts < ATTEMPTS || is_left && began.elapsed() < PATIENCE) {
                return outcome;
            }
            attempts += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn attempt(installation: &Installation, options: &Options) -> Result<Self, Error> {
        let mut folder = Folder::prepare(&options.data).await?;
        check_version(&folder.path, installation)?;
        let address = Address {
            socket_dir: folder.socket_dir.clone(),
            port: options.tcp_port.map_or(Ok(SOCKET_PORT), free_port)?,
            over_tcp: options.tcp_port.is_some(),
            superuser_password: options.superuser_password.clone(),
        };

        // Other users of the machine see a program's arguments, so these get the verifier.
        let password = options.superuser_password.as_ref();
        let verifier = password.map(|text| scram_sha_256(text.expose_secret().as_bytes()));

        let shell = Path::new("/bin/sh");
        let mut guard = Command::new(shell);
        guard
            .args(["-c", include_str!("guard.sh"), "integratedb-postgres"])
            .arg(&installation.bin_dir)
            .arg(&folder.path)
            .arg(folder.temporary.as_deref().unwrap_or(Path::new("")))
            .arg(hba(options))
            .arg(verifier.unwrap_or_default())
            .args(settings(options, &folder.path, &address))
            .env("LC_ALL", "C") // the log is read below, and by people we advise
            .current_dir("/")
            .process_group(0) // Ctrl-C is for this process, which then stops the server in order
            .stdin(Stdio::piped())
            .stdout(folder.lock.take().map_or_else(Stdio::null, Stdio::from))
            .stderr(Stdio::piped());
        if let Some(account) = &folder.account {
            let server = installation.bin_dir.join("postgres");
            account.check("-x", &server).await?;
            account.run(&mut guard);
        }
        let guard = guard.spawn().map_err(Error::io("run", shell))?;

        let mut cluster = Self { guard, folder, address };
        cluster.wait_until_ready().await?;
        Ok(cluster)
    }

    async fn wait_until_ready(&mut self) -> Result<(), Error> {
        let url = self.superuser_url("postgres");
        let since = Instant::now();
        while since.elapsed() < READY_WITHIN {
            let ended = self.guard.try_wait();
            if let Some(status) = ended.map_err(Error::io("watch", &self.folder.path))? {
                return Err(self.why_it_ended(status.to_string()).await);
            }
            if tokio_postgres::connect(&url, NoTls).await.is_ok() {
                self.guard.stderr.take(); // from now on nobody reads the end of the log
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let log = fs::read_to_string(self.folder.path.join("server.log"));
        Err(Error::NotReady {
            seconds: READY_WITHIN.as_secs(),
            log: last_lines(&log.unwrap_or_default()),
        })
    }

    async fn why_it_ended(&mut self, status: String) -> Error {
        let mut log = Vec::new();
        if let Some(mut stderr) = self.guard.stderr.take() {
            // What could be read is all there is to say.
            let _ = stderr.read_to_end(&mut log).await;
        }
        let log = last_lines(&String::from_utf8_lossy(&log));
        match pid_in_the_way(&log) {
            Some(pid) => Error::AlreadyRunning { folder: self.folder.path.clone(), pid },
            None => Error::Ended { status, log },
        }
    }

    /// Stops the server, ending its sessions, and waits until it is gone; dropping the cluster
    /// stops it as well, but doesn't wait.
    pub async fn stop(mut self) -> Result<(), Error> {
        drop(self.guard.stdin.take());
        let ended = self.guard.wait().await;
        let status = ended.map_err(Error::io("stop the server in", &self.folder.path))?;
        if status.success() { Ok(()) } else { Err(Error::NotStopped(status.to_string())) }
    }

    /// The folder of the Unix socket; its path is short enough for one.
    pub fn socket_dir(&self) -> &Path {
        &self.address.socket_dir
    }

    /// The port in the socket's name, and over TCP if there is TCP.
    pub fn port(&self) -> u16 {
        self.address.port
    }

    /// The URL for a role, over TCP if there is TCP, else over the socket.
    pub fn url(&self, user: &str, password: Option<&str>, database: &str) -> String {
        self.address.url(user, password, database)
    }

    /// The URL for the superuser, who gets in over the socket only.
    pub fn superuser_url(&self, database: &str) -> String {
        self.address.superuser_url(database)
    }
}

/// Checks that a database that is there already was made by the same major version.
fn check_version(folder: &Path, installation: &Installation) -> Result<(), Error> {
    let Ok(made_by) = fs::read_to_string(folder.join("data/PG_VERSION")) else {
        return Ok(());
    };
    let (made_by, found) = (made_by.trim().to_owned(), installation.major);
    if made_by == found.to_string() {
        return Ok(());
    }
    Err(Error::OtherVersion { folder: folder.to_path_buf(), made_by, found })
}

/// The port asked for if it is free, or any free one for 0.
fn free_port(wanted: u16) -> Result<u16, Error> {
    TcpListener::bind(("127.0.0.1", wanted))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|_| Error::PortTaken(wanted))
}

/// The last twenty lines of a log.
fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.trim_end().lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// The process number of another server on the same data, if the log names one.
fn pid_in_the_way(log: &str) -> Option<String> {
    let (_, hint) = log.split_once(r#"lock file "postmaster.pid" already exists"#)?;
    let (_, pid) = hint.split_once("(PID ")?;
    Some(pid.split_once(')')?.0.to_owned())
}
