//! A tool's project on disk, as it is before and after the commit that breaks somebody.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;
use tokio_postgres::config::Host;

use crate::tool::Tool;

/// The statement that a migration ends with. A fixture has it on a line of its own.
const CALL: &str = "integratedb_validate_migration";

/// A copy of a tool's project.
#[derive(Debug)]
pub struct Project {
    tool: &'static Tool,
    folder: PathBuf,
    /// Whether its migrations keep their call.
    calls: bool,
}

/// How a run of the tool ended.
#[derive(Debug)]
pub struct Ended {
    pub succeeded: bool,
    pub output: String,
}

/// Where `bin/tools` installs.
pub fn installation() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools")
}

/// The folder of a tool's fixtures.
pub fn fixtures(tool: &Tool) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/fixtures").join(tool.folder)
}

impl Project {
    /// An empty one, for this database. It lies where its tool finds what was installed.
    pub fn create(tool: &'static Tool, database: &str, calls: bool) -> Self {
        let name = format!("{}-{database}-{}", tool.folder, std::process::id());
        let folder = installation().join("work").join(name);
        fs::create_dir_all(&folder).unwrap();
        Self { tool, folder, calls }
    }

    /// Adds a part of the fixtures: `evolving` is the project, `breaking` the commit after.
    pub fn add(&self, part: &str) {
        self.copy(&fixtures(self.tool).join(part), &self.folder);
    }

    fn copy(&self, from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                self.copy(&entry.path(), &target);
                continue;
            }
            let text = fs::read_to_string(entry.path()).unwrap();
            let lines = text.split_inclusive('\n');
            let kept: String = lines.filter(|line| self.calls || !line.contains(CALL)).collect();
            fs::write(target, kept).unwrap();
        }
    }

    /// Runs the tool on the database of this URL.
    pub async fn migrate(&self, url: &str) -> Ended {
        let mut command = Command::new("sh");
        command.args(["-c", self.tool.migrates]).current_dir(&self.folder).env("PATH", path());
        command.env("DATABASE_URL", format!("{url}?sslmode=disable")).envs(libpq(url));
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let is_missing = [Some(126), Some(127)].contains(&output.status.code());
        assert!(!is_missing, "{said}\nbin/tools {} installs it", self.tool.folder);
        Ended { succeeded: output.status.success(), output: said }
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // A failed test leaves it to be looked at.
        if !std::thread::panicking() {
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}

/// The search path for programs: what `bin/tools` installed comes first.
fn path() -> std::ffi::OsString {
    let liquibase = "liquibase/node_modules/liquibase/dist/liquibase";
    let installed = ["python/bin", "node_modules/.bin", "rust/debug", liquibase];
    let before = installed.map(|folder| installation().join(folder));
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(before.into_iter().chain(std::env::split_paths(&inherited))).unwrap()
}

/// A URL in the variables that libpq reads.
fn libpq(url: &str) -> [(&'static str, String); 5] {
    let config: tokio_postgres::Config = url.parse().unwrap();
    let [Host::Tcp(host)] = config.get_hosts() else { panic!("{url}") };
    [
        ("PGHOST", host.clone()),
        ("PGPORT", config.get_ports()[0].to_string()),
        ("PGDATABASE", config.get_dbname().unwrap().to_owned()),
        ("PGUSER", config.get_user().unwrap().to_owned()),
        ("PGPASSWORD", String::from_utf8(config.get_password().unwrap().to_vec()).unwrap()),
    ]
}
