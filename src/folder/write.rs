//! The writing of a folder.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::{Document, Problem, file_of, read};
use crate::spec::Spec;
use crate::stakeholders::Stakeholder;

/// What was written.
#[derive(Debug, Default)]
pub struct Written {
    pub files: Vec<PathBuf>,
    /// How many files said the same already.
    pub unchanged: usize,
    /// Documents of stakeholders that aren't there: removed if that was asked for.
    pub strangers: Vec<PathBuf>,
}

/// Writes a document for each stakeholder, as briefly as it can be said. A file
/// that says the same in other words is left as it is.
///
/// Only documents are written over or removed: anything else of that name is a
/// problem, and then nothing is written at all.
pub fn write(
    folder: &Path,
    documents: &[(Stakeholder, Spec)],
    prunes: bool,
) -> Result<Written, Vec<Problem>> {
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let mut written = Written::default();
    let mut problems = Vec::new();
    let mut fresh = Vec::new();
    for (stakeholder, spec) in documents {
        let path = file_of(folder, &stakeholder.name);
        match present(&path) {
            Ok(Some(document)) if document.spec == *spec => written.unchanged += 1,
            Ok(_) => fresh.push((path, spec)),
            Err(more) => problems.extend(more),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    for (path, spec) in fresh {
        replace(&path, spec).map_err(|error| unwritable(&path, &error))?;
        written.files.push(path);
    }
    for path in strangers(folder, documents).map_err(|error| unwritable(folder, &error))? {
        if prunes {
            fs::remove_file(&path).map_err(|error| unwritable(&path, &error))?;
        }
        written.strangers.push(path);
    }
    Ok(written)
}

/// Writes a document so that whoever reads meanwhile, and a sudden end, finds the
/// old or the new one and never half of it.
fn replace(path: &Path, spec: &Spec) -> std::io::Result<()> {
    let mut text = serde_json::to_vec_pretty(&spec.terse())?;
    text.push(b'\n');
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // What begins with a dot is not read.
    let draft = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let outcome = File::create(&draft)
        .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&draft, path));
    if outcome.is_err() {
        // It may never have been made.
        drop(fs::remove_file(&draft));
    }
    outcome
}

/// The document that stands there, if anything does.
fn present(path: &Path) -> Result<Option<Document>, Vec<Problem>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    read::document(path).map(Some).map_err(|mut problems| {
        let advice = "is no document of claims, so it is not written over: move it away";
        problems.insert(0, Problem::of(path, advice));
        problems
    })
}

/// The documents that are nobody's.
fn strangers(folder: &Path, documents: &[(Stakeholder, Spec)]) -> std::io::Result<Vec<PathBuf>> {
    let is_known = |name: &str| documents.iter().any(|(known, _)| known.name == name);
    let names = read::names(folder)?;
    let others = names.iter().filter_map(|name| match read::stakeholder(name) {
        Some(Ok(stakeholder)) if !is_known(&stakeholder) => Some(folder.join(name)),
        _ => None,
    });
    Ok(others.filter(|path| read::document(path).is_ok()).collect())
}

fn unwritable(path: &Path, error: &std::io::Error) -> Vec<Problem> {
    vec![Problem::of(path, format!("can't be written: {error}"))]
}
