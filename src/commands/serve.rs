//! `serve` and `migrate`.

use std::process::ExitCode;

use secrecy::ExposeSecret;
use tokio::task::JoinError;

use super::fail;
use crate::audit::{self, Attribution};
use crate::config::{Database, Settings};
use crate::db::{self, connection};
use crate::server::{self, Listening};

/// Serves until SIGTERM or SIGINT, then lets running requests finish.
pub async fn serve() -> ExitCode {
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(mistakes) => return fail(&mistakes),
    };
    let (address, app, server) = match server::listen(&settings) {
        Ok(Listening { address, app, server }) => (address, app, server),
        Err(error) => return fail(&error),
    };
    let handle = server.handle();
    let mut running = tokio::spawn(server);
    let ended = |outcome: Result<std::io::Result<()>, JoinError>| match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => fail(&error),
        Err(error) => fail(&error),
    };
    let telling = tokio::select! {
        outcome = &mut running => return ended(outcome),
        prepared = server::prepare_patiently(&app, &settings) => prepared,
    };
    match telling {
        Ok(_telling) => {
            tracing::info!(%address, tls = settings.tls.is_some(), "listening");
            let status = ended(running.await);
            if let Some(tracer) = &app.tracer {
                tracer.finish().await;
            }
            tracing::info!("stopped");
            status
        }
        Err(error) => {
            handle.stop(false).await;
            fail(&connection::at(settings.database.url.expose_secret(), error))
        }
    }
}

/// Brings the database up to date.
pub async fn migrate() -> ExitCode {
    let database = match Database::from_env() {
        Ok(database) => database,
        Err(mistakes) => return fail(&mistakes),
    };
    let outcome = match db::pool(&database) {
        Ok(pool) => {
            let migrated = Attribution::command().scope(server::migrate(&pool)).await;
            let (outcome, has_recorded) = migrated;
            if has_recorded {
                audit::seal_if_possible(&pool).await;
            }
            outcome
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&connection::at(database.url.expose_secret(), error)),
    }
}
