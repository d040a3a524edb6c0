//! The commands that speak to a running server, as `docs/client.md` lists them.

mod ask;
mod audit;
mod claims;
mod credentials;
mod edit;
mod effect;
mod folder;
mod guards;
mod keys;
mod link;
mod login;
mod notifications;
mod profiles;
mod stakeholders;
mod tokens;
mod users;
mod whoami;

pub use audit::{Audit, run as audit};
pub use claims::{Claims, run as claims};
pub use credentials::{Credentials, run as credentials};
pub use folder::{Plan, compare, export, wrong};
pub use guards::{Guards, run as guards};
pub use keys::{Keys, run as keys};
pub use link::{Link, hint};
pub use login::{LoginOptions, LogoutOptions, log_in, log_out};
pub use notifications::{Notifications, run as notifications};
pub use profiles::{Options as ProfilesOptions, run as profiles};
pub use stakeholders::{Stakeholders, run as stakeholders};
pub use tokens::{Tokens, run as tokens};
pub use users::{Users, run as users};
pub use whoami::{Options as WhoamiOptions, run as whoami};

use std::io::Write;
use std::process::ExitCode;

use serde_json::Value;

use super::table::{self, Column};
use crate::client::{Answer, Failure, Result, Server};

/// A command with commands of its own.
#[derive(Debug, clap::Args)]
pub struct Group<A: clap::Subcommand + std::fmt::Debug> {
    #[command(flatten)]
    pub link: Link,
    #[command(subcommand)]
    pub action: A,
}

/// A server, and how to print what it says.
pub struct Session {
    pub server: Server,
    pub is_json: bool,
}

impl Session {
    pub fn open(link: &Link) -> Result<Self> {
        Ok(Self { server: link.open()?, is_json: link.json })
    }

    /// Prints an answer: to the letter for programs, in words for people.
    pub fn tell(&self, answer: &Answer, words: impl FnOnce(&Value) -> String) -> Result<()> {
        if self.is_json {
            return print(&answer.text()?);
        }
        print(&words(&answer.value()?))
    }

    /// Prints a list.
    pub fn list(&self, answer: &Answer, columns: &[Column]) -> Result<()> {
        self.tell(answer, |list| table::rows(columns, list.as_array().map_or(&[], Vec::as_slice)))
    }

    /// Says in a sentence what was done, where an answer has nothing more to say.
    pub fn done(&self, sentence: &str) -> Result<()> {
        if self.is_json { Ok(()) } else { print(sentence) }
    }
}

/// Ends a command: with its exit status, or with what went wrong and the one for that.
pub fn end(is_json: bool, outcome: Result<ExitCode>) -> ExitCode {
    match outcome {
        Ok(status) => status,
        Err(failure) => complain(is_json, &failure),
    }
}

/// Says what went wrong on standard error; answers the exit status for it.
pub fn complain(is_json: bool, failure: &Failure) -> ExitCode {
    if matches!(failure, Failure::Unheard) {
        // Nor would anybody hear of it.
    } else if is_json {
        eprintln!("{}", failure.to_json());
    } else {
        for line in failure.lines() {
            note(&line);
        }
    }
    ExitCode::from(failure.status())
}

/// Says something beside what a command answers.
pub fn note(line: &str) {
    let lines: Vec<String> = line.lines().map(crate::folder::visible).collect();
    eprintln!("integratedb: {}", lines.join("\n"));
}

/// Prints what a command answers.
pub fn print(text: &str) -> Result<()> {
    let text = text.trim_end();
    if text.is_empty() {
        return Ok(());
    }
    writeln!(std::io::stdout(), "{text}").map_err(|_| Failure::Unheard)
}

/// 0 for yes, 1 for no.
pub fn verdict(is_yes: bool) -> ExitCode {
    ExitCode::from(u8::from(!is_yes))
}
