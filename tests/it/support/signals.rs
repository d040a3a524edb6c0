//! Signals to processes. A process takes a signal up some time after it was sent, and goes
//! on until then: whoever needs it to stand still or to be gone waits for that.

use std::fs;
use std::process::Command;

use super::eventually;

/// Sends processes a signal, such as `TERM`; answers whether none of them had ended.
pub fn signal(name: &str, ids: &[String]) -> bool {
    let kill = Command::new("kill").args(["-s", name]).args(ids).output();
    kill.expect("kill").status.success()
}

/// Stops processes where they are, and waits until they stand still.
pub async fn stop(ids: &[String]) {
    signal("STOP", ids);
    eventually("for processes to stand still", async || are_all(ids, "TZX")).await;
}

/// Kills processes, and waits until they are gone.
pub async fn kill(ids: &[String]) {
    signal("KILL", ids);
    eventually("for processes to be gone", async || are_all(ids, "ZX")).await;
}

/// Whether every thread of the processes is in one of these states, as in proc(5). One that
/// isn't there has ended; nor is one there where the system has no `/proc`.
fn are_all(ids: &[String], states: &str) -> bool {
    let threads = ids.iter().flat_map(|id| fs::read_dir(format!("/proc/{id}/task"))).flatten();
    let found = threads.flatten().flat_map(|thread| fs::read_to_string(thread.path().join("stat")));
    // The state follows the name, which is in parentheses and may hold anything.
    let mut found = found.map(|stat| stat.rsplit(") ").next().and_then(|rest| rest.chars().next()));
    found.all(|state| state.is_some_and(|state| states.contains(state)))
}
