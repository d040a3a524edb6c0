//! Running tools, and folders to run them in.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// The version that everything must speak of.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).expect(file)
}

/// Something to be run in the folder of the project, as if it were typed there: what cargo
/// tells its tests by the environment makes another cargo build half of all dependencies anew.
pub fn command(program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text == "CARGO" || text.starts_with("CARGO_MANIFEST") || text.starts_with("CARGO_PKG") {
            command.env_remove(&name);
        }
    }
    command.args(arguments).current_dir(root());
    command
}

/// A tool that `tests/packaging/install.sh` has installed.
pub fn tool(name: &str, arguments: &[&str]) -> Command {
    command(root().join("target/packaging/venv/bin").join(name), arguments)
}

pub fn cargo(arguments: &[&str]) -> Command {
    command(env!("CARGO"), arguments)
}

pub fn program(arguments: &[&str]) -> Command {
    command(env!("CARGO_BIN_EXE_integratedb"), arguments)
}

/// How it ended, and what it said.
pub fn ended(mut command: Command) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command.output().expect("a program that starts");
    let text = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&text).into_owned())
}

/// What it printed; it must succeed.
pub fn succeed(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("a program that starts");
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    assert!(status.success(), "{command:?}\n{stdout}{}", String::from_utf8_lossy(&stderr));
    stdout
}

/// An empty folder for a test.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packaging").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The documents of a file of YAML.
pub fn documents(yaml: &Path) -> Vec<Value> {
    let program = "import json, sys, yaml
json.dump([d for d in yaml.safe_load_all(open(sys.argv[1])) if d], sys.stdout)";
    let json = succeed(tool("python", &["-c", program, yaml.to_str().unwrap()]));
    serde_json::from_str(&json).unwrap()
}

/// Who holds this is the only one to build in the target folder.
pub fn building() -> MutexGuard<'static, ()> {
    static BUILDING: Mutex<()> = Mutex::new(());
    BUILDING.lock().unwrap_or_else(PoisonError::into_inner)
}
