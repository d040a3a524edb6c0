//! The image. There may be no Docker where this runs, so what can be known without building
//! it is: that its build finds every file it reads, and what the image says of itself.

use std::fs;
use std::path::Path;

use crate::package::INSTALLED;
use crate::tool::{VERSION, command, folder, program, read, root, succeed, tool};

/// The instructions of the Dockerfile, continued lines joined.
fn instructions() -> Vec<String> {
    let text = read("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// What is copied out of this folder.
fn copied() -> Vec<String> {
    let instructions = instructions();
    let copies = instructions.iter().filter_map(|line| line.strip_prefix("COPY "));
    let ours = copies.filter(|line| !line.starts_with("--from"));
    let sources = ours.flat_map(|line| line.rsplit_once(' ').unwrap().0.split(' '));
    sources.map(str::to_owned).collect()
}

/// What an instruction of the last stage says.
fn said(instruction: &str) -> String {
    let instructions = instructions();
    let line = instructions.iter().rfind(|line| line.starts_with(instruction));
    line.expect(instruction)[instruction.len()..].trim().to_owned()
}

#[test]
fn hadolint_has_nothing_to_object_to() {
    succeed(tool("hadolint", &["Dockerfile"]));
}

#[test]
fn everything_that_the_build_reads_is_copied() {
    let copied = copied();
    for file in &INSTALLED.read {
        assert!(copied.iter().any(|copied| file.starts_with(copied)), "{}", file.display());
    }
}

#[test]
fn the_builder_is_sent_what_is_copied_and_no_more() {
    let ignored = read(".dockerignore");
    let mut sent: Vec<&str> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let mut copied = copied();
    sent.sort_unstable();
    copied.sort_unstable();
    assert!(ignored.lines().any(|line| line == "*"));
    assert_eq!(sent, copied);
}

/// The first of the two builds has nothing but these.
#[test]
fn the_manifest_needs_no_other_files() {
    let folder = folder("manifest");
    for file in ["Cargo.toml", "Cargo.lock"] {
        fs::copy(root().join(file), folder.join(file)).unwrap();
    }
    fs::create_dir(folder.join("src")).unwrap();
    fs::write(folder.join("src/main.rs"), "fn main() {}").unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
    let mut cargo =
        crate::tool::cargo(&["metadata", "--locked", "--offline", "--format-version=1"]);
    cargo.current_dir(&folder);
    succeed(cargo);
}

#[test]
fn the_program_is_linked_to_what_the_base_has() {
    let linked = succeed(command("ldd", &[env!("CARGO_BIN_EXE_integratedb")]));
    let base = ["linux-vdso.so.1", "libgcc_s.so.1", "libm.so.6", "libc.so.6"];
    for line in linked.lines() {
        let library = Path::new(line.split_whitespace().next().unwrap()).file_name().unwrap();
        let library = library.to_str().unwrap();
        assert!(base.contains(&library) || library.starts_with("ld-linux"), "{library}");
    }
}

#[test]
fn it_is_built_on_the_debian_that_it_runs_on() {
    let stages: Vec<String> =
        instructions().into_iter().filter(|line| line.starts_with("FROM ")).collect();
    assert!(stages[0].contains("bookworm"), "{stages:?}");
    assert!(stages[1].contains("-debian12:"), "{stages:?}");
    let wanted = read("Cargo.toml");
    let wanted = wanted.lines().find_map(|line| line.strip_prefix("rust-version = \"")).unwrap();
    let rust = format!("rust:{}-slim", wanted.trim_end_matches('"'));
    assert!(stages[0].contains(&rust), "{stages:?}");
}

#[test]
fn it_runs_as_a_number_that_is_not_root() {
    let user = said("USER");
    let (user, group) = user.split_once(':').unwrap();
    assert!(user.parse::<u32>().unwrap() > 0 && group.parse::<u32>().unwrap() > 0);
}

#[test]
fn what_it_runs_needs_no_shell() {
    let check = said("HEALTHCHECK");
    let check = check.split_once("CMD ").unwrap().1.to_owned();
    let start: Vec<String> = serde_json::from_str(&said("ENTRYPOINT")).unwrap();
    let check: Vec<String> = serde_json::from_str(&check).unwrap();
    let serve: Vec<String> = serde_json::from_str(&said("CMD")).unwrap();
    assert_eq!(start, ["/usr/local/bin/integratedb"]);
    assert_eq!(check[0], start[0]);
    for command in [&check[1..], &serve] {
        let command: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        succeed(program(&command));
    }
}

#[test]
fn it_says_what_it_is() {
    let labels = said("LABEL");
    for label in ["title", "description", "revision", "licenses", "version", "base.name"] {
        assert!(labels.contains(&format!("org.opencontainers.image.{label}=")), "{label}");
    }
    assert!(labels.contains(&format!("org.opencontainers.image.version=\"{VERSION}\"")));
}
