//! Whether the process a number was written down for is still there.

use std::fs;
use std::path::Path;

use tokio::process::Command;

/// Whether a process with this number runs.
pub(super) async fn is_alive(pid: &str) -> bool {
    if let Some(runs) = runs(pid, "") {
        return runs;
    }
    let probe = r#"kill -0 "$1" 2>/dev/null"#;
    let mut shell = Command::new("/bin/sh");
    let status = shell.args(["-c", probe, "sh", pid]).status().await;
    !pid.is_empty() && status.is_ok_and(|status| status.success())
}

/// Whether a process of this name (any, if empty) runs, where the system has a `/proc` to tell.
///
/// One that ended but was never waited for, as happens in containers, doesn't run.
fn runs(pid: &str, name: &str) -> Option<bool> {
    let proc = Path::new("/proc");
    fs::metadata(proc.join("self/stat")).ok()?;
    let Ok(stat) = fs::read_to_string(proc.join(pid).join("stat")) else {
        return Some(false);
    };
    let (who, state) = stat.rsplit_once(") ")?;
    Some(who.ends_with(name) && !state.starts_with(['Z', 'X']))
}

/// Whether a process is the server of this data; a server works in its data's folder.
pub(super) async fn serves(pid: &str, data: &Path) -> bool {
    match runs(pid, "(postgres") {
        None => is_alive(pid).await,
        Some(runs) => {
            let works_in = fs::read_link(Path::new("/proc").join(pid).join("cwd"));
            runs && works_in.map_or(true, |folder| folder == data)
        }
    }
}
