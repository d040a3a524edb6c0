//! Figures of this instance: the requests it was asked, and its connections to Postgres.

use std::sync::OnceLock;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::db;

/// Up to how many seconds a request took, by the buckets of the histogram.
const BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// What was asked: a method and a route's pattern, of which there are only so many.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Asked {
    pub method: &'static str,
    pub route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    state: &'static str,
}

/// What is counted while the instance runs. All workers count into the same.
#[derive(Debug, Clone)]
pub struct Instance {
    answered: Family<Answered, Counter>,
    durations: Family<Asked, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    timeouts: Counter,
    pools: std::sync::Arc<OnceLock<Vec<db::Pool>>>,
    /// What Postgres is asked through for figures: a connection of their own, so that a pool
    /// in full use doesn't look like a database that is gone.
    pub(super) own: db::Pool,
}

/// A request that is being worked on, until this is dropped.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Instance {
    /// Has counted nothing yet. The pool has one connection.
    pub fn new(own: db::Pool) -> Self {
        Self {
            answered: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            in_flight: Gauge::default(),
            timeouts: Counter::default(),
            pools: std::sync::Arc::default(),
            own,
        }
    }

    /// A request has come.
    pub fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// A request was answered, with this status, and took so long.
    pub fn answered(&self, asked: Asked, status: u16, took: Duration) {
        self.durations.get_or_create(&asked).observe(took.as_secs_f64());
        let Asked { method, route } = asked;
        let status = class(status);
        self.answered.get_or_create(&Answered { method, route, status }).inc();
    }

    /// A request was given up because it took too long.
    pub fn timed_out(&self) {
        self.timeouts.inc();
    }

    /// Says which pools there are, once.
    pub fn watch(&self, pools: Vec<db::Pool>) {
        drop(self.pools.set(pools));
    }

    /// Puts the figures into a registry.
    pub fn register(&self, registry: &mut Registry) {
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", version);
        let requests = "Requests that were answered, by class of status";
        registry.register("http_requests", requests, self.answered.clone());
        let durations = "How long requests took";
        registry.register_with_unit(
            "http_request_duration",
            durations,
            Unit::Seconds,
            self.durations.clone(),
        );
        let in_flight = "Requests that are being worked on";
        registry.register("http_requests_in_flight", in_flight, self.in_flight.clone());
        let timeouts = "Requests that were given up because they took too long";
        registry.register("http_request_timeouts", timeouts, self.timeouts.clone());
        self.register_connections(registry);
    }

    fn register_connections(&self, registry: &mut Registry) {
        let connections = Family::<Connections, Gauge>::default();
        let (most, waiting) = (Gauge::<i64>::default(), Gauge::<i64>::default());
        let (mut open, mut idle) = (0, 0);
        for pool in self.pools.get().into_iter().flatten() {
            let status = pool.status();
            open += count(status.size);
            idle += count(status.available);
            most.inc_by(count(status.max_size));
            waiting.inc_by(count(status.waiting));
        }
        let of = |state| connections.get_or_create_owned(&Connections { state });
        of("idle").set(idle);
        of("used").set((open - idle).max(0));
        let help = "Connections to Postgres that requests have, by state";
        registry.register("database_connections", help, connections);
        let help = "Connections to Postgres that requests may have at most";
        registry.register("database_connections_limit", help, most);
        let help = "Requests that wait for a connection to Postgres";
        registry.register("database_connections_awaited", help, waiting);
    }
}

fn class(status: u16) -> &'static str {
    match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
