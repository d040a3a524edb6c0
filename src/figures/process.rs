//! Figures of the process, under the names that Prometheus's own libraries give them.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::Figure;

/// When these figures were asked for first, which the start of the server does.
pub static STARTED: LazyLock<f64> = LazyLock::new(|| {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
});

/// In which the system counts processor time: 100 a second on every Linux there is.
const TICKS_PER_SECOND: f64 = 100.0;

/// Puts the figures into a registry; those that the system tells where it has `/proc`.
pub fn register(registry: &mut Registry) {
    let process = registry.sub_registry_with_prefix("process");
    let started = Figure::default();
    started.set(*STARTED);
    let help = "When the process began, as a Unix time";
    process.register_with_unit("start_time", help, Unit::Seconds, started);
    if let Some(bytes) = resident_bytes() {
        let resident = Gauge::<i64>::default();
        resident.set(bytes);
        process.register_with_unit("resident_memory", "Memory in use", Unit::Bytes, resident);
    }
    if let Some(seconds) = processor_seconds() {
        let used = Counter::<f64, std::sync::atomic::AtomicU64>::default();
        used.inc_by(seconds);
        process.register_with_unit("cpu", "Processor time that was used", Unit::Seconds, used);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        let open = Gauge::<i64>::default();
        // One of them is that of this folder.
        open.set(i64::try_from(files.count()).unwrap_or(i64::MAX) - 1);
        process.register("open_fds", "Files and connections that are open", open);
    }
}

fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The 14th and 15th field of `stat`, of which the second, a name in parentheses, may hold
/// anything.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<f64>);
    Some(ticks.collect::<Result<Vec<_>, _>>().ok()?.iter().sum::<f64>() / TICKS_PER_SECOND)
}
