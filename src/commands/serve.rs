//! `serve` and `migrate`.

use std::process::ExitCode;

use super::fail;
use crate::config::{Database, Settings};
use crate::{db, server};

/// Serves until SIGTERM or SIGINT, then lets running requests finish.
pub async fn serve() -> ExitCode {
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(mistakes) => return fail(&mistakes),
    };
    let bound = match server::bind(&settings).await {
        Ok(bound) => bound,
        Err(error) => return fail(&error),
    };
    tracing::info!(address = %bound.address, "listening");
    match bound.server.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Brings the database up to date.
pub async fn migrate() -> ExitCode {
    let database = match Database::from_env() {
        Ok(database) => database,
        Err(mistakes) => return fail(&mistakes),
    };
    let outcome = match db::pool(&database) {
        Ok(pool) => server::migrate(&pool).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}
