//! Binding, mounting, and stopping in order.

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::web::{Data, QueryConfig};
use actix_web::{App as Actix, HttpServer, dev};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use tokio::signal::unix::{self, SignalKind};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::changes::{self, Changes};
use crate::config::{Database, Settings};
use crate::credentials::Whereabouts;
use crate::error::{Error, Result};
use crate::health::Health;
use crate::housekeeping::{self, Housekeeping};
use crate::http::{self, Failure};
use crate::notifications::{Backfills, Deliveries, Hubs};
use crate::{App, Stop, audit, auth, db, figures, gate, routes, stakeholders};

/// How long the other end of a connection may take nothing of what is sent.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(30);

/// How many connections the telling of channels has, in each of its two pools.
const TELLING: usize = 4;

/// How many connections the housekeeping has: one holds its lock, two do the work.
const KEEPING: usize = 3;

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

/// The reading of the stream, the telling of channels and the housekeeping, while it
/// isn't dropped.
pub struct Telling {
    stream: JoinHandle<()>,
    _housekeeping: Housekeeping,
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.stream.abort();
    }
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
        seal: Arc::new(auth::Seal::new(&settings.secret_key_base)?),
        changes: Arc::new(Changes::new(settings.database.url.clone(), settings.retention)),
        hearings: watch::Sender::default(),
        backfills: Backfills::default(),
        source: source(&settings.database)?,
        allows_private: settings.allows_private,
        whereabouts: Arc::new(whereabouts(settings)?),
        hubs: Hubs::default(),
        figures: figures::Instance::default(),
        metrics_token: settings.metrics_token.clone(),
        health: Arc::new(Health::new(db::pool(&Database {
            pool_size: 1,
            ..settings.database.clone()
        })?)),
        is_prepared: Arc::default(),
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

/// Reads the stream of changes and tells the channels, whenever no other instance
/// does.
async fn tell(app: App, positions: db::Pool) {
    let changes = Arc::clone(&app.changes);
    changes::leader::run(&changes, Deliveries::new(app, positions)).await;
}

/// Brings the database up to date, finishes what a crash interrupted, and binds.
pub async fn bind(settings: &Settings) -> Result<Bound> {
    let app = app(settings)?;
    migrate(&app.pool).await?;
    stakeholders::finish_deletions(&app).await?;
    let few = Database { pool_size: TELLING, ..settings.database.clone() };
    let teller = App { pool: db::pool(&few)?, ..app.clone() };
    let positions = db::hasty_pool(&few)?;
    let sealing = audit::keep_sealing(app.pool.clone());
    let telling = tokio::spawn(async {
        tokio::join!(tell(teller, positions), sealing);
    });
    let keeper = Database { pool_size: KEEPING, ..settings.database.clone() };
    let keeper = App { pool: db::pool(&keeper)?, ..app.clone() };
    let housekeeping = housekeeping::start(keeper, settings.housekeeping_interval);
    if settings.enables_gate {
        enable_gate(&app.pool).await?;
    }
    // A worker is a thread with connections of its own: to hand a query over to
    // another thread took longer than many a query.
    let workers = workers(settings.database.pool_size);
    let pools: Vec<db::Pool> = (0..workers)
        .map(|worker| {
            let share = (settings.database.pool_size + worker) / workers;
            db::pool(&Database { pool_size: share, ..settings.database.clone() })
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
            .wrap(from_fn(http::measure))
    })
    .workers(workers)
    .on_connect(|connection, _| prepare(connection))
    // Who hangs up hears nothing more, so what is told to them ends at once.
    .h1_allow_half_closed(false)
    .shutdown_signal(asked_to_stop(stop))
    .shutdown_timeout(settings.shutdown_timeout.as_secs())
    .bind((settings.host.as_str(), settings.port))
    .map_err(Error::internal)?;
    let address = *server.addrs().first().ok_or_else(|| Error::internal("bound to no address"))?;
    app.is_prepared.store(true, Ordering::Release);
    Ok(Bound {
        address,
        app,
        server: server.run(),
        telling: Telling { stream: telling, _housekeeping: housekeeping },
    })
}

/// Waits for the program to be asked to stop, and tells all that would go on.
async fn asked_to_stop(stop: Stop) {
    tokio::select! {
        () = stop.asked() => {}
        () = signal(SignalKind::terminate()) => {}
        () = signal(SignalKind::interrupt()) => {}
    }
    stop.ask();
}

async fn signal(kind: SignalKind) {
    match unix::signal(kind) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(error) => {
            tracing::error!(%error, "can't listen for signals");
            std::future::pending::<()>().await;
        }
    }
}

/// Sends at once what is said, which otherwise waits up to 40 ms for the other end to
/// acknowledge what was said before; and lets the system end a connection whose other
/// end takes nothing any more: it has vanished, or has stopped reading, and would hold
/// its stream for ever.
fn prepare(connection: &dyn Any) {
    if let Some(connection) = connection.downcast_ref::<tokio::net::TcpStream>() {
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

/// Puts the gate in force; without the right to, says how and goes on, since
/// explicit calls still protect.
async fn enable_gate(pool: &db::Pool) -> Result<()> {
    let mut client = pool.get().await?;
    match gate::enable(&mut client).await {
        Err(Error::Conflict(how)) => tracing::warn!(how, "the gate is not in force"),
        outcome => outcome?,
    }
    Ok(())
}

/// Applies pending migrations and installs the engine; logs which.
pub async fn migrate(pool: &db::Pool) -> Result<()> {
    let mut client = pool.get().await?;
    let applied = db::install(&mut client).await.map_err(Error::internal)?;
    if applied.is_empty() {
        tracing::info!("the database is up to date");
    } else {
        tracing::info!(applied = applied.join(", "), "brought the database up to date");
    }
    Ok(())
}
