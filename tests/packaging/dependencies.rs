//! The dependencies, held against `deny.toml` by `bin/deny`.

use std::fs;
use std::path::Path;

use crate::tool::{command, ended, folder, succeed};

/// A database of advisories with one that is made up, against a package.
fn database(package: &str) -> String {
    let folder = folder(&format!("advisories-{package}"));
    let place = folder.join("crates").join(package);
    fs::create_dir_all(&place).unwrap();
    let advisory = format!(
        "```toml\n[advisory]\nid = \"RUSTSEC-2026-9999\"\npackage = \"{package}\"\n\
         date = \"2026-01-01\"\n\n[versions]\npatched = []\n```\n\n# Made up\n\nBy a test.\n"
    );
    fs::write(place.join("RUSTSEC-2026-9999.md"), advisory).unwrap();
    let git = |arguments: &[&str]| {
        let mut git = command("git", &["-c", "user.name=test", "-c", "user.email=test@localhost"]);
        git.args(arguments).current_dir(&folder);
        succeed(git);
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "An advisory"]);
    folder.display().to_string()
}

fn checked_against(database: &str) -> (Option<i32>, String) {
    let mut deny = command("bin/deny", &["advisories"]);
    deny.env("ADVISORY_DB", database);
    ended(deny)
}

#[test]
fn their_licences_and_sources_are_allowed() {
    succeed(command("bin/deny", &[]));
}

#[test]
fn one_with_a_known_vulnerability_is_refused() {
    let (status, said) = checked_against(&database("tokio-postgres"));
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("RUSTSEC-2026-9999"), "{said}");
}

#[test]
fn vulnerabilities_of_others_are_none_of_ours() {
    let (status, said) = checked_against(&database("of-nobody"));
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn what_could_not_be_checked_is_no_success() {
    let nowhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nowhere");
    let (status, said) = checked_against(nowhere.to_str().unwrap());
    assert_eq!(status, Some(75), "{said}");
    assert!(said.contains("the advisories were NOT CHECKED"), "{said}");
}
