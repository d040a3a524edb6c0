//! Somebody who uses the program, with a home that goes with the test.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt;

use crate::support::documents::Said;
use crate::support::program::program;
use crate::support::{TestApp, unique};

pub const PASSWORD: &str = "correct horse";

/// Somebody with a home.
pub struct Person {
    pub home: PathBuf,
}

impl Person {
    /// Somebody who has never used it.
    pub fn new() -> Self {
        let home = std::env::temp_dir().join(unique("home"));
        fs::create_dir(&home).unwrap();
        Self { home }
    }

    /// Somebody who has logged in as the root user.
    pub async fn of(app: &TestApp) -> Self {
        let person = Self::new();
        person.logs_in(app, &[]).await.ends_with(0);
        person
    }

    /// Logs in as the root user.
    pub async fn logs_in(&self, app: &TestApp, more: &[&str]) -> Said {
        let login = ["login", "--server", origin(app), "--username", "root", "--password-stdin"];
        self.types(&[&login, more].concat(), PASSWORD).await
    }

    /// What the program says to these arguments.
    pub async fn says(&self, arguments: &[&str]) -> Said {
        self.runs(arguments, &[], "").await
    }

    /// The same, as JSON; it must succeed.
    pub async fn reads(&self, arguments: &[&str]) -> Value {
        let said = self.says(&[arguments, &["--json"]].concat()).await;
        json(&said.ends_with(0).text)
    }

    /// The same, with something in standard input.
    pub async fn types(&self, arguments: &[&str], input: &str) -> Said {
        self.runs(arguments, &[], input).await
    }

    /// The same, with settings.
    pub async fn runs(&self, arguments: &[&str], settings: &[(&str, &str)], input: &str) -> Said {
        let mut command = program(arguments, settings);
        command.env("HOME", &self.home);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        let mut stdin = child.stdin.take().unwrap();
        // Who reads nothing may have ended by now.
        drop(stdin.write_all(input.as_bytes()).await);
        drop(stdin);
        Said::of(&child.wait_with_output().await.expect("the program"))
    }

    /// A file in the home.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// Writes a file in the home; answers its path.
    pub fn writes(&self, name: &str, text: &str) -> String {
        let path = self.file(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    pub fn profiles(&self) -> PathBuf {
        self.file(".config/integratedb/profiles.toml")
    }

    /// Changes the file of profiles behind the program's back.
    pub fn changes_profiles(&self, change: impl FnOnce(&mut toml::Table)) {
        let mut book: toml::Table = fs::read_to_string(self.profiles()).unwrap().parse().unwrap();
        change(&mut book);
        fs::write(self.profiles(), book.to_string()).unwrap();
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.home));
    }
}

/// The address of a test's server, as a person would say it.
pub fn origin(app: &TestApp) -> &str {
    app.base.strip_suffix("/api/v1").unwrap()
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The lines of a table, their cells apart, without the headings.
pub fn cells(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().skip(1);
    lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}
