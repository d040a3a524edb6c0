//! Documents that come in a body instead of a folder.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Comparison, File, Folder, Problem, read};
use crate::error::{Error, Result};
use crate::spec::Fault;
use crate::stakeholders::Name;

/// Where the documents stand in what is sent.
const ROOT: &str = "/documents";

/// What a folder with these documents would be: `{"shop": {"match": […]}}`.
pub fn of_documents(documents: Option<&Value>) -> Result<Folder> {
    let documents = match documents {
        Some(Value::Object(documents)) => documents,
        other => {
            let given = other.unwrap_or(&Value::Null);
            let message = format!(
                "Must be an object with a document for each stakeholder, {{\"shop\": {{\"match\": […]}}}}, \
                 and is {}.",
                if given.is_null() { "missing" } else { "none" }
            );
            return Err(Error::InvalidDocument(vec![Fault {
                message,
                pointer: format!("#{ROOT}"),
            }]));
        }
    };
    let mut folder = folder(documents);
    if documents.is_empty() {
        let message =
            "Names nobody, which is mostly a mistake. Who claims nothing has {\"match\": []}.";
        folder.problems.push(Problem {
            file: Path::new("").to_owned(),
            pointer: Some(format!("#{ROOT}")),
            message: message.to_owned(),
        });
    }
    Ok(folder)
}

fn folder(documents: &Map<String, Value>) -> Folder {
    let mut folder = Folder::default();
    for (stakeholder, value) in documents {
        let root = format!("{ROOT}/{}", stakeholder.replace('~', "~0").replace('/', "~1"));
        let path = folder.path_of(stakeholder);
        let problem = match Name::new(stakeholder) {
            Ok(name) if name.as_str() == stakeholder => None,
            Ok(name) => Some(format!("must be called {name}")),
            Err(reason) => Some(format!("is no name of a stakeholder: it {reason}")),
        };
        if let Some(message) = problem {
            folder.problems.push(Problem {
                file: path,
                pointer: Some(format!("#{root}")),
                message,
            });
            continue;
        }
        let document = read::parse(&path, &root, value);
        let document = document.map_err(|more| folder.problems.extend(more)).ok();
        folder.files.push(File { stakeholder: stakeholder.clone(), path, document });
    }
    folder
}

/// All that is wrong, with pointers into what was sent.
pub fn faults(comparison: Comparison) -> Vec<Fault> {
    let fault = |Problem { file, pointer, message }: Problem| {
        let whose = file.file_stem().unwrap_or_default().to_string_lossy();
        Fault { message, pointer: pointer.unwrap_or_else(|| format!("#{ROOT}/{whose}")) }
    };
    comparison.problems.into_iter().map(fault).collect()
}
