//! Folders of documents, each with its verdict.

use std::{fs, path::Path};

use integratedb::spec::{Fault, parse, parse_notifications};
use serde_json::{Value, json};

#[test]
fn every_document_of_claims_comes_out_as_its_case_says() {
    come_out("spec", |document| parse(document).map(|(spec, _)| (json!(spec), spec.terse())));
}

#[test]
fn every_document_of_notifications_comes_out_as_its_case_says() {
    come_out("notifications", |document| {
        parse_notifications(document).map(|(parsed, _)| (json!(parsed), parsed.terse()))
    });
}

/// Parses the documents of a folder to their full and their terse forms.
fn come_out(folder: &str, parse: impl Fn(&Value) -> Result<(Value, Value), Vec<Fault>>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder);
    let mut failures = Vec::new();
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let case: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let document = &case["document"];
        let outcome = match parse(document) {
            Ok((full, terse)) => json!({"document": document, "full": full, "terse": terse}),
            Err(faults) => json!({"document": document, "faults": pairs(&faults)}),
        };
        if outcome != case {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            failures.push(format!("{name}:\n{outcome:#}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn pairs(faults: &[Fault]) -> Vec<[&str; 2]> {
    faults.iter().map(|fault| [fault.message.as_str(), fault.pointer.as_str()]).collect()
}
