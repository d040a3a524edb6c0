//! What is asked of whoever sits there, and what is read from standard input instead.

use std::io::{IsTerminal, Read, Write, stderr, stdin};

use secrecy::SecretString;

use crate::client::{Failure, Result};
use crate::folder::visible;

/// Whether somebody sits there who could answer.
pub fn is_somebody_there() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Asks for a line.
pub fn line(prompt: &str) -> Result<String> {
    let mut line = String::new();
    let asked = write!(stderr(), "{prompt}").and_then(|()| stderr().flush());
    asked.and_then(|()| stdin().read_line(&mut line)).map_err(|error| unasked(&error))?;
    Ok(line.trim().to_owned())
}

/// Asks for a password, which is not shown; from standard input if that is wanted.
pub fn password(prompt: &str, is_piped: bool) -> Result<SecretString> {
    if is_piped {
        return piped("password");
    }
    if !is_somebody_there() {
        return Err(Failure::wrong(
            "There is nobody to ask for the password: pass it with --password-stdin.",
        ));
    }
    let password = rpassword::prompt_password(format!("{prompt}: "));
    Ok(password.map_err(|error| unasked(&error))?.into())
}

/// Asks for a new password: twice, so that it is what was meant.
pub fn new_password(is_piped: bool) -> Result<SecretString> {
    use secrecy::ExposeSecret;
    let password = password("New password", is_piped)?;
    if !is_piped {
        let again = self::password("Once more", false)?;
        if again.expose_secret() != password.expose_secret() {
            return Err(Failure::wrong("The two passwords differ. Nothing was changed."));
        }
    }
    Ok(password)
}

/// A secret in the first line of standard input.
pub fn piped(what: &str) -> Result<SecretString> {
    let text = input()?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::wrong(format!("There is no {what} in standard input.")));
    }
    Ok(line.to_owned().into())
}

/// All of standard input.
pub fn input() -> Result<String> {
    let mut text = String::new();
    stdin().read_to_string(&mut text).map_err(|error| unasked(&error))?;
    Ok(text)
}

/// Whether something is meant that can't be taken back.
#[derive(Debug, clap::Args)]
pub struct Sure {
    /// Doesn't ask whether it is meant; has to be said where there is nobody to ask
    #[arg(long)]
    yes: bool,
}

impl Sure {
    /// Makes sure that it is meant. Where there is nobody to ask, what isn't said is not
    /// taken for granted.
    pub fn confirm(&self, question: &str) -> Result<()> {
        if self.yes {
            return Ok(());
        }
        if !is_somebody_there() {
            return Err(Failure::wrong(format!(
                "{question} There is nobody to ask: say --yes if it is meant. Nothing was changed."
            )));
        }
        match line(&format!("{} [y/N] ", visible(question)))?.to_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Failure::wrong("Nothing was changed.")),
        }
    }
}

fn unasked(error: &std::io::Error) -> Failure {
    Failure::wrong(format!("Standard input can't be read: {error}"))
}
