//! A folder of documents, and what the program says about it.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::{Value, json};

use super::program::output;
use super::{Database, Stakeholder, unique};

/// A folder of documents that goes with its test, and the database it is for.
pub struct Folder {
    pub path: PathBuf,
    pub url: String,
}

impl Folder {
    pub fn of(database: &Database) -> Self {
        let path = std::env::temp_dir().join(unique("claims"));
        fs::create_dir(&path).unwrap();
        Self { path, url: database.control_url() }
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path.join(name), text).unwrap();
    }

    /// Writes the document of a stakeholder: its matches.
    pub fn claim(&self, stakeholder: &Stakeholder, matches: &Value) {
        let document = json!({ "match": matches });
        self.write(&format!("{}.json", stakeholder.name), &document.to_string());
    }

    pub fn files(&self) -> Vec<(String, String)> {
        let entries = fs::read_dir(&self.path).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<(String, String)> = entries
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    pub fn arguments<'a>(&'a self, command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [&[command, "-f", self.path.to_str().unwrap()], more].concat()
    }

    pub async fn says_with(&self, command: &str, more: &[&str]) -> Said {
        let settings = [("DATABASE_URL", &*self.url), ("LOCK_TIMEOUT_MS", "60000")];
        let output = output(&self.arguments(command, more), &settings).await;
        Said::of(&output)
    }

    pub async fn says(&self, command: &str) -> Said {
        self.says_with(command, &[]).await
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.path));
    }
}

/// What the program said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub status: Option<i32>,
    pub text: String,
    pub errors: String,
}

impl Said {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            status: output.status.code(),
            text: text(&output.stdout),
            errors: text(&output.stderr),
        }
    }

    pub fn has(&self, part: &str) -> &Self {
        assert!(self.text.contains(part) || self.errors.contains(part), "{part}: {self:#?}");
        self
    }

    pub fn ends_with(&self, status: i32) -> &Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }
}
