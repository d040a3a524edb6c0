//! `gate`.

use std::process::ExitCode;

use secrecy::ExposeSecret;

use super::fail;
use crate::config::Database;
use crate::db::connection;
use crate::error::Result;
use crate::gate::{self, Status};

#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub enum Action {
    /// Validates every transaction that changes the schema at its COMMIT, whether it calls anything or not
    Enable,
    /// Leaves it to migrations again to call `integratedb_validate_migration()`
    Disable,
    /// Says whether the gate is in force; exits with 0 if it is, 1 if not
    Status,
}

/// Acts on the gate of the database. Exit status 2: it could not be done.
pub async fn run(action: Action) -> ExitCode {
    let database = match Database::from_env() {
        Ok(database) => database,
        Err(mistakes) => return fail(&mistakes),
    };
    let url = database.url.expose_secret();
    match act(url, action).await {
        Ok(status) => {
            let words = match status {
                Status::Enabled => {
                    "The gate is in force: every transaction that changes the schema is validated at its COMMIT."
                }
                Status::Incomplete => {
                    "The gate is not in force: one of its event triggers is missing, disabled, or knows too few commands. `integratedb gate enable` mends it."
                }
                Status::Disabled => {
                    "There is no gate: migrations are validated if they call integratedb_validate_migration()."
                }
            };
            eprintln!("{words}");
            let is_as_asked = match action {
                Action::Disable => status == Status::Disabled,
                Action::Enable | Action::Status => status == Status::Enabled,
            };
            ExitCode::from(u8::from(!is_as_asked))
        }
        Err(error) => fail(&error),
    }
}

async fn act(url: &str, action: Action) -> Result<Status> {
    let mut client = connection::connect(url).await?;
    match action {
        Action::Enable => gate::enable(&mut client).await?,
        Action::Disable => gate::disable(&mut client).await?,
        Action::Status => {}
    }
    gate::status(&client).await
}
