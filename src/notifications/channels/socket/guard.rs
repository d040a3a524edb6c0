//! The guard of a stream: ends it when the server stops, and when whoever opened it
//! may no longer.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::Farewell;
use crate::App;
use crate::auth::{self, Access};
use crate::error::{Error, Result, chain};
use crate::stakeholders;

/// How often is looked whether the token is still good.
const ROUND: Duration = Duration::from_secs(4);

/// Watches over a stream that somebody opened with a token, for as long as the answer
/// is waited for. A task of its own, so that no event waits for the database.
pub fn watch(app: App, stakeholder: i64, token: SecretString) -> oneshot::Receiver<Farewell> {
    let (mut tell, farewell) = oneshot::channel();
    tokio::spawn(async move {
        let why = tokio::select! {
            () = app.stop.asked() => Farewell::Stopping,
            () = until_unwelcome(&app, stakeholder, &token) => Farewell::Unwelcome,
            () = tell.closed() => return,
        };
        // The stream may have ended meanwhile.
        drop(tell.send(why));
    });
    farewell
}

async fn until_unwelcome(app: &App, stakeholder: i64, token: &SecretString) {
    // A crowd that came at once doesn't ask at once.
    sleep(ROUND.mul_f64(rand::random())).await;
    loop {
        match is_welcome(app, stakeholder, token).await {
            Err(Error::Unauthenticated(_) | Error::Forbidden(_) | Error::NotFound) => return,
            Err(error) => {
                let error = chain(&error);
                tracing::warn!(error, "can't look whether a token is still good");
            }
            Ok(()) => {}
        }
        sleep(ROUND).await;
    }
}

async fn is_welcome(app: &App, stakeholder: i64, token: &SecretString) -> Result<()> {
    let caller = auth::identify(app, token.expose_secret()).await?;
    Access::STREAM.admit(&caller, Some(stakeholder))?;
    stakeholders::store::by_id(&app.pool.get().await?, stakeholder).await?;
    Ok(())
}
