//! Traces of requests, as a collector receives them.

use std::collections::BTreeMap;

use crate::support::program::{Serve, output};
use crate::support::{Database, Receiver, eventually};

/// The fields of a protobuf message: by number, all that came.
#[derive(Debug, Clone, Default)]
struct Fields(BTreeMap<u64, Vec<Field>>);

#[derive(Debug, Clone)]
enum Field {
    Number(u64),
    Bytes(Vec<u8>),
}

impl Fields {
    fn read(mut bytes: &[u8]) -> Self {
        let mut fields = Self::default();
        while !bytes.is_empty() {
            let tag = varint(&mut bytes);
            let field = match tag & 7 {
                0 => Field::Number(varint(&mut bytes)),
                1 => Field::Number(u64::from_le_bytes(take(&mut bytes, 8).try_into().unwrap())),
                2 => {
                    let length = usize::try_from(varint(&mut bytes)).unwrap();
                    Field::Bytes(take(&mut bytes, length).to_vec())
                }
                other => panic!("wire type {other}"),
            };
            fields.0.entry(tag >> 3).or_default().push(field);
        }
        fields
    }

    fn bytes(&self, field: u64) -> Vec<Vec<u8>> {
        let fields = self.0.get(&field).into_iter().flatten();
        fields
            .map(|field| match field {
                Field::Bytes(bytes) => bytes.clone(),
                Field::Number(number) => panic!("{number} is no message"),
            })
            .collect()
    }

    fn messages(&self, field: u64) -> Vec<Self> {
        self.bytes(field).iter().map(|bytes| Self::read(bytes)).collect()
    }

    fn text(&self, field: u64) -> String {
        String::from_utf8(self.bytes(field).concat()).unwrap()
    }

    fn number(&self, field: u64) -> u64 {
        match self.0.get(&field).map(Vec::as_slice) {
            Some([Field::Number(number)]) => *number,
            other => panic!("{other:?}"),
        }
    }

    /// The attributes in this field, as text.
    fn attributes(&self, field: u64) -> BTreeMap<String, String> {
        let pairs = self.messages(field).into_iter();
        pairs
            .map(|pair| {
                let value = &pair.messages(2)[0];
                let value = if value.0.contains_key(&1) {
                    value.text(1)
                } else {
                    value.number(3).to_string()
                };
                (pair.text(1), value)
            })
            .collect()
    }
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(length);
    *bytes = rest;
    taken
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return number;
        }
    }
    panic!("no number");
}

/// The spans that have come, each with what the resource says of the program.
fn spans(collector: &Receiver) -> Vec<(BTreeMap<String, String>, Fields)> {
    let mut spans = Vec::new();
    for request in collector.received() {
        assert_eq!(request.path, "/v1/traces");
        assert_eq!(request.headers["content-type"], "application/x-protobuf");
        assert_eq!(request.headers["x-key"], "a secret");
        for of_resource in Fields::read(&request.body).messages(1) {
            let resource = of_resource.messages(1)[0].attributes(1);
            let of_scopes = of_resource.messages(2).into_iter();
            let found = of_scopes.flat_map(|of_scope| of_scope.messages(2));
            spans.extend(found.map(|span| (resource.clone(), span)));
        }
    }
    spans
}

/// A collector. It answers nothing that a webhook would, whose events are JSON.
fn collector() -> (Receiver, String) {
    let collector = Receiver::start();
    collector.answer_with(304);
    let endpoint = collector.url().replace("/hook", "");
    (collector, endpoint)
}

#[tokio::test]
async fn a_request_becomes_a_span_in_the_trace_of_its_caller() {
    let (collector, endpoint) = collector();
    let url = Database::create().await.control_url();
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20secret"),
        ("OTEL_SERVICE_NAME", "registry"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test"),
    ];
    let mut serve = Serve::start(&url, &settings).await;
    let ask = async |path: &str, traceparent: Option<&str>| {
        let mut request = serve.http.get(format!("{}{path}", serve.origin));
        if let Some(traceparent) = traceparent {
            request = request.header("traceparent", traceparent).header("tracestate", "a=1");
        }
        request.send().await.unwrap()
    };
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
    let answer = ask("/api/v1/users/7?secret=1", Some(&format!("{parent}-01"))).await;
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    ask("/health", Some(&format!("{parent}-00"))).await;
    ask("/ready", None).await;
    serve.signal("TERM");
    serve.ended().await;

    let spans = spans(&collector);
    let names: Vec<String> = spans.iter().map(|(_, span)| span.text(5)).collect();
    assert_eq!(names, ["GET /api/v1/users/{id}", "GET /ready"], "{spans:?}");
    let (resource, span) = &spans[0];
    assert_eq!(resource["service.name"], "registry");
    assert_eq!(resource["deployment.environment"], "test");
    assert_eq!(span.bytes(1).concat()[..2], [0x0a, 0xf7]);
    assert_eq!(span.bytes(4).concat()[..2], [0xb7, 0xad]);
    assert_eq!((span.text(3).as_str(), span.number(6)), ("a=1", 2));
    assert!(span.number(7) <= span.number(8) && span.number(7) > 1_700_000_000_000_000_000);
    let attributes = span.attributes(9);
    for (key, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/api/v1/users/{id}"),
        ("url.path", "/api/v1/users/7"),
        ("url.scheme", "http"),
        ("http.response.status_code", "401"),
        ("integratedb.request_id", &request_id),
    ] {
        assert_eq!(attributes[key], value, "{key}");
    }
    let root = &spans[1].1;
    assert!(root.bytes(4).is_empty() && root.bytes(1)[0].len() == 16);
    assert!(!serve.log().contains("a secret") && !serve.log().contains("a%20secret"));
}

#[tokio::test]
async fn a_collector_in_trouble_is_not_ours() {
    let (collector, endpoint) = collector();
    collector.answer_with(503);
    let url = Database::create().await.control_url();
    let serve = Serve::start(&url, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]).await;
    let answer = serve.http.get(format!("{}/health", serve.origin)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    eventually("for the log to say so", async || {
        serve.log().contains("the collector of traces took nothing")
    })
    .await;
}

#[tokio::test]
async fn settings_of_traces_that_cannot_be_used_are_said() {
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "nothing"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ];
    let ended = output(&["serve"], &settings).await;
    let text = String::from_utf8(ended.stderr).unwrap();
    for (name, _) in settings {
        assert!(text.contains(&format!("{name} ")), "{name}: {text}");
    }
}
