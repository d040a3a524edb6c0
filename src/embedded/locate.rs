//! The PostgreSQL installation of this machine.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::{Error, OLDEST_MAJOR};

/// A folder that holds `initdb` and `postgres`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    pub bin_dir: PathBuf,
    /// The major version, such as 17.
    pub major: u32,
}

/// Where packages put servers: before and after a part that names the version.
const PACKAGED: [(&str, &str); 9] = [
    ("/usr/lib/postgresql/", "bin"),
    ("/usr/pgsql-", "bin"),
    ("/usr/local/pgsql", "bin"),
    ("/usr/lib/postgresql", "bin"),
    ("/usr/libexec/postgresql", ""),
    ("/opt/homebrew/opt/postgresql", "bin"),
    ("/usr/local/opt/postgresql", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt/postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions/", "bin"),
];

/// Finds the server to run: where the operator says, or else the first that will do on the
/// `PATH`, where `pg_config` points, and where packages put it (the highest version first).
pub async fn locate(setting: Option<&Path>) -> Result<Installation, Error> {
    let mut looked_at = Vec::new();
    if let Some(folder) = setting {
        return match examine(folder).await {
            Ok(installation) => Ok(installation),
            Err(lacking) => {
                looked_at.push(format!("{} (as set): {lacking}", folder.display()));
                Err(Error::NotInstalled { looked_at })
            }
        };
    }

    let on_path = answer("command -v postgres").await;
    let configured = answer("pg_config --bindir").await;
    let found = [
        ("the PATH", on_path.and_then(|program| folder_of(&program))),
        ("pg_config --bindir", configured),
    ];
    for (place, folder) in found {
        match folder {
            None => looked_at.push(format!("{place}: nothing")),
            Some(folder) => match examine(&folder).await {
                Ok(installation) => return Ok(installation),
                Err(lacking) => {
                    looked_at.push(format!("{place}, {}: {lacking}", folder.display()));
                }
            },
        }
    }
    for (start, end) in PACKAGED {
        let folders = matching(start, end);
        if folders.is_empty() {
            looked_at
                .push(format!("{}: nothing", Path::new(&format!("{start}*")).join(end).display()));
        }
        for folder in folders {
            match examine(&folder).await {
                Ok(installation) => return Ok(installation),
                Err(lacking) => looked_at.push(format!("{}: {lacking}", folder.display())),
            }
        }
    }
    Err(Error::NotInstalled { looked_at })
}

/// Checks that a folder holds a server that will do, or says what it lacks.
async fn examine(folder: &Path) -> Result<Installation, String> {
    if let Some(program) =
        ["initdb", "postgres"].iter().find(|program| !folder.join(program).is_file())
    {
        return Err(format!("no {program}"));
    }
    // Absolute, because the server is started from another folder than this process's.
    let bin_dir = folder.canonicalize().map_err(|error| error.to_string())?;
    let said = Command::new(bin_dir.join("postgres"))
        .arg("--version")
        .output()
        .await
        .map_err(|error| format!("postgres --version: {error}"))?;
    let said = String::from_utf8_lossy(&said.stdout);
    match major(&said) {
        Some(major) if major >= OLDEST_MAJOR => Ok(Installation { bin_dir, major }),
        Some(major) => Err(format!("PostgreSQL {major}, which is too old")),
        None => Err(format!("postgres --version says {:?}", said.trim())),
    }
}

/// The major version in `postgres (PostgreSQL) 17.5 (Debian …)`.
fn major(said: &str) -> Option<u32> {
    leading_number(said.split_once(") ")?.1)
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

/// The path a shell command answers with, if it answers.
async fn answer(command: &str) -> Option<PathBuf> {
    let output = Command::new("/bin/sh").args(["-c", command]).output().await.ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !said.trim().is_empty()).then(|| PathBuf::from(said.trim()))
}

/// The folder a program is really in: distributions link single programs into `/usr/bin`.
fn folder_of(program: &Path) -> Option<PathBuf> {
    Some(program.canonicalize().ok()?.parent()?.to_path_buf())
}

/// The folders `start*/end`, the highest version first.
fn matching(start: &str, end: &str) -> Vec<PathBuf> {
    let (parent, prefix) = start.rsplit_once('/').unwrap_or(("", start));
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = leading_number(name.strip_prefix(prefix)?.trim_start_matches(['@', '-']));
            Some((version.unwrap_or(0), entry.path().join(end)))
        })
        .filter(|(_, folder)| folder.is_dir())
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    found.into_iter().map(|(_, folder)| folder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_the_server_says() {
        assert_eq!(major("postgres (PostgreSQL) 17.5 (Debian 17.5-1)\n"), Some(17));
        assert_eq!(major("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major("something else"), None);
    }

    #[test]
    fn the_highest_version_comes_first() {
        let parent = std::env::temp_dir().join(format!("idb-locate-{}", std::process::id()));
        for name in ["pg@9", "pg@16", "pg@17", "pg", "other"] {
            fs::create_dir_all(parent.join(name).join("bin")).unwrap();
        }
        let found = matching(parent.join("pg").to_str().unwrap(), "bin");
        fs::remove_dir_all(&parent).unwrap();
        let expected = ["pg@17", "pg@16", "pg@9", "pg"].map(|name| parent.join(name).join("bin"));
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn a_folder_set_without_a_server_is_said() {
        let error = locate(Some(Path::new("/nowhere"))).await.unwrap_err().to_string();
        assert!(error.contains("/nowhere (as set): no initdb"), "{error}");
        assert!(error.contains("apt-get install postgresql"), "{error}");
    }
}
