//! The reading of a folder.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Document, File, Folder, Problem};
use crate::spec::{self, Fault};
use crate::stakeholders::Name;

/// As much as the API takes.
const LARGEST: u64 = 1024 * 1024;

/// Reads every `<stakeholder>.json`, and says everything that is wrong with them.
/// What begins with a dot is nobody's business.
pub fn read(path: &Path) -> Folder {
    let mut folder = Folder { path: path.to_owned(), ..Folder::default() };
    let names = match names(path) {
        Ok(names) => names,
        Err(error) => {
            folder.problems.push(Problem::of(path, format!("can't be read: {error}")));
            return folder;
        }
    };
    for name in names.iter().filter(|name| !name.starts_with('.')) {
        let file = path.join(name);
        match stakeholder(name) {
            None => folder.ignored.push(name.clone()),
            Some(Err(message)) => folder.problems.push(Problem::of(&file, message)),
            Some(Ok(stakeholder)) => {
                let document = document(&file).map_err(|more| folder.problems.extend(more)).ok();
                folder.files.push(File { stakeholder, path: file, document });
            }
        }
    }
    if folder.files.is_empty() && folder.problems.is_empty() {
        folder.problems.push(Problem::of(
            path,
            "has no <stakeholder>.json in it. Is it the right folder? \
             Who claims nothing has a file with {\"match\": []}.",
        ));
    }
    folder
}

/// Reads what a file says.
pub(super) fn document(file: &Path) -> Result<Document, Vec<Problem>> {
    let value = json(file).map_err(|message| vec![Problem::of(file, message)])?;
    let (value, root) = match value.as_object() {
        // A whole body, as the API takes it.
        Some(body) if body.len() == 1 && body.contains_key("data") => (&value["data"], "/data"),
        _ => (&value, ""),
    };
    parse(file, root, value)
}

/// Reads what a document says that stands somewhere in a file.
pub(super) fn parse(file: &Path, root: &str, value: &Value) -> Result<Document, Vec<Problem>> {
    let (spec, pointers) = spec::parse(value).map_err(|faults| problems(file, root, faults))?;
    Ok(Document { spec, pointers, root: root.to_owned(), written: value.clone() })
}

/// Faults of a document as problems of the file that it stands in.
pub(super) fn problems(file: &Path, root: &str, faults: Vec<Fault>) -> Vec<Problem> {
    let problem = |Fault { message, pointer }| Problem {
        file: file.to_owned(),
        pointer: Some(pointer.replacen('#', &format!("#{root}"), 1)),
        message,
    };
    faults.into_iter().map(problem).collect()
}

/// The names of a folder's entries, in order. What isn't Unicode is shown as well
/// as can be: it is the name of no stakeholder anyway.
pub(super) fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let entries = fs::read_dir(folder)?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<std::io::Result<Vec<String>>>()?;
    names.sort();
    Ok(names)
}

/// Whose document a file of this name is: nobody's if it is no `.json`.
pub(super) fn stakeholder(name: &str) -> Option<Result<String, String>> {
    let (stem, _) = name.rsplit_once('.').filter(|(_, end)| end.eq_ignore_ascii_case("json"))?;
    Some(match Name::new(stem) {
        Ok(stakeholder) if format!("{stakeholder}.json") == name => Ok(stem.to_owned()),
        Ok(stakeholder) => Err(format!("must be called {stakeholder}.json")),
        Err(reason) => Err(format!("must be called like a stakeholder, and `{stem}` {reason}")),
    })
}

fn json(file: &Path) -> Result<Value, String> {
    let unreadable = |error| format!("can't be read: {error}");
    let metadata = fs::metadata(file).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err("is no file".to_owned());
    }
    if metadata.len() > LARGEST {
        return Err("is larger than 1 MiB".to_owned());
    }
    let text = fs::read(file).map_err(unreadable)?;
    if text.starts_with(b"\xef\xbb\xbf") {
        return Err("begins with a byte order mark: save it as UTF-8 without one".to_owned());
    }
    serde_json::from_slice(&text).map_err(|error| format!("isn't JSON: {error}"))
}
