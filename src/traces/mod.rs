//! Traces of requests, told to a collector by OTLP over HTTP where one is configured, under
//! OpenTelemetry's names of settings. Where none is, nothing of this happens.
//!
//! Spans are few and flat, so they are written by hand (`encode.rs`): the libraries for
//! this would double what the program is compiled from.

mod context;
mod encode;
mod export;
mod settings;

use std::time::SystemTime;

use tokio::sync::{mpsc, oneshot};

pub use context::{Context, SpanId, TraceId};
pub use settings::{Sampler, Settings, pairs};

/// How many spans wait at most; those that find no room are left out.
const ROOM: usize = 2048;

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct Span {
    /// Of which trace, and whose child.
    pub context: Context,
    pub name: String,
    pub began_at: SystemTime,
    pub ended_at: SystemTime,
    pub attributes: Vec<(&'static str, Value)>,
    /// Whether it failed by our fault.
    pub has_failed: bool,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(i64),
}

enum Message {
    Span(Box<Span>),
    /// Everything before this is to be sent, and then this answered.
    Flush(oneshot::Sender<()>),
}

/// Where spans go. Clones share it.
#[derive(Debug, Clone)]
pub struct Tracer {
    sampler: Sampler,
    sender: mpsc::Sender<Message>,
}

impl Tracer {
    /// Begins to tell a collector.
    pub fn start(settings: Settings) -> crate::error::Result<Self> {
        let (sender, receiver) = mpsc::channel(ROOM);
        let sampler = settings.sampler;
        tokio::spawn(export::Exporter::new(settings)?.run(receiver));
        Ok(Self { sampler, sender })
    }

    /// The context of a request that came with this header `traceparent`; none if it isn't
    /// to be traced.
    pub fn begin(&self, traceparent: Option<&str>, tracestate: Option<&str>) -> Option<Context> {
        let parent = traceparent.and_then(Context::read);
        let is_wanted = self.sampler.wants(parent.as_ref());
        is_wanted.then(|| Context::child_of(parent.as_ref(), tracestate))
    }

    /// Tells of a span, unless too many wait already.
    pub fn tell(&self, span: Span) {
        drop(self.sender.try_send(Message::Span(Box::new(span))));
    }

    /// Waits until all that was told before is sent, or could not be.
    pub async fn finish(&self) {
        let (answer, answered) = oneshot::channel();
        if self.sender.send(Message::Flush(answer)).await.is_ok() {
            // If the exporter is gone, there is nothing to wait for.
            drop(answered.await);
        }
    }
}
