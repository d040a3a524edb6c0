//! Where log lines go: standard error, as text or as JSON.

use std::io::IsTerminal;

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

use crate::config;

/// Starts logging; a second call changes nothing.
pub fn start(settings: &config::Log) {
    let level = settings.level.as_str().to_lowercase();
    let audit = if settings.has_audit { "info" } else { "off" };
    // To the library, requests that can't be read are errors. Anybody can send as many as he likes.
    let unreadable = if settings.level > Level::INFO { &level } else { "off" };
    let filter = EnvFilter::new(format!(
        "{level},tokio_postgres=warn,deadpool_postgres=error,actix_server=warn,\
         actix_http::h1::dispatcher={unreadable},audit={audit}"
    ));
    let layer = tracing_subscriber::fmt::layer()
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    let started = if settings.json {
        registry.with(layer.json().flatten_event(true).with_span_list(false)).try_init()
    } else {
        registry.with(layer).try_init()
    };
    drop(started);
}
