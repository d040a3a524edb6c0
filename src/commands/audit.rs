//! `audit verify`, on the database itself.

use std::io::Write;
use std::process::ExitCode;

use tokio_postgres::Client;

use super::{connect_to_installed, fail_as};
use crate::audit::{self, Hash, Verification};
use crate::error::Result;

/// What `audit verify` is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// A hash that was kept elsewhere: the entry that it was of must still be there
    #[arg(long, value_name = "HASH")]
    pub head: Option<Hash>,
}

/// Verifies the chain in the database itself.
pub async fn verify(options: &Options, is_json: bool) -> ExitCode {
    let mut client = match connect_to_installed(is_json).await {
        Ok(client) => client,
        Err(status) => return status,
    };
    match find_out(&mut client, options.head.as_ref()).await {
        Ok(verification) => tell(&verification, is_json),
        Err(error) => fail_as(is_json, &error),
    }
}

/// What can't be sealed now has no place in the chain yet, so the chain is verified
/// without it.
async fn find_out(client: &mut Client, known: Option<&Hash>) -> Result<Verification> {
    if let Err(error) = audit::seal(client).await {
        eprintln!("integratedb: what is new could not be sealed first: {error}");
    }
    audit::verify(client, known).await
}

/// Says how the chain is. Exit status 1: not as it was sealed.
pub fn tell(verification: &Verification, is_json: bool) -> ExitCode {
    let text = if is_json {
        serde_json::to_string_pretty(verification).unwrap_or_default()
    } else {
        verification.in_words()
    };
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::from(u8::from(!verification.is_intact)),
        Err(_) => ExitCode::from(2),
    }
}
