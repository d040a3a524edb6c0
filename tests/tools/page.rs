//! `docs/migration-tools.md` says what these tests see.

use std::fs;
use std::path::{Path, PathBuf};

use crate::TOOLS;
use crate::project::fixtures;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/migration-tools.md");
    fs::read_to_string(path).unwrap()
}

/// The lines of a text that say something, without their indentation.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn its_table_says_what_each_tool_undoes_and_prints() {
    let page = page();
    for tool in TOOLS {
        let anchor = tool.name.to_lowercase();
        let (undoes, shows) = (tool.undoes.in_words(), tool.shows.in_words());
        let row = format!("| [{}](#{anchor}) | {undoes} | {shows} |", tool.name);
        assert!(page.contains(&row), "{row}");
    }
}

#[test]
fn its_snippets_are_migrations_that_are_run() {
    let page = page();
    for tool in TOOLS {
        let heading = format!("\n## {}\n", tool.name);
        let (_, rest) = page.split_once(&heading).unwrap_or_else(|| panic!("{heading}"));
        let section = rest.split("\n## ").next().unwrap();
        let snippet = section.split("```").nth(1).unwrap_or_else(|| panic!("no code: {heading}"));
        let snippet = lines(snippet.split_once('\n').unwrap().1);
        assert!(snippet.iter().any(|line| line.contains("integratedb_validate_migration")));
        let is_run = files(&fixtures(tool)).iter().any(|file| {
            let migration = lines(&fs::read_to_string(file).unwrap());
            migration.windows(snippet.len()).any(|window| window == snippet)
        });
        assert!(is_run, "no migration of {} has\n{}", tool.name, snippet.join("\n"));
    }
}

#[test]
fn every_fixture_belongs_to_a_tool() {
    let mut folders: Vec<_> = TOOLS.iter().map(|tool| fixtures(tool)).collect();
    folders.sort();
    let root = folders[0].parent().unwrap();
    let mut found: Vec<_> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert_eq!(found, folders);
}
