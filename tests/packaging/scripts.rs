//! The scripts of the project.

use std::fs;

use crate::tool::{root, succeed, tool};

#[test]
fn shellcheck_has_nothing_to_object_to() {
    let mut files = vec![".ci/run".to_owned(), "tests/packaging/install.sh".to_owned()];
    for entry in fs::read_dir(root().join("bin")).unwrap() {
        let path = entry.unwrap().path();
        if fs::read_to_string(&path).unwrap().starts_with("#!/bin/sh\n") {
            files.push(path.display().to_string());
        }
    }
    assert!(files.len() > 8, "{files:?}");
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    succeed(tool("shellcheck", &files));
}
