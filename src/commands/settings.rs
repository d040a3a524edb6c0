//! `settings`: what can be set, in `--help` and in the manual.

use std::io::Write;
use std::process::ExitCode;

use clap::Command;

use crate::config::{SETTINGS, Setting};

const HOW: &str = "Settings are environment variables, each also <NAME>_FILE with the name of a file \
     that holds it, or lines in the file of --config, their names in lower case.";

const WHERE: &str = "`integratedb help settings` lists them.";

const WHO: &str = "serve needs DATABASE_URL and SECRET_KEY_BASE; dev, demo and check bring their own \
     Postgres; migrate, doctor, gate, snapshot, rotate-password and uninstall need only DATABASE_URL. \
     unmet, impact, drift, journal, plan, apply, export and audit verify speak to the database of \
     DATABASE_URL if it is set, and to a server if --server or --profile is given or there is no \
     DATABASE_URL. health, profiles, settings, completions and man need neither. The others are a \
     client of a server.";

/// The commands, with what their help says of settings.
pub fn explained(command: Command) -> Command {
    command
        .after_help(format!("{HOW} {WHERE}\n\n{WHO}"))
        .mut_subcommand("settings", |settings| settings.after_help(format!("{HOW}\n{}", list())))
}

/// Prints them.
pub fn print() -> ExitCode {
    match write!(std::io::stdout(), "{}", list()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(2),
    }
}

fn list() -> String {
    let width = SETTINGS.iter().map(|setting| setting.name.len() + 2).max().unwrap_or_default();
    let lines = SETTINGS.iter().map(|setting| {
        format!("  {:<width$}{}{}\n", setting.name, setting.meaning, default(setting))
    });
    lines.collect()
}

/// A section of the manual page: a tag for each, and what it means below.
pub fn manual() -> String {
    let settings = SETTINGS.iter().map(|setting| {
        let meaning = escaped(&format!("{}{}", setting.meaning, default(setting)));
        format!(".TP\n\\fB{}\\fR\n{meaning}\n", setting.name)
    });
    format!(".SH SETTINGS\n{}\n{}", escaped(HOW), settings.collect::<String>())
}

fn default(setting: &Setting) -> String {
    match setting.default {
        "" => String::new(),
        default => format!(" [default: {default}]"),
    }
}

/// Text that roff prints as it is.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
