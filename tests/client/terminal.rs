//! A terminal that somebody sits at.

use std::process::Stdio;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::person::Person;

/// The program in a terminal, as the program `script` makes one.
pub struct Terminal {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    shown: String,
}

impl Terminal {
    /// Somebody types a command line without anything that a shell would understand.
    pub fn of(person: &Person, arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let program = env!("CARGO_BIN_EXE_integratedb");
        let line = [&[program], arguments].concat().join(" ");
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--echo", "never", "--command", &line, "/dev/null"]);
        command.env("HOME", &person.home).envs(settings.iter().copied()).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("script");
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, stdin, stdout, shown: String::new() }
    }

    /// Waits until it has shown a text; answers all that it has shown so far.
    pub async fn until(&mut self, text: &str) -> &str {
        while !self.shown.contains(text) {
            assert!(self.read().await, "{text}: {}", self.shown);
        }
        &self.shown
    }

    pub async fn types(&mut self, line: &str) {
        self.stdin.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// Waits until the program has ended; answers its exit status, and all that was shown.
    pub async fn ended(mut self) -> (Option<i32>, String) {
        while self.read().await {}
        drop(self.stdin);
        (self.child.wait().await.unwrap().code(), self.shown)
    }

    async fn read(&mut self) -> bool {
        let mut bytes = [0; 1024];
        let read = self.stdout.read(&mut bytes).await.unwrap();
        self.shown.push_str(&String::from_utf8_lossy(&bytes[..read]));
        read > 0
    }
}
