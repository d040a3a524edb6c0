//! Profiles: which servers there are, and as whom one is logged in there. They are
//! kept in a file that nobody else may read, and changed by one program at a time.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Failure, Result};

/// What the file says. It holds secrets, so nothing prints it.
#[derive(Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// The profile that is used if none is named: where one logged in last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// A server, and how one is logged in there: with a key, or with tokens.
#[derive(Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub server: String,
    /// Whose certificates are trusted, instead of the system's authorities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// Whether secrets may be sent to it over plain HTTP.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure_http: bool,
    /// Of a user, or what the key is called: for whoever reads the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// The file of profiles.
#[derive(Debug, Clone)]
pub struct Profiles {
    folder: PathBuf,
}

/// The right to change the file, while it isn't dropped.
pub struct Turn<'a> {
    profiles: &'a Profiles,
    /// Unlocked when it is closed, also by a sudden end.
    _lock: File,
}

impl Profiles {
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("profiles.toml")
    }

    /// What the file says; nothing if there is none. Refused if others may read it, or
    /// put another in its place.
    pub fn read(&self) -> Result<Book> {
        let path = self.file();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Book::default()),
            Err(error) => return Err(unusable(&path, &error)),
        };
        refuse(&path, 0o077, "is open to others", "600")?;
        refuse(&self.folder, 0o022, "can be changed by others", "700")?;
        toml::from_str(&text).map_err(|error| {
            // The error itself would show the line, which may hold a secret.
            let at = error.span().map_or(0, |span| text[..span.start].matches('\n').count() + 1);
            Failure::wrong(format!("{}: line {at}: {}", path.display(), error.message()))
        })
    }

    /// Waits until nobody else is changing the file.
    pub fn turn(&self) -> Result<Turn<'_>> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        made.map_err(|error| unusable(&self.folder, &error))?;
        let path = self.folder.join("profiles.lock");
        let lock = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        let lock = lock.and_then(|file| file.lock().map(|()| file));
        let lock = lock.map_err(|error| unusable(&path, &error))?;
        Ok(Turn { profiles: self, _lock: lock })
    }
}

impl Turn<'_> {
    /// What the file says now.
    pub fn read(&self) -> Result<Book> {
        self.profiles.read()
    }

    /// Puts something else in its place. Whoever reads meanwhile, or after a sudden
    /// end, finds the old or the new, and never half of it.
    pub fn write(&self, book: &Book) -> Result<()> {
        let path = self.profiles.file();
        // Who keeps it elsewhere has a link here, which stays.
        let path = fs::canonicalize(&path).unwrap_or(path);
        let text = toml::to_string(book).map_err(|error| Failure::wrong(error.to_string()))?;
        replace(&path, text.as_bytes()).map_err(|error| unusable(&path, &error))
    }
}

fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let outcome = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| file.write_all(text).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&draft, path));
    if outcome.is_err() {
        // It may never have been made.
        drop(fs::remove_file(&draft));
    }
    outcome
}

/// Refuses a path that others have one of these rights to.
fn refuse(path: &Path, rights: u32, what: &str, mode: &str) -> Result<()> {
    let metadata = fs::metadata(path).map_err(|error| unusable(path, &error))?;
    let held = metadata.permissions().mode() & 0o777;
    if held & rights == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(Failure::wrong(format!(
        "{path} {what} (its mode is {held:o}), and holds logins, which may be known by now. \
         Take it back with `chmod {mode} {path}`, and log in again if others have been here."
    )))
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::wrong(format!("{}: {error}", path.display()))
}
