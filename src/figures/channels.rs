//! Figures of the stream and the channels, which every instance shows the same.

use deadpool_postgres::GenericClient;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::Figure;
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfChannel {
    stakeholder: String,
    channel: String,
    r#type: String,
}

/// What is to be shown of the channels.
#[derive(Default)]
struct Channels {
    lag_bytes: Family<OfChannel, Figure>,
    lag_seconds: Family<OfChannel, Figure>,
    paused: Family<OfChannel, Gauge>,
    delivered: Family<OfChannel, Counter>,
    failures: Family<OfChannel, Counter>,
    dead_letters: Family<OfChannel, Gauge>,
}

/// Reads them anew, so that what is gone is shown no longer.
pub async fn gather(client: &impl GenericClient, registry: &mut Registry) -> Result<()> {
    let channels = Channels::default();
    let (held, unread) = (Figure::default(), Figure::default());
    for row in client.query("select * from integratedb.figures()", &[]).await? {
        let Some(channel) = row.get::<_, Option<String>>("channel") else {
            held.set(row.get("held_bytes"));
            unread.set(row.get("unread_bytes"));
            continue;
        };
        let labels =
            OfChannel { stakeholder: row.get("stakeholder"), channel, r#type: row.get("kind") };
        let count = |name: &str| u64::try_from(row.get::<_, i64>(name)).unwrap_or_default();
        for (family, name) in
            [(&channels.lag_bytes, "lag_bytes"), (&channels.lag_seconds, "lag_seconds")]
        {
            // What isn't known is left out: 0 would say that all is well.
            if let Some(figure) = row.get::<_, Option<f64>>(name) {
                family.get_or_create(&labels).set(figure);
            }
        }
        channels.paused.get_or_create(&labels).set(row.get::<_, bool>("is_paused").into());
        channels.delivered.get_or_create(&labels).inc_by(count("delivered"));
        channels.failures.get_or_create(&labels).inc_by(count("failures"));
        channels.dead_letters.get_or_create(&labels).set(row.get("dead_letters"));
    }
    let held_help = "Write-ahead log that Postgres keeps because of the replication slot";
    registry.register_with_unit("stream_wal_held", held_help, Unit::Bytes, held);
    let unread_help = "Write-ahead log that the stream has not read yet";
    registry.register_with_unit("stream_lag", unread_help, Unit::Bytes, unread);
    channels.register(registry);
    Ok(())
}

impl Channels {
    fn register(self, registry: &mut Registry) {
        let bytes = "Write-ahead log between what is read and what the channel is through with";
        registry.register_with_unit("channel_lag", bytes, Unit::Bytes, self.lag_bytes);
        let seconds = "How long the oldest change waits that the channel is not through with";
        registry.register_with_unit("channel_delay", seconds, Unit::Seconds, self.lag_seconds);
        registry.register("channel_paused", "Whether the channel is paused", self.paused);
        let events = "Events that arrived; of a SOCKET, that its clients were told";
        registry.register("channel_events", events, self.delivered);
        registry.register("channel_failures", "Attempts that failed", self.failures);
        let dead = "Events that were given up and not yet replayed or skipped";
        registry.register("channel_dead_letters", dead, self.dead_letters);
    }
}
