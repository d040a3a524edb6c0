//! Binding, mounting, and stopping in order.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{Data, QueryConfig};
use actix_web::{App as Actix, HttpServer, dev};

use crate::config::Settings;
use crate::error::{Error, Result};
use crate::http::{self, Failure};
use crate::{App, auth, db, routes, stakeholders};

/// A server that is bound and not yet running.
pub struct Bound {
    pub address: SocketAddr,
    /// Runs until it is stopped; SIGTERM and SIGINT let running requests finish.
    pub server: dev::Server,
}

/// What requests will work with; connects nowhere yet.
pub fn app(settings: &Settings) -> Result<App> {
    Ok(App {
        pool: db::pool(&settings.database)?,
        passwords: auth::Passwords::default(),
        tokens: Arc::new(auth::Tokens::new(
            &settings.secret_key_base,
            settings.token_lifetime,
            settings.refresh_token_lifetime,
        )?),
        bootstrap_secret: settings.bootstrap_secret.clone(),
        lock_timeout: settings.lock_timeout,
    })
}

/// Brings the database up to date, finishes what a crash interrupted, and binds.
pub async fn bind(settings: &Settings) -> Result<Bound> {
    let app = app(settings)?;
    migrate(&app.pool).await?;
    stakeholders::finish_deletions(&app).await?;
    let server = HttpServer::new(move || {
        Actix::new()
            .app_data(Data::new(app.clone()))
            .app_data(QueryConfig::default().error_handler(|error, _| {
                Failure::BadRequest(format!("The query can't be read: {error}.")).into()
            }))
            .configure(routes::mount)
            .default_service(actix_web::web::to(http::no_such_route))
            .wrap(from_fn(http::record))
    })
    .shutdown_timeout(settings.shutdown_timeout.as_secs())
    .bind((settings.host.as_str(), settings.port))
    .map_err(Error::internal)?;
    let address = *server.addrs().first().ok_or_else(|| Error::internal("bound to no address"))?;
    Ok(Bound { address, server: server.run() })
}

/// Applies pending migrations and installs the engine; logs which.
pub async fn migrate(pool: &db::Pool) -> Result<()> {
    let mut client = pool.get().await?;
    let applied = db::install(&mut client).await.map_err(Error::internal)?;
    tracing::info!(applied = applied.join(", "), "the database is up to date");
    Ok(())
}
