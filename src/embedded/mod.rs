//! A private PostgreSQL server for development, the demo and tests.
//!
//! It runs the PostgreSQL found on this machine ([`locate`]) in a folder of its own, and ends with
//! this process, however this process ends: [`Cluster`] starts the server through `guard.sh`, a
//! shell script that stops it as soon as nobody holds the other end of the script's input.
//!
//! Nothing here is meant for production data.

mod account;
mod address;
mod cluster;
mod folder;
mod locate;
mod process;
mod provision;
mod settings;

use std::io;
use std::path::{Path, PathBuf};

pub use cluster::Cluster;
pub use locate::{Installation, locate};
pub use provision::Provision;
use secrecy::SecretString;

/// The oldest major version of PostgreSQL that will do.
pub const OLDEST_MAJOR: u32 = 14;

/// What [`Cluster::start`] is to start; the default is a throwaway reached by socket only.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder with `initdb` and `postgres`, when the operator names one.
    pub bin_dir: Option<PathBuf>,
    pub data: Data,
    /// The port on 127.0.0.1: none for the Unix socket only, 0 for one that is free.
    pub tcp_port: Option<u16>,
    /// What the superuser is asked for, of a new cluster. Without one the folder of the socket
    /// is all that keeps others out, and what runs in the server itself can reach that.
    pub superuser_password: Option<SecretString>,
    /// Further settings of the server, by name; they win over this launcher's defaults.
    pub settings: Vec<(String, String)>,
}

/// Where the cluster lives, and for how long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Data {
    /// In a temporary folder, removed when the server ends.
    #[default]
    Throwaway,
    /// In this folder, created on first use and kept between runs.
    Kept(PathBuf),
}

/// Why there is no running server, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "no PostgreSQL server {OLDEST_MAJOR} or later was found.\nLooked at:\n{}\nInstall it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; Alpine: apk add postgresql; Arch: pacman -S postgresql; macOS: brew install postgresql), or name the folder that holds its initdb and postgres.",
        looked_at.iter().map(|place| format!("  - {place}")).collect::<Vec<_>>().join("\n")
    )]
    NotInstalled { looked_at: Vec<String> },

    #[error(
        "already running, pid {pid}: the database in {} is in use. Stop that process first, or choose another folder.",
        folder.display()
    )]
    AlreadyRunning { folder: PathBuf, pid: String },

    #[error(
        "port {0} of 127.0.0.1 is taken. Choose another one for Postgres (`dev`: --postgres-port), or 0 for any that is free."
    )]
    PortTaken(u16),

    #[error(
        "{} holds files, but no database of ours. Choose an empty folder, or one that does not exist yet.",
        .0.display()
    )]
    NotOurs(PathBuf),

    #[error(
        "the database in {} was made by PostgreSQL {made_by}, and the one found is {found}. Name the folder with the programs of PostgreSQL {made_by}, or choose another folder for the data.",
        folder.display()
    )]
    OtherVersion { folder: PathBuf, made_by: String, found: u32 },

    #[error(
        "PostgreSQL refuses to run as root, and the user it would run as, {account}, has no access to {}. Choose a folder everybody can reach, such as one below /var/lib or /tmp, or run this as an ordinary user.",
        path.display()
    )]
    Unreachable { path: PathBuf, account: String },

    #[error(
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody to run it as. Create one (useradd --system postgres), or run this as an ordinary user."
    )]
    NoAccount,

    #[error("the PostgreSQL server ended while starting ({status}). The end of its log:\n{log}")]
    Ended { status: String, log: String },

    #[error(
        "the PostgreSQL server was not ready after {seconds} seconds. The end of its log:\n{log}"
    )]
    NotReady { seconds: u64, log: String },

    #[error("the PostgreSQL server did not stop cleanly ({0}).")]
    NotStopped(String),

    #[error("cannot {attempt}: {source}")]
    Io { attempt: String, source: io::Error },
}

impl Error {
    /// Says what was being attempted, as in `read` and a path.
    fn io(verb: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let attempt = format!("{verb} {}", path.display());
        move |source| Self::Io { attempt, source }
    }
}
