//! `gate`.

use std::process::ExitCode;

use tokio_postgres::Client;

use super::{connect_to_installed, fail};
use crate::audit::{self, Attribution};
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
    let mut client = match connect_to_installed().await {
        Ok(client) => client,
        Err(status) => return status,
    };
    let acted = Attribution::command().scope(act(&mut client, action)).await;
    let (outcome, has_recorded) = acted;
    if has_recorded && let Err(error) = audit::seal(&mut client).await {
        eprintln!("integratedb: the audit could not be sealed, the server will: {error}");
    }
    match outcome {
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

async fn act(client: &mut Client, action: Action) -> Result<Status> {
    match action {
        Action::Enable => gate::enable(client).await?,
        Action::Disable => gate::disable(client).await?,
        Action::Status => {}
    }
    gate::status(client).await
}
