//! A folder of documents, as it is sent to a server and what that says about it.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::folder::{self, File, Folder, Problem};

/// Where the documents stand in what is sent.
const ROOT: &str = "#/documents/";

/// A folder of documents.
pub struct Documents(Folder);

impl Documents {
    pub fn of(path: &Path) -> Self {
        Self(folder::read(path))
    }

    /// The names of what is no document.
    pub fn ignored(&self) -> &[String] {
        &self.0.ignored
    }

    /// What is wrong with the files themselves.
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    /// Whether there is something to ask a server about.
    pub fn is_empty(&self) -> bool {
        self.0.files.is_empty()
    }

    /// The body of a request. A file that is wrong claims nothing in it, so that it
    /// serves to find out what is wrong with the others.
    pub fn body(&self, prunes: bool) -> Value {
        let document = |file: &File| match &file.document {
            Some(document) => document.written.clone(),
            None => json!({ "match": [] }),
        };
        let documents: Map<String, Value> =
            self.0.files.iter().map(|file| (file.stakeholder.clone(), document(file))).collect();
        json!({ "data": { "documents": documents, "prune": prunes } })
    }

    /// Says of faults, `(message, pointer)`, in which file they are.
    pub fn locate(&self, faults: Vec<(String, String)>) -> Vec<Problem> {
        faults.into_iter().map(|(message, pointer)| self.problem(message, &pointer)).collect()
    }

    fn problem(&self, message: String, pointer: &str) -> Problem {
        let Some(rest) = pointer.strip_prefix(ROOT) else {
            return Problem { file: self.0.path.clone(), pointer: None, message };
        };
        let (name, within) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let file = self.0.files.iter().find(|file| file.stakeholder == name);
        let document = file.and_then(|file| file.document.as_ref());
        let root = document.map_or("", |document| &document.root);
        let pointer = Some(within).filter(|within| !within.is_empty());
        Problem {
            file: self.path(name),
            pointer: pointer.map(|at| format!("#{root}{at}")),
            message,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path.join(format!("{name}.json"))
    }
}
