//! `profiles`: the servers that one is logged in at, and which of them commands go to.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::login::profiles;
use super::{end, print};
use crate::client::{Failure, Profile, Result};
use crate::commands::table::{self, Column};
use crate::config;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Prints JSON for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Lists the profiles, without their secrets
    List,
    /// Lets commands go to the server of a profile from now on
    Use { profile: String },
}

const COLUMNS: &[Column] = &[
    ("PROFILE", "/profile"),
    ("SERVER", "/server"),
    ("LOGIN", "/login"),
    ("NAME", "/username"),
    ("USED", "/is_used"),
];

pub fn run(options: &Options) -> ExitCode {
    end(options.json, act(options))
}

fn act(options: &Options) -> Result<ExitCode> {
    let profiles = profiles(&config::Client::from_env())?;
    match &options.action {
        Action::List => {
            let book = profiles.read()?;
            let row = |(name, profile): (&String, &Profile)| {
                let is_used = book.current.as_ref() == Some(name);
                json!({
                    "profile": name, "server": profile.server, "login": login(profile),
                    "username": profile.username, "is_used": is_used,
                })
            };
            let rows: Vec<Value> = book.profiles.iter().map(row).collect();
            if options.json {
                print(&Value::from(rows).to_string())?;
            } else {
                print(&table::rows(COLUMNS, &rows))?;
            }
        }
        Action::Use { profile: name } => {
            let turn = profiles.turn()?;
            let mut book = turn.read()?;
            let Some(profile) = book.profiles.get(name) else {
                let known: Vec<&str> = book.profiles.keys().map(String::as_str).collect();
                return Err(Failure::wrong(format!(
                    "There is no profile `{name}`; there is: {}.",
                    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
                )));
            };
            let said = format!("Commands go to {} from now on.", profile.server);
            book.current = Some(name.clone());
            turn.write(&book)?;
            if !options.json {
                print(&said)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How one is logged in there.
fn login(profile: &Profile) -> Option<&'static str> {
    match (&profile.key, &profile.access_token) {
        (Some(_), _) => Some("key"),
        (None, Some(_)) => Some("user"),
        (None, None) => None,
    }
}
