//! The package of the crate: whether everything is in it, and `cargo install`.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use crate::tool::{VERSION, building, cargo, command, folder, root, succeed};

/// What `cargo install` made of the package.
pub struct Installed {
    program: PathBuf,
    /// The files that the build has read, as paths inside the package.
    pub read: Vec<PathBuf>,
}

/// Installed once for all tests, out of the package and not out of this folder.
pub static INSTALLED: LazyLock<Installed> = LazyLock::new(|| {
    let _alone = building();
    let here = folder("package");
    let here = here.to_str().unwrap();
    succeed(cargo(&["package", "--no-verify", "--allow-dirty", "--locked", "--offline"]));
    let packed = format!("target/package/integratedb-{VERSION}.crate");
    succeed(command("tar", &["-xzf", &packed, "-C", here]));
    let unpacked = format!("{here}/integratedb-{VERSION}");
    let target = root().join("target");
    let options = ["--debug", "--locked", "--offline", "--root", here];
    let install =
        [&["install", "--path", &unpacked, "--target-dir", target.to_str().unwrap()], &options[..]];
    succeed(cargo(&install.concat()));
    let read = fs::read_to_string(target.join("debug/integratedb.d")).unwrap();
    let (_, read) = read.split_once(": ").unwrap();
    let inside = |file: &str| PathBuf::from(file).strip_prefix(&unpacked).map(PathBuf::from).ok();
    let read: Vec<_> = read.split_whitespace().filter_map(inside).collect();
    assert!(read.len() > 200, "{read:?}");
    Installed { program: PathBuf::from(here).join("bin/integratedb"), read }
});

#[test]
fn cargo_install_works_out_of_the_package() {
    let said = succeed(command(&INSTALLED.program, &["--version"]));
    assert_eq!(said, format!("integratedb {VERSION}\n"));
}
