//! Claims as code: a folder with the document of each stakeholder, in a file of
//! its name.

mod apply;
mod documents;
mod read;
pub mod routes;
mod words;
mod write;

pub use apply::{Wish, apply};
pub use documents::{faults, of_documents};
pub use read::read;
pub use words::visible;
pub use write::{Written, write};

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::claims::store::GrantChange;
use crate::spec::{Pointers, Spec};

/// The folder as it was read.
#[derive(Debug, Default)]
pub struct Folder {
    pub path: PathBuf,
    /// By name.
    pub files: Vec<File>,
    /// What is wrong with the files themselves.
    pub problems: Vec<Problem>,
    /// The names of what is no document and isn't called like one.
    pub ignored: Vec<String>,
}

/// The file of a stakeholder.
#[derive(Debug)]
pub struct File {
    pub stakeholder: String,
    pub path: PathBuf,
    /// Nothing if something is wrong with it.
    pub document: Option<Document>,
}

/// What a file says.
#[derive(Debug, Default)]
pub struct Document {
    pub spec: Spec,
    pub pointers: Pointers,
    /// Where the document stands in its file, as a JSON pointer: mostly empty.
    pub root: String,
    /// As it is written.
    pub written: Value,
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub file: PathBuf,
    /// Into the file, as a URI fragment: `#/match/0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    pub message: String,
}

/// How the folder and the database compare.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Everybody who has a file or had claims, by name.
    pub stakeholders: Vec<Difference>,
    /// If there is any, nothing is changed.
    pub problems: Vec<Problem>,
    /// Whether the database is now as the folder says.
    pub is_applied: bool,
}

/// What differs for one stakeholder.
#[derive(Debug)]
pub struct Difference {
    pub stakeholder: String,
    pub document: Change,
    /// What is granted and revoked; with a problem, what would be and can't.
    pub grants: Vec<GrantChange>,
}

/// What becomes of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Unchanged,
    Changed,
    /// It has no file any more.
    Removed,
}

impl Folder {
    /// Where the file of a stakeholder is, or would be.
    fn path_of(&self, stakeholder: &str) -> PathBuf {
        file_of(&self.path, stakeholder)
    }
}

fn file_of(folder: &Path, stakeholder: &str) -> PathBuf {
    folder.join(format!("{stakeholder}.json"))
}

impl Problem {
    fn of(file: &Path, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), pointer: None, message: message.into() }
    }
}

impl Difference {
    /// Whether anything is to be done.
    pub fn is_change(&self) -> bool {
        let is_done = |change: &GrantChange| change.problem.is_none();
        self.document != Change::Unchanged || self.grants.iter().any(is_done)
    }
}

impl Comparison {
    /// Whether anything is to be done.
    pub fn is_change(&self) -> bool {
        self.stakeholders.iter().any(Difference::is_change)
    }
}
