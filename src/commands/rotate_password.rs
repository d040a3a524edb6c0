//! `rotate-password`.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use secrecy::{ExposeSecret, SecretString};

use super::fail;
use crate::audit::Attribution;
use crate::config::Database;
use crate::credentials::random_password;
use crate::db::{connection, password, rotate};
use crate::error::{Error, Result};

/// The shortest that is taken: in characters.
const SHORTEST: usize = 16;

const EXCLUDED: &str = "--write and DATABASE_PASSWORD_FILE exclude each other: the new password goes into \
     the file that running servers read. Leave out --write; nothing was changed.";

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Takes the new password from the first line of standard input, instead of a random one
    #[arg(long)]
    stdin: bool,
    /// Writes the new `DATABASE_URL` into this file, for its owner to read, instead of printing it;
    /// a file that holds anything else than such a URL is refused
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// Gives the role of `DATABASE_URL` another password. Exit status 2: it could not be done.
pub async fn run(options: Options) -> ExitCode {
    let database = match Database::from_env() {
        Ok(database) => database,
        Err(mistakes) => return fail(&mistakes),
    };
    let rotated = rotate(database.url.expose_secret(), options);
    match Attribution::command().scope(rotated).await.0 {
        Ok(words) => {
            eprintln!("{words}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
    }
}

async fn rotate(url: &str, options: Options) -> Result<String> {
    let (_, security) = connection::read(url).map_err(Error::internal)?;
    if let Some(file) = &options.write {
        if security.password_file.is_some() {
            return Err(Error::Conflict(EXCLUDED.to_owned()));
        }
        require_replaceable(file)?;
    }
    let fresh = if options.stdin { read()? } else { random_password() };
    if let Some(file) = security.password_file {
        let role = rotate::in_file(url, &file, &fresh).await?;
        return Ok(format!(
            "The role {role} has another password, which is in {}. Running servers that read it \
             from there go on.",
            file.display()
        ));
    }
    let keep = |url: &SecretString| {
        if let Some(file) = &options.write {
            return password::replace(file, &format!("{}\n", url.expose_secret()));
        }
        // Before it holds: who is ended between the two still has a way in.
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{}", url.expose_secret())?;
        stdout.flush()
    };
    let role = rotate::in_url(url, &fresh, keep).await?;
    Ok(format!(
        "The role {role} has another password. Running servers keep the connections they have \
         and can't open others: start them again with the new DATABASE_URL."
    ))
}

/// Refuses what would be lost: a file that holds anything but the URL of before.
fn require_replaceable(file: &Path) -> Result<()> {
    let problem = match std::fs::read(file) {
        Ok(bytes) if is_replaceable(&bytes) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Ok(_) => "holds something else than a postgres:// URL, which would be lost".to_owned(),
        Err(error) => format!("can't be read: {error}"),
    };
    let file = file.display();
    Err(Error::Conflict(format!(
        "`{file}` {problem}. Nothing was changed: name another file with --write."
    )))
}

fn is_replaceable(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let text = text.trim();
    text.is_empty() || (text.lines().count() == 1 && connection::is_url(text))
}

fn read() -> Result<SecretString> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Error::internal)?;
    let password = SecretString::from(line.trim_end_matches(['\r', '\n']));
    if password.expose_secret().chars().count() < SHORTEST {
        let message =
            format!("Standard input has to bring a line of {SHORTEST} characters or more.");
        return Err(Error::Conflict(message));
    }
    Ok(password)
}
