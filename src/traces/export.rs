//! The sending of spans, many at a time.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use tokio::sync::mpsc;

use super::encode::encode;
use super::{Message, Settings, Span};
use crate::error::{Error, Result, chain};

/// How many spans are sent at once.
const BATCH: usize = 512;

/// How long a span waits for others.
const DELAY: Duration = Duration::from_secs(2);

/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends spans to a collector. What can't be sent is lost, and the log says so: a
/// collector in trouble must not become ours.
pub struct Exporter {
    settings: Settings,
    url: String,
    http: reqwest::Client,
}

impl Exporter {
    /// Connects nowhere yet.
    pub fn new(settings: Settings) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        for (name, value) in &settings.headers {
            let name: HeaderName = name.parse().map_err(Error::internal)?;
            let mut value =
                HeaderValue::from_str(value.expose_secret()).map_err(Error::internal)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let http = reqwest::Client::builder().default_headers(headers).timeout(PATIENCE).build();
        let url = format!("{}/v1/traces", settings.endpoint.trim_end_matches('/'));
        Ok(Self { settings, url, http: http.map_err(Error::internal)? })
    }

    /// Sends what comes, until nobody tells any more.
    pub async fn run(self, mut messages: mpsc::Receiver<Message>) {
        let mut spans = Vec::new();
        let mut beats = tokio::time::interval(DELAY);
        loop {
            tokio::select! {
                message = messages.recv() => match message {
                    Some(Message::Span(span)) => spans.push(*span),
                    Some(Message::Flush(answer)) => {
                        self.send(&mut spans).await;
                        // Whoever asked may have gone.
                        let _ = answer.send(());
                    }
                    None => return self.send(&mut spans).await,
                },
                _ = beats.tick() => self.send(&mut spans).await,
            }
            if spans.len() >= BATCH {
                self.send(&mut spans).await;
            }
        }
    }

    async fn send(&self, spans: &mut Vec<Span>) {
        if spans.is_empty() {
            return;
        }
        let body = encode(&self.settings, spans);
        let sent = self.http.post(&self.url).body(body).send().await;
        if let Err(error) = sent.and_then(reqwest::Response::error_for_status) {
            let error = chain(&error.without_url());
            tracing::warn!(error, spans = spans.len(), "the collector of traces took nothing");
        }
        spans.clear();
    }
}
