//! The migration command, run as a child on the private Postgres.

use std::future::poll_fn;
use std::io::IsTerminal;
use std::process::{ExitStatus, Stdio};
use std::task::Poll;
use std::time::Duration;

use serde::Serialize;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Private;

/// How the command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "ending", content = "why", rename_all = "snake_case")]
pub enum Ending {
    Succeeded,
    /// Its exit status, or the signal that ended it.
    Failed(String),
    /// It could not be started.
    NotStarted(String),
    /// Somebody ended the check.
    Interrupted,
}

/// What tells this program to end.
const SIGNALS: [fn() -> SignalKind; 3] =
    [SignalKind::interrupt, SignalKind::terminate, SignalKind::hangup];

/// How long the command may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the command until it ends, or until this program is told to.
///
/// What it prints goes to standard error, as standard output is for the report.
pub async fn run(words: &[String], private: &Private) -> Ending {
    let Some((program, arguments)) = words.split_first() else {
        return Ending::NotStarted("there is no command".to_owned());
    };
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::from(std::io::stderr())).kill_on_drop(true);
    command.envs([
        ("DATABASE_URL", private.owner_url().as_str()),
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", &private.port().to_string()),
        ("PGUSER", &private.owner),
        ("PGPASSWORD", &private.password),
        ("PGDATABASE", private.database()),
        ("PGSSLMODE", "disable"),
    ]);
    for of_another in ["PGHOSTADDR", "PGSERVICE", "PGOPTIONS", "PGPASSFILE"] {
        command.env_remove(of_another);
    }
    // A group of its own can be ended as a whole, but may not read a terminal.
    let is_group = !std::io::stdin().is_terminal();
    if is_group {
        command.process_group(0);
    }
    let Ok(signals) = SIGNALS.map(|kind| signal(kind())).into_iter().collect::<Result<Vec<_>, _>>()
    else {
        return Ending::NotStarted("signals can't be listened to".to_owned());
    };
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ending::NotStarted(format!("{program}: {error}")),
    };
    tokio::select! {
        ended = child.wait() => match ended {
            Ok(status) => ending(status),
            Err(error) => Ending::Failed(error.to_string()),
        },
        () = any(signals) => end(child, is_group).await,
    }
}

/// Waits for the first of these signals.
async fn any(mut signals: Vec<Signal>) {
    poll_fn(|context| {
        let has_come = signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
        if has_come { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn ending(status: ExitStatus) -> Ending {
    if status.success() { Ending::Succeeded } else { Ending::Failed(status.to_string()) }
}

/// Asks the command to end, and sees to it.
async fn end(mut child: Child, is_group: bool) -> Ending {
    let Some(id) = child.id() else { return Ending::Interrupted };
    let target = if is_group { format!("-{id}") } else { id.to_string() };
    send("TERM", &target).await;
    if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
        send("KILL", &target).await;
        // Nothing outlives that.
        let _ = child.wait().await;
    } else if is_group {
        // What the command itself has left behind.
        send("KILL", &target).await;
    }
    Ending::Interrupted
}

async fn send(signal: &str, target: &str) {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", r#"kill -s "$1" -- "$2" 2>/dev/null"#, "sh", signal, target]);
    // There may be nobody left.
    let _ = shell.status().await;
}
