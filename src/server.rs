//! Binding, mounting, and stopping in order.

mod certificate;
mod prepare;

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::web::{Data, QueryConfig};
use actix_web::{App as Actix, HttpServer, dev};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio::signal::unix::{self, SignalKind};
use tokio::sync::watch;

use self::certificate::Certificate;
pub use self::prepare::{Telling, migrate, prepare, prepare_patiently};
use crate::changes::Changes;
use crate::claims::Turns;
use crate::config::{Database, Settings};
use crate::credentials::Whereabouts;
use crate::error::{Error, Result};
use crate::health::Health;
use crate::http::{self, Failure};
use crate::notifications::{Backfills, Hubs};
use crate::traces::Tracer;
use crate::{App, Stop, auth, db, figures, routes};

/// How long the other end of a connection may take nothing of what is sent.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(30);

/// How long a request may take beside waiting, for a lock or for something to happen.
pub const TO_ANSWER: Duration = Duration::from_secs(2);

/// A server that is bound and not yet running.
pub struct Bound {
    pub address: SocketAddr,
    /// What its requests work with.
    pub app: App,
    /// Runs until it is stopped; SIGTERM and SIGINT let running requests finish.
    pub server: dev::Server,
    /// Ends with this.
    pub telling: Telling,
}

/// A server that is bound, on a database that may not be there.
pub struct Listening {
    pub address: SocketAddr,
    pub app: App,
    pub server: dev::Server,
}

/// What requests will work with; connects nowhere yet.
pub fn app(settings: &Settings) -> Result<App> {
    // A request that waits for a migration for as long as it may still has to answer.
    let request_timeout = settings.request_timeout.max(settings.lock_timeout + TO_ANSWER);
    let doubt = db::Doubt::default();
    let single = Database { pool_size: 1, ..settings.database.clone() };
    Ok(App {
        pool: db::bounded_pool(&settings.database, request_timeout, &doubt)?,
        passwords: auth::Passwords::default(),
        tokens: Arc::new(auth::Tokens::new(
            &settings.secret_key_base,
            settings.token_lifetime,
            settings.refresh_token_lifetime,
        )?),
        bootstrap_secret: settings.bootstrap_secret.clone(),
        lock_timeout: settings.lock_timeout,
        turns: Turns::default(),
        seal: Arc::new(auth::Seal::new(&settings.secret_key_base)?),
        kept_answers: crate::idempotency::Keys::new(&settings.secret_key_base),
        changes: Arc::new(Changes::new(
            settings.database.url.clone(),
            settings.retention,
            settings.limits,
        )),
        hearings: watch::Sender::default(),
        backfills: Backfills::default(),
        source: source(&settings.database)?,
        allows_private: settings.allows_private,
        allows_private_redis: settings.allows_private_redis,
        whereabouts: Arc::new(whereabouts(settings)?),
        hubs: Hubs::default(),
        figures: figures::Instance::new(db::pool(&single)?),
        metrics_token: settings.metrics_token.clone(),
        health: Arc::new(Health::new(db::pool(&single)?)),
        seen: Arc::default(),
        is_prepared: Arc::default(),
        tracer: settings.traces.clone().map(Tracer::start).transpose()?,
        request_timeout,
        doubt,
        trusted_proxies: settings.trusted_proxies.clone().into(),
        session_lifetime: settings.session_lifetime,
        stop: Stop::default(),
    })
}

fn whereabouts(settings: &Settings) -> Result<Whereabouts> {
    let told = settings.stakeholder_database_url.as_deref();
    Whereabouts::new(settings.database.url.expose_secret(), told).map_err(Error::internal)
}

/// What events say they come from: `urn:integratedb:<database>`.
fn source(database: &Database) -> Result<Arc<str>> {
    const REMARKABLE: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let (config, _) =
        db::connection::read(database.url.expose_secret()).map_err(Error::internal)?;
    let name = config.get_dbname().or(config.get_user()).unwrap_or("postgres");
    Ok(format!("urn:integratedb:{}", utf8_percent_encode(name, REMARKABLE)).into())
}

/// Binds and prepares: a server whose requests can be served as soon as it runs.
pub async fn bind(settings: &Settings) -> Result<Bound> {
    let listening = listen(settings)?;
    let telling = prepare(&listening.app, settings).await?;
    let Listening { address, app, server } = listening;
    Ok(Bound { address, app, server, telling })
}

/// Binds. Until it is prepared too, the server says that it is alive, and not ready.
pub fn listen(settings: &Settings) -> Result<Listening> {
    let app = app(settings)?;
    // A worker is a thread with connections of its own: to hand a query over to
    // another thread took longer than many a query.
    let workers = workers(settings.database.pool_size);
    let pools: Vec<db::Pool> = (0..workers)
        .map(|worker| {
            let pool_size = (settings.database.pool_size + worker) / workers;
            let share = Database { pool_size, ..settings.database.clone() };
            db::bounded_pool(&share, app.request_timeout, &app.doubt)
        })
        .collect::<Result<_>>()?;
    app.figures.watch(pools.clone());
    let next = Arc::new(AtomicUsize::new(0));
    let (shared, stop) = (app.clone(), app.stop.clone());
    let server = HttpServer::new(move || {
        let pool = pools[next.fetch_add(1, Ordering::Relaxed) % pools.len()].clone();
        Actix::new()
            .app_data(Data::new(App { pool, ..shared.clone() }))
            .app_data(QueryConfig::default().error_handler(|error, _| {
                Failure::BadRequest(format!("The query can't be read: {error}.")).into()
            }))
            .configure(routes::mount)
            .default_service(actix_web::web::to(http::no_such_route))
            .wrap(from_fn(http::record))
            .wrap(from_fn(http::trace))
            .wrap(from_fn(http::measure))
            // Answers are for who asked; those that may be kept say so themselves.
            .wrap(DefaultHeaders::new().add((CACHE_CONTROL, "no-store")))
    })
    .workers(workers)
    .on_connect(|connection, _| setup(connection))
    // Who hangs up hears nothing more, so what is told to them ends at once.
    .h1_allow_half_closed(false)
    .shutdown_signal(asked_to_stop(stop))
    .shutdown_timeout(settings.shutdown_timeout.as_secs());
    let (host, port) = (settings.host.as_str(), settings.port);
    let server = match &settings.tls {
        None => server.bind((host, port)),
        Some(tls) => {
            let tls = Certificate::read(tls).map_err(Error::internal)?;
            server
                .bind_rustls_0_23((host, port), certificate::config(tls).map_err(Error::internal)?)
        }
    };
    let server = server.map_err(|error| {
        Error::internal(format!("can't listen at {host}, port {port} (HOST, PORT): {error}"))
    })?;
    let address = *server.addrs().first().ok_or_else(|| Error::internal("bound to no address"))?;
    Ok(Listening { address, app, server: server.run() })
}

/// Waits for the program to be asked to stop, and tells all that would go on. From the call
/// on a signal is no sudden end any more, although nobody waits yet.
fn asked_to_stop(stop: Stop) -> impl Future<Output = ()> {
    let (terminate, interrupt) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        tokio::select! {
            () = stop.asked() => {}
            () = terminate => {}
            () = interrupt => {}
        }
        tracing::info!("stopping");
        stop.ask();
    }
}

fn signal(kind: SignalKind) -> impl Future<Output = ()> {
    let signal = unix::signal(kind);
    async {
        match signal {
            Ok(mut signal) => drop(signal.recv().await),
            Err(error) => {
                tracing::error!(%error, "can't listen for signals");
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Sends at once what is said, which otherwise waits up to 40 ms for the other end to
/// acknowledge what was said before; and lets the system end a connection whose other
/// end takes nothing any more: it has vanished, or has stopped reading, and would hold
/// its stream for ever.
fn setup(connection: &dyn Any) {
    let encrypted = connection.downcast_ref::<TlsStream<TcpStream>>();
    let connection = match encrypted {
        Some(encrypted) => Some(encrypted.get_ref().0),
        None => connection.downcast_ref::<TcpStream>(),
    };
    if let Some(connection) = connection {
        // Both are improvements: where they can't be had, the connection works as well.
        drop(connection.set_nodelay(true));
        #[cfg(target_os = "linux")]
        drop(socket2::SockRef::from(connection).set_tcp_user_timeout(Some(SILENCE)));
    }
}

/// As many as there are cores, but none without a connection.
fn workers(connections: usize) -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).min(connections)
}
