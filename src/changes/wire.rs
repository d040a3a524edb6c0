//! The replication connection. The only place that knows the library behind it.

use bytes::Bytes;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::FutureExt;
use pgwire_replication::{
    PgWireError, ReplicationClient, ReplicationConfig, ReplicationEvent, SslMode, TlsConfig,
};
use secrecy::ExposeSecret;
use tokio::task::unconstrained;
use tokio_postgres::config::Host;

use super::Lsn;
use super::obstacle::Obstacle;
use crate::db::connection::{self, Security};
use crate::db::password;
use crate::error::{Error, Result};
use crate::moment::Moment;

/// The publications that the stream is of.
const PUBLICATIONS: [&str; 2] = ["integratedb", "integratedb_inserts"];

/// How Postgres writes values, and how soon it gives up a reader that hangs.
const SESSION: &str = "-c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=3 \
                       -c bytea_output=hex -c wal_sender_timeout=10s";

/// How many messages wait between the connection and the reader. Each is a row, so
/// this bounds what large rows take in memory.
const WAITING: usize = 4;

/// Classes of SQLSTATEs by which Postgres says that it fails to decode: a fault of its
/// own, a limit of the program, not enough memory. Appendix A of its documentation.
const UNDECODABLE: [&str; 3] = ["XX", "54", "53200"];

/// What the stream says.
#[derive(Debug)]
pub enum Heard {
    /// The changes of a transaction follow, up to its end.
    Begin { commit: Lsn, xid: u32, at: Moment },
    /// A message of pgoutput.
    Change(Bytes),
    /// A message that somebody left in the stream, by its prefix; between the beginning
    /// and the end of a transaction, if that did. It stands before this LSN.
    Mark { lsn: Lsn, prefix: String, content: Bytes },
    /// The end of the transaction; the next one begins after it.
    End { end: Lsn },
    /// Everything that was committed before this has been told.
    Alive { upto: Lsn },
}

/// A stream of changes from a slot.
pub struct Wire {
    client: ReplicationClient,
    /// Why it has ended, as long as nobody was told.
    ended: Option<Error>,
}

impl Wire {
    /// Connects and begins with what was committed after this and wasn't acknowledged;
    /// the slot must be nobody else's by now. The stream ends at a change or message of
    /// more bytes than the largest.
    pub async fn open(url: &str, slot: &str, after: Lsn, largest: usize) -> Result<Self> {
        let (mut config, password_file) = config(url, slot).map_err(Error::internal)?;
        config.max_message_size = largest;
        config.start_lsn = pgwire_replication::Lsn(after.0);
        // To begin there is no acknowledgement.
        config.ack_lsn = Some(pgwire_replication::Lsn(0));
        let mut passwords = password::candidates(password_file.as_deref()).await.into_iter();
        if let Some(first) = passwords.next() {
            first.expose_secret().clone_into(&mut config.password);
        }
        loop {
            match (begin(config.clone()).await, passwords.next()) {
                (Err(_), Some(other)) => other.expose_secret().clone_into(&mut config.password),
                (outcome, _) => return outcome,
            }
        }
    }

    /// Waits for what the stream says next. May be given up and called again.
    pub async fn next(&mut self) -> Result<Heard> {
        if let Some(error) = self.ended.take() {
            return Err(error);
        }
        loop {
            let event = self.client.recv().await.map_err(unavailable)?;
            let event = event.ok_or_else(|| unavailable("the stream has ended"))?;
            if let Some(heard) = heard(event) {
                return Ok(heard);
            }
        }
    }

    /// What the stream has said already and nobody has heard. If it has ended, whoever
    /// waits for what comes next is told: by then there is time to keep what came before.
    pub fn already(&mut self) -> Option<Heard> {
        if self.has_ended() {
            return None;
        }
        // Else tokio would say after 128 messages that there are no more.
        let heard = unconstrained(self.next()).now_or_never()?;
        heard.map_err(|error| self.end(error)).ok()
    }

    /// Whether it has ended, and whoever waits for what comes next is told why.
    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// It has ended, which is to be told to whoever waits for what comes next.
    pub fn end(&mut self, why: Error) {
        self.ended = Some(why);
    }

    /// Lets Postgres forget everything that was committed before this.
    pub fn acknowledge(&self, upto: Lsn) {
        self.client.update_applied_lsn(pgwire_replication::Lsn(upto.0));
    }
}

async fn begin(config: ReplicationConfig) -> Result<Wire> {
    let mut client = ReplicationClient::connect(config).await.map_err(unavailable)?;
    client.wait_started().await.map_err(unavailable)?;
    Ok(Wire { client, ended: None })
}

/// What was in the way, if the stream has ended for that.
pub fn obstacle(error: &Error) -> Option<Obstacle> {
    let Error::Unavailable(source) = error else { return None };
    match source.downcast_ref()? {
        PgWireError::MessageTooLarge { payload_bytes, .. } => {
            Some(Obstacle::TooLarge { bytes: *payload_bytes })
        }
        PgWireError::Server(message) => {
            let (_, state) = message.rsplit_once("SQLSTATE ")?;
            let is_it = UNDECODABLE.iter().any(|class| state.starts_with(class));
            is_it.then(|| Obstacle::Undecodable(message.clone()))
        }
        _ => None,
    }
}

fn heard(event: ReplicationEvent) -> Option<Heard> {
    Some(match event {
        ReplicationEvent::Begin { final_lsn, xid, commit_time_micros } => {
            Heard::Begin { commit: Lsn(final_lsn.0), xid, at: Moment(commit_time_micros) }
        }
        ReplicationEvent::XLogData { data, .. } => Heard::Change(data),
        ReplicationEvent::Commit { end_lsn, .. } => Heard::End { end: Lsn(end_lsn.0) },
        ReplicationEvent::Message { lsn, prefix, content, .. } => {
            Heard::Mark { lsn: Lsn(lsn.0), prefix, content }
        }
        ReplicationEvent::KeepAlive { wal_end, .. } => Heard::Alive { upto: Lsn(wal_end.0) },
        ReplicationEvent::StoppedAt { .. } => return None,
    })
}

fn config(url: &str, slot: &str) -> Result<(ReplicationConfig, Option<PathBuf>), String> {
    let (config, security) = connection::read(url)?;
    let user = config.get_user().unwrap_or("postgres").to_owned();
    let password = String::from_utf8_lossy(config.get_password().unwrap_or_default()).into_owned();
    let database = config.get_dbname().unwrap_or(&user).to_owned();
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let publications = PUBLICATIONS;
    let base = match config.get_hosts().first() {
        Some(Host::Unix(folder)) => ReplicationConfig::unix(
            folder.to_string_lossy(),
            port,
            user,
            password,
            database,
            slot,
            publications,
        ),
        Some(Host::Tcp(host)) => {
            ReplicationConfig::new(host, user, password, database, slot, publications)
                .with_port(port)
                .with_tls(tls(&security))
        }
        None => return Err("DATABASE_URL names no host".to_owned()),
    };
    let mut config = base
        .with_options(format!("{SESSION} {}", connection::PINNED))
        .with_status_interval(Duration::from_millis(200))
        .with_wakeup_interval(Duration::from_secs(1))
        .with_buffer_size(WAITING);
    config.application_name = Some("integratedb stream".to_owned());
    Ok((config, security.password_file))
}

fn tls(security: &Security) -> TlsConfig {
    let mode = match security.mode.as_str() {
        "disable" => SslMode::Disable,
        "allow" | "prefer" => SslMode::Prefer,
        "require" if security.root_file.is_none() => SslMode::Require,
        "require" | "verify-ca" => SslMode::VerifyCa,
        _ => SslMode::VerifyFull,
    };
    TlsConfig {
        mode,
        ca_pem_path: security.root_file.clone().map(Into::into),
        ..Default::default()
    }
}

fn unavailable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Unavailable(error.into())
}
