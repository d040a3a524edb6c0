//! OTLP's protobuf, as far as spans of requests need it: `ExportTraceServiceRequest` of
//! opentelemetry-proto 1.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{Settings, Span, Value};

/// A request that was answered is of this kind.
const SERVER: u64 = 2;
/// The status of what failed.
const ERROR: u64 = 2;

/// A message while it is written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn number(&mut self, field: u64, number: u64) {
        self.varint(field << 3);
        self.varint(number);
    }

    fn fixed(&mut self, field: u64, number: u64) {
        self.varint(field << 3 | 1);
        self.0.extend(number.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn message(&mut self, field: u64, write: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        write(&mut inner);
        self.bytes(field, &inner.0);
    }

    fn attribute(&mut self, field: u64, key: &str, value: &Value) {
        self.message(field, |pair| {
            pair.bytes(1, key.as_bytes());
            pair.message(2, |any| match value {
                Value::Text(text) => any.bytes(1, text.as_bytes()),
                Value::Number(number) => any.number(3, number.cast_unsigned()),
            });
        });
    }

    fn span(&mut self, span: &Span) {
        let context = &span.context;
        self.bytes(1, &context.trace);
        self.bytes(2, &context.span);
        if let Some(state) = &context.state {
            self.bytes(3, state.as_bytes());
        }
        if let Some(parent) = &context.parent {
            self.bytes(4, parent);
        }
        self.bytes(5, span.name.as_bytes());
        self.number(6, SERVER);
        self.fixed(7, nanoseconds(span.began_at));
        self.fixed(8, nanoseconds(span.ended_at));
        for (key, value) in &span.attributes {
            self.attribute(9, key, value);
        }
        if span.has_failed {
            self.message(15, |status| status.number(3, ERROR));
        }
    }
}

/// Spans of this program, ready to be sent.
pub fn encode(settings: &Settings, spans: &[Span]) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION");
    let text = |text: &str| Value::Text(text.to_owned());
    let mut request = Message::default();
    request.message(1, |of_resource| {
        of_resource.message(1, |resource| {
            resource.attribute(1, "service.name", &text(&settings.service));
            resource.attribute(1, "service.version", &text(version));
            for (key, value) in &settings.resource {
                resource.attribute(1, key, &text(value));
            }
        });
        of_resource.message(2, |of_scope| {
            of_scope.message(1, |scope| {
                scope.bytes(1, b"integratedb");
                scope.bytes(2, version.as_bytes());
            });
            for span in spans {
                of_scope.message(2, |message| message.span(span));
            }
        });
    });
    request.0
}

fn nanoseconds(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
