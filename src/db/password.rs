//! The password of our own role, where it stands in a file: read at each new connection,
//! so that it can change while the program runs.
//!
//! The file has a password a line, which are tried in this order. Of two, the first is
//! the new one while a rotation is under way, or was interrupted.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use deadpool_postgres::Connect;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection;

/// A connection that isn't driven yet.
pub(super) type Opened =
    (Client, Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>);

/// The passwords in a file, the first one first.
pub async fn read(file: &Path) -> std::io::Result<Vec<SecretString>> {
    let text: SecretString = tokio::fs::read_to_string(file).await?.into();
    let lines = text.expose_secret().lines().filter(|line| !line.is_empty());
    Ok(lines.map(SecretString::from).collect())
}

/// Puts passwords into a file in one step, for nobody else to read.
pub fn write(file: &Path, passwords: &[&SecretString]) -> std::io::Result<()> {
    let lines: Vec<&str> = passwords.iter().map(|password| password.expose_secret()).collect();
    replace(file, &(lines.join("\n") + "\n"))
}

/// Replaces a file in one step: whoever reads it meanwhile, or after a crash, has the old
/// text or the new one. A new file is its owner's alone; one that was there keeps its
/// owner and its group, since the server may run as somebody else than whoever rotates.
pub fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    // What a link leads to, or the link would be replaced.
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut draft = file.clone().into_os_string();
    draft.push(".new");
    // What a crash left may be somebody else's to read.
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut open = std::fs::OpenOptions::new();
    let mut opened = open.write(true).create_new(true).mode(0o600).open(&draft)?;
    if let Ok(before) = std::fs::metadata(&file) {
        std::os::unix::fs::fchown(&opened, Some(before.uid()), Some(before.gid()))?;
        let mode = before.permissions().mode() & 0o770;
        opened.set_permissions(std::fs::Permissions::from_mode(mode))?;
    }
    opened.write_all(text.as_bytes())?;
    opened.sync_all()?;
    std::fs::rename(&draft, &file)?;
    std::fs::File::open(folder)?.sync_all()
}

/// Connects with the first password that the server takes: those of the file, if there is
/// one, else the one of the URL.
pub async fn open(
    config: &Config,
    tls: &MakeRustlsConnect,
    file: Option<&Path>,
) -> Result<Opened, tokio_postgres::Error> {
    let mut tried: Option<Vec<SecretString>> = None;
    loop {
        let passwords = candidates(file).await;
        let mut outcome = None;
        for password in passwords.iter().map(Some).chain(passwords.is_empty().then_some(None)) {
            let mut config = config.clone();
            if let Some(password) = password {
                config.password(password.expose_secret());
            }
            match config.connect(tls.clone()).await {
                Err(error) if is_refused(&error) => outcome = Some(error),
                outcome => return outcome,
            }
        }
        // A rotation may have come between the reading and the connecting.
        let is_new = tried.as_ref().is_none_or(|tried| !are_same(tried, &passwords));
        match outcome {
            Some(error) if !is_new || passwords.is_empty() => return Err(error),
            _ => tried = Some(passwords),
        }
    }
}

/// What there is to try; nothing, if there is no file or it can't be read.
pub async fn candidates(file: Option<&Path>) -> Vec<SecretString> {
    let Some(file) = file else { return Vec::new() };
    read(file).await.unwrap_or_else(|error| {
        tracing::error!(file = %file.display(), %error, "the file of the password can't be read");
        Vec::new()
    })
}

fn are_same(one: &[SecretString], other: &[SecretString]) -> bool {
    let (one, other) = (one.iter(), other.iter());
    one.map(ExposeSecret::expose_secret).eq(other.map(ExposeSecret::expose_secret))
}

fn is_refused(error: &tokio_postgres::Error) -> bool {
    let code = error.code();
    code == Some(&SqlState::INVALID_PASSWORD)
        || code == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
}

/// How a pool connects.
pub struct Opener {
    pub tls: MakeRustlsConnect,
    pub password_file: Option<PathBuf>,
}

impl Connect for Opener {
    fn connect(
        &self,
        config: &Config,
    ) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), tokio_postgres::Error>> {
        let config = config.clone();
        async move {
            connection::open_pinned(&config, &self.tls, self.password_file.as_deref()).await
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_replaced_in_one_step_and_is_nobody_elses() {
        let folder = std::env::temp_dir().join(format!("integratedb-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("password");
        std::fs::write(&file, "before\n").unwrap();
        std::fs::write(folder.join("password.new"), "of a crash").unwrap();
        let mode = || std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        write(&file, &[&"new".into(), &"old".into()]).unwrap();
        assert_eq!(mode(), 0o640);
        let read = read(&file).await.unwrap();
        assert!(are_same(&read, &["new".into(), "old".into()]));
        std::fs::remove_file(&file).unwrap();
        write(&file, &[&"newer".into()]).unwrap();
        assert_eq!(mode(), 0o600);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
