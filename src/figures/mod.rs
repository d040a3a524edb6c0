//! Figures for those who watch over the program, in Prometheus's text format.

mod audit;
mod channels;
mod format;
mod housekeeping;
mod instance;
mod process;
mod protection;
pub mod routes;

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::time::{Instant, timeout_at};

pub use format::Format;
pub use instance::{Asked, Instance};

use crate::error::{Error, Result, chain};
use crate::{App, db};

/// A gauge that may be a fraction.
type Figure = Gauge<f64, std::sync::atomic::AtomicU64>;

/// How long Postgres may take for what it is asked; Prometheus gives up after ten seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// The figures as they are now: of this instance, and of what is common to all. If
/// Postgres doesn't answer, that is one of the figures, and what it would say is missing.
pub async fn text(app: &App, format: Format) -> Result<String> {
    let mut registry = Registry::default();
    process::register(&mut registry);
    let ours = registry.sub_registry_with_prefix("integratedb");
    app.figures.register(ours);
    let leading = Gauge::<i64>::default();
    leading.set(app.changes.tail.head().borrow().is_leading.into());
    ours.register("stream_leader", "Whether this instance reads the stream", leading);
    let is_up = match ask(app, ours).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(error = chain(&error), "figures without Postgres");
            false
        }
    };
    let up = Gauge::<i64>::default();
    up.set(is_up.into());
    ours.register("database_up", "Whether Postgres answered what these figures need", up);
    let mut text = String::new();
    encode(&mut text, &registry).map_err(Error::internal)?;
    Ok(format.write(text))
}

/// What only Postgres knows.
async fn ask(app: &App, registry: &mut Registry) -> Result<()> {
    let silent = |_| Error::Busy("Postgres doesn't answer.");
    let deadline = Instant::now() + PATIENCE;
    let client = timeout_at(deadline, app.figures.own.get()).await.map_err(silent)??;
    let answered = timeout_at(deadline, async {
        channels::gather(&client, registry).await?;
        audit::figures(&client, registry).await?;
        protection::figures(&client, registry).await?;
        housekeeping::figures(&client, registry).await
    });
    match answered.await {
        Ok(outcome) => outcome,
        Err(late) => {
            // Whatever it says later would be an answer to this question.
            drop(db::Client::take(client));
            Err(silent(late))
        }
    }
}
