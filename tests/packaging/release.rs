//! What `bin/release` makes, built quickly and unpacked.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use crate::tool::{VERSION, building, command, folder, succeed};

/// A release, and what is in it.
struct Release {
    folder: PathBuf,
    name: String,
}

/// Made once for all tests.
static RELEASE: LazyLock<Release> = LazyLock::new(|| make("release"));

fn make(name: &str) -> Release {
    let _alone = building();
    let folder = folder(name);
    let mut release = command("bin/release", &["--debug", "--into", folder.to_str().unwrap()]);
    release.env("SOURCE_DATE_EPOCH", "1700000000");
    let said = succeed(release);
    let packed = said.trim().rsplit_once('/').unwrap().1;
    let name = packed.strip_suffix(".tar.gz").unwrap().to_owned();
    succeed(command("tar", &["-xzf", said.trim(), "-C", folder.to_str().unwrap()]));
    Release { folder, name }
}

impl Release {
    fn path(&self, file: &str) -> PathBuf {
        self.folder.join(&self.name).join(file)
    }
}

#[test]
fn it_has_all_that_belongs_to_it() {
    for file in [
        "lib/systemd/system/integratedb.service",
        "share/doc/integratedb/LICENSE-APACHE",
        "share/doc/integratedb/LICENSE-MIT",
        "share/doc/integratedb/README.md",
        "share/doc/integratedb/THIRD-PARTY-LICENSES.txt",
        "share/doc/integratedb/docs/deploy.md",
        "share/integratedb/deploy/kubernetes/base/kustomization.yaml",
        "share/integratedb/integratedb.cdx.json",
    ] {
        assert!(RELEASE.path(file).exists(), "{file}");
    }
    let said = succeed(command(RELEASE.path("bin/integratedb"), &["--version"]));
    assert_eq!(said, format!("integratedb {VERSION}\n"));
}

#[test]
fn its_checksums_are_right() {
    let mut check = command("sha256sum", &["--check", "--strict"]);
    check.arg(format!("{}.sha256", RELEASE.name)).current_dir(&RELEASE.folder);
    assert_eq!(succeed(check).lines().count(), 2);
}

#[test]
fn it_comes_out_the_same_twice() {
    let again = make("release-again");
    let sums = |release: &Release| {
        fs::read_to_string(release.folder.join(format!("{}.sha256", release.name))).unwrap()
    };
    assert_eq!(sums(&again), sums(&RELEASE));
}

#[test]
fn every_command_has_a_manual_page_that_man_can_show() {
    let pages = fs::read_dir(RELEASE.path("share/man/man1")).unwrap();
    let pages: Vec<PathBuf> = pages.map(|entry| entry.unwrap().path()).collect();
    for page in &pages {
        succeed(command("mandoc", &["-T", "lint", "-W", "error", page.to_str().unwrap()]));
    }
    let named = |name: &str| pages.iter().any(|page| page.ends_with(format!("{name}.1")));
    let help = succeed(command(RELEASE.path("bin/integratedb"), &["--help"]));
    let commands = help.split_once("Commands:\n").unwrap().1.split("\n\n").next().unwrap();
    let commands = commands.lines().filter(|line| line.starts_with("  ") && &line[2..3] != " ");
    for command in commands.map(|line| line.split_whitespace().next().unwrap()) {
        assert!(command == "help" || named(&format!("integratedb-{command}")), "{command}");
    }
    assert!(named("integratedb") && named("integratedb-serve"));
}

#[test]
fn bash_completes_its_commands() {
    let script = RELEASE.path("share/bash-completion/completions/integratedb");
    let ask = r#"source "$1"
        complete -p integratedb >/dev/null || exit 1
        COMP_WORDS=(integratedb heal) COMP_CWORD=1
        _integratedb integratedb heal integratedb
        echo "${COMPREPLY[@]}""#;
    let bash = ["--noprofile", "--norc", "-c", ask, "bash", script.to_str().unwrap()];
    assert_eq!(succeed(command("bash", &bash)).trim(), "health");
}

#[test]
fn zsh_finds_its_completions() {
    let folder = RELEASE.path("share/zsh/site-functions");
    let ask = "fpath=($1 $fpath); autoload -U compinit; compinit -D -u
        autoload +X -U _integratedb && print $_comps[integratedb]";
    let zsh = ["-f", "-c", ask, "zsh", folder.to_str().unwrap()];
    assert_eq!(succeed(command("zsh", &zsh)).trim(), "_integratedb");
    let script = folder.join("_integratedb");
    succeed(command("zsh", &["-n", script.to_str().unwrap()]));
}

#[test]
fn fish_completes_its_commands() {
    let script = RELEASE.path("share/fish/vendor_completions.d/integratedb.fish");
    let ask = r#"source $argv[1]; complete -C "integratedb heal""#;
    let mut fish = command("fish", &["--no-config", "-c", ask, script.to_str().unwrap()]);
    fish.env("HOME", crate::tool::folder("fish"));
    assert!(succeed(fish).starts_with("health"));
}
