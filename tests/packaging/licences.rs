//! The bill of materials and the licences, as `bin/sbom` says them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::Value;

use crate::tool::{cargo, command, folder, succeed, tool};

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Where they were written, once for all tests.
static WRITTEN: LazyLock<PathBuf> = LazyLock::new(|| write("sbom"));

fn write(name: &str) -> PathBuf {
    let folder = folder(name);
    let into = folder.to_str().unwrap();
    let mut sbom = command("bin/sbom", &["--target", TARGET, "--into", into]);
    sbom.env("SOURCE_DATE_EPOCH", "1700000000");
    succeed(sbom);
    folder
}

fn bill() -> Value {
    let text = fs::read_to_string(WRITTEN.join("integratedb.cdx.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_bill_is_cyclonedx() {
    let program = "import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()))";
    let bill = WRITTEN.join("integratedb.cdx.json");
    succeed(tool("python", &["-c", program, bill.to_str().unwrap()]));
}

#[test]
fn it_has_what_is_compiled_and_no_more() {
    let options = ["--locked", "--offline", "--edges=no-dev", "--prefix=none", "--format={p}"];
    let tree = succeed(cargo(&[&["tree", "--target", TARGET], &options[..]].concat()));
    let compiled: BTreeSet<String> = tree
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("integratedb "))
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ").replace(" v", " "))
        .collect();
    let bill = bill();
    let components = bill["components"].as_array().unwrap().iter();
    let listed: BTreeSet<String> = components
        .map(|one| {
            format!("{} {}", one["name"].as_str().unwrap(), one["version"].as_str().unwrap())
        })
        .collect();
    assert_eq!(listed, compiled);
}

#[test]
fn every_component_has_a_licence_and_a_checksum() {
    for component in bill()["components"].as_array().unwrap() {
        assert!(component["licenses"][0]["expression"].is_string(), "{component}");
        assert_eq!(component["hashes"][0]["content"].as_str().unwrap().len(), 64, "{component}");
    }
}

#[test]
fn the_texts_name_all_that_is_in_the_program() {
    let text = fs::read_to_string(WRITTEN.join("THIRD-PARTY-LICENSES.txt")).unwrap();
    let mut built_with = 0;
    for component in bill()["components"].as_array().unwrap() {
        let line = format!(
            "\n{} {}: ",
            component["name"].as_str().unwrap(),
            component["version"].as_str().unwrap()
        );
        let is_in_program = component["scope"] == "required";
        assert_eq!(text.contains(&line), is_in_program, "{line}");
        built_with += usize::from(!is_in_program);
    }
    assert!(built_with > 10, "macros and build scripts are in no program");
    assert!(text.contains("Permission is hereby granted, free of charge"));
}

#[test]
fn they_come_out_the_same_twice() {
    let again = write("sbom-again");
    for file in ["integratedb.cdx.json", "THIRD-PARTY-LICENSES.txt"] {
        assert!(
            fs::read(again.join(file)).unwrap() == fs::read(WRITTEN.join(file)).unwrap(),
            "{file}"
        );
    }
}
