//! `gate`.

use std::process::ExitCode;

use serde_json::json;
use tokio_postgres::Client;

use super::insight::answer;
use super::{connect_to_installed, fail_as};
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

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Options {
    /// Prints JSON for programs: how the `gate` is: enabled, incomplete or disabled
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

/// Acts on the gate of the database. Exit status 2: it could not be done.
pub async fn run(Options { json, action }: Options) -> ExitCode {
    let mut client = match connect_to_installed(json).await {
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
            let is_as_asked = match action {
                Action::Disable => status == Status::Disabled,
                Action::Enable | Action::Status => status == Status::Enabled,
            };
            let code = ExitCode::from(u8::from(!is_as_asked));
            if json {
                return answer(true, &json!({ "gate": status }), |_| String::new(), code);
            }
            eprintln!("{words}");
            code
        }
        Err(error) => fail_as(json, &error),
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
