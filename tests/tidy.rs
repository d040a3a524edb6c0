//! The rules of the house that a compiler doesn't check. Their reasons are in
//! CONTRIBUTING.md.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use integratedb::audit::ACTIONS;
use integratedb::config::SETTINGS;
use integratedb::db::ENGINE;
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no .{extension} in {folder}");
    found
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

#[test]
fn no_file_needs_a_second_room() {
    for (folder, extension) in [("src", "rs"), ("tests", "rs"), ("sql", "sql"), ("benches", "rs")] {
        for (path, text) in files(folder, extension) {
            let lines = text.lines().count();
            assert!(lines <= 400, "{} has {lines} lines", path.display());
        }
    }
}

#[test]
fn the_core_knows_nothing_of_http() {
    for (path, text) in files("src", "rs") {
        let is_edge = path.starts_with("src/http")
            || path.starts_with("src/commands")
            || path.starts_with("src/contract")
            || path.ends_with("routes.rs")
            || path == Path::new("src/server.rs");
        for word in ["actix_web", "crate::http"] {
            let knows = text.lines().any(|line| line.contains(word) && !line.contains("//"));
            assert!(is_edge || !knows, "{} knows {word}", path.display());
        }
    }
}

#[test]
fn the_specification_touches_nothing() {
    for (path, text) in files("src/spec", "rs") {
        for word in ["tokio", "std::fs", "std::env", "crate::db", "async fn"] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    for (path, text) in files("src", "rs") {
        assert!(text.starts_with("//! "), "{} begins without a word", path.display());
    }
    for (path, text) in files("sql", "sql") {
        assert!(text.starts_with("-- "), "{} begins without a word", path.display());
    }
}

#[test]
fn every_file_of_the_engine_is_installed() {
    for (path, _) in files("sql", "sql") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(ENGINE.iter().any(|(known, _)| *known == name), "{name} is not in ENGINE");
    }
}

#[test]
fn every_function_of_the_engine_pins_its_search_path() {
    for (path, text) in files("sql", "sql") {
        let functions = text.matches("create or replace function").count();
        let pinned = text.matches("\nset search_path = pg_catalog, pg_temp\n").count();
        assert_eq!(functions, pinned, "{}", path.display());
    }
}

/// Others may make functions of the same name there, which match better: the program calls
/// what stands in the schema `integratedb`.
#[test]
fn the_program_calls_nothing_in_public() {
    for extension in ["rs", "sql"] {
        for (path, text) in files("src", extension) {
            let calls = text.matches("public.integratedb_").count();
            let makes = text.matches("function public.integratedb_").count();
            assert_eq!(calls, makes, "{}", path.display());
        }
    }
}

/// A connection of the control plane has its search path pinned; these are somebody else's.
#[test]
fn only_others_connect_with_names_that_lead_anywhere() {
    for (path, text) in files("src", "rs") {
        let is_others = path.starts_with("src/commands/demo") || path.ends_with("db/connection.rs");
        assert!(is_others || !text.contains("connect_as_is("), "{}", path.display());
    }
}

#[test]
fn migrations_name_every_constraint() {
    for (path, text) in files("migrations", "sql") {
        let words = ["primary key", " references ", " unique (", " check ("];
        let mut before = "";
        for line in text.lines() {
            let makes_one = words.iter().any(|word| line.contains(word)) && !line.contains("--");
            let is_named = line.contains("constraint ") || before.contains("constraint ");
            assert!(!makes_one || is_named, "{}: {line}", path.display());
            before = line;
        }
    }
}

#[test]
fn every_setting_is_documented_as_it_is() {
    let page = read("docs/configuration.md");
    for setting in SETTINGS {
        let default = match setting.default {
            "" => "none".to_owned(),
            default => format!("`{default}`"),
        };
        let row = format!("| `{}` | {default} |", setting.name);
        assert!(page.contains(&row), "{row}");
    }
}

#[test]
fn every_status_is_documented() {
    let page = read("docs/errors.md");
    let table = read("src/http/failure.rs");
    let statuses = [
        ("BAD_REQUEST", 400),
        ("UNAUTHORIZED", 401),
        ("FORBIDDEN", 403),
        ("NOT_FOUND", 404),
        ("METHOD_NOT_ALLOWED", 405),
        ("CONFLICT", 409),
        ("PRECONDITION_FAILED", 412),
        ("PAYLOAD_TOO_LARGE", 413),
        ("UNSUPPORTED_MEDIA_TYPE", 415),
        ("UNPROCESSABLE_ENTITY", 422),
        ("PRECONDITION_FAILED", 412),
        ("TOO_MANY_REQUESTS", 429),
        ("INTERNAL_SERVER_ERROR", 500),
        ("SERVICE_UNAVAILABLE", 503),
    ];
    for name in table.split("StatusCode::").skip(1) {
        let name: String =
            name.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
        if name.is_empty() {
            continue;
        }
        let (_, code) = statuses.iter().find(|(known, _)| *known == name).expect(&name);
        assert!(page.contains(&format!("| {code} |")), "{code} {name}");
    }
}

#[test]
fn every_action_of_the_audit_is_documented() {
    let page = read("docs/audit.md");
    let rows = page.lines().skip_while(|line| !line.starts_with("| action |")).skip(2);
    let cells = rows.take_while(|line| line.starts_with('|')).map(|row| row.split('|').nth(1));
    let documented: Vec<&str> =
        cells.flat_map(|cell| cell.expect("a cell").split('`').skip(1).step_by(2)).collect();
    assert_eq!(documented, ACTIONS);
}

#[test]
fn every_action_of_the_audit_and_every_kind_is_in_the_contract() {
    let contract: Value = serde_json::from_str(&read("priv/openapi/audit.json")).unwrap();
    let mut known: Vec<&str> = Vec::new();
    for kind in ACTIONS.iter().filter_map(|action| action.split('.').next()) {
        if !known.contains(&kind) {
            known.push(kind);
        }
    }
    known.extend(ACTIONS);
    assert_eq!(contract["schemas"]["AuditAction"]["enum"], json!(known));
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut pages = files("docs", "md");
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        pages.push((PathBuf::from(page), read(page)));
    }
    for (path, text) in pages {
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let file = root().join(&path).parent().unwrap().join(target);
            assert!(file.exists(), "{} links to {target}", path.display());
        }
    }
}

#[test]
fn every_test_that_the_page_on_security_names_is_there() {
    let page = read("docs/security.md");
    let quoted = page.split('`').skip(1).step_by(2);
    for name in quoted.filter(|name| name.contains("::") && !name.contains(' ')) {
        let (file, test) = name.split_once("::").expect("a file and a test");
        let folders = ["tests/it", "tests/proof"];
        let paths = folders.map(|folder| format!("{folder}/{file}.rs"));
        let path = paths.iter().find(|path| Path::new(path).exists()).expect(name);
        assert!(read(path).contains(&format!("async fn {test}(")), "{name}");
    }
}
