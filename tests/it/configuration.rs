//! Settings from a file, and secrets from files of their own.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::program::{SECRET_KEY_BASE, Serve, output, program};
use crate::support::{Database, unique};

/// A folder with files, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(unique("settings"));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// Writes a file that these may read; answers its path.
    fn file(&self, name: &str, text: &str, mode: u32) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[tokio::test]
async fn the_program_serves_with_a_file_of_settings_and_secrets_in_files() {
    let (database, folder) = (Database::create().await, Folder::new());
    let url = folder.file("url", &format!("{}\n", database.control_url()), 0o600);
    let secret = folder.file("secret", SECRET_KEY_BASE, 0o600);
    let text = format!("port = 1\ndatabase_url_file = '{url}'\ndatabase_pool_size = 2\n");
    let file = folder.file("settings.toml", &text, 0o644);
    let settings = [("SECRET_KEY_BASE_FILE", secret.as_str()), ("PORT", "0")];
    let serve = Serve::run(program(&["serve", "--config", &file], &settings)).await;
    let log = serve.log();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
    assert!(!warnings.iter().any(|line| line.contains("settings")), "{warnings:?}");
    let settings = [("INTEGRATEDB_CONFIG", file.as_str())];
    let migrated = output(&["migrate"], &settings).await;
    assert_eq!(migrated.status.code(), Some(0), "{}", migrated.stderr.escape_ascii());
}

#[tokio::test]
async fn everything_wrong_with_a_file_of_settings_is_said_with_its_line() {
    let folder = Folder::new();
    let file = folder.file("settings.toml", "port = 4000\nlog_levle = 'info'\nzebra = 1\n", 0o600);
    let refused = output(&["--config", &file, "serve"], &[]).await;
    let text = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{text}");
    assert!(text.contains(&format!("{file}:2: log_levle is no setting; did you mean log_level?")));
    assert!(text.contains(&format!("{file}:3: zebra is no setting;")), "{text}");
    let missing = output(&["serve", "--config", "/nowhere/x.toml"], &[]).await;
    let text = String::from_utf8(missing.stderr).unwrap();
    assert!(text.contains("/nowhere/x.toml can't be read: No such file"), "{text}");
}

#[tokio::test]
async fn everything_wrong_with_settings_is_said_at_once_wherever_it_is() {
    let folder = Folder::new();
    let file = folder.file("settings.toml", "log_levle = 'info'\nlock_timeout_ms = [1]\n", 0o600);
    let empty = folder.file("empty", "\n", 0o600);
    let settings = [
        ("PORT", "99999"),
        ("SECRET_KEY_BASE_FILE", empty.as_str()),
        ("LOG_FORMAT", "jsn"),
        ("LOG_LEVEL", "verbose"),
        ("GATE", "yes"),
        ("BOOTSTRAP_SECRET", "abc"),
        ("METRICS_TOKEN", "x"),
        ("METRICS_TOKEN_FILE", "x"),
        ("WEBHOOK_ALLOW_PRIVATE", "yes"),
    ];
    let refused = output(&["--config", &file, "serve"], &settings).await;
    let text = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{text}");
    let expected = [
        format!("{file}:1: log_levle is no setting; did you mean log_level?"),
        format!("{file}:2: lock_timeout_ms must be a text, a whole number, true or false"),
        format!("SECRET_KEY_BASE_FILE is `{empty}`, which is empty"),
        "METRICS_TOKEN and METRICS_TOKEN_FILE are both set: keep one of them".to_owned(),
        "LOG_LEVEL is `verbose` and must be one of error, warn, info, debug, trace".to_owned(),
        "LOG_FORMAT is `jsn` and must be one of text, json".to_owned(),
        "DATABASE_URL is not set".to_owned(),
        "PORT is `99999` and must be a whole number from 0 to 65535".to_owned(),
        "BOOTSTRAP_SECRET has 3 characters and needs 16 or more".to_owned(),
        "GATE is `yes` and must be one of as-is, enable".to_owned(),
        "WEBHOOK_ALLOW_PRIVATE is `yes` and must be one of true, false".to_owned(),
    ];
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines.len(), expected.len(), "{text}");
    for (line, expected) in lines.iter().zip(&expected) {
        assert!(line.trim().starts_with(expected.as_str()), "{line} instead of {expected}");
    }
}

#[tokio::test]
async fn a_secret_in_a_file_that_everybody_may_read_is_warned_of() {
    let (database, folder) = (Database::create().await, Folder::new());
    let text = format!("database_url = '{}'\n", database.control_url());
    for (mode, is_warned_of) in [(0o644, true), (0o640, false)] {
        let file = folder.file("settings.toml", &text, mode);
        let migrated = output(&["migrate", "--config", &file], &[]).await;
        assert_eq!(migrated.status.code(), Some(0), "{}", migrated.stderr.escape_ascii());
        let log = String::from_utf8(migrated.stderr).unwrap();
        assert_eq!(log.contains("holds DATABASE_URL"), is_warned_of, "{log}");
        assert!(!log.contains("only%20in%20this%20test%20run"), "{log}");
    }
}
