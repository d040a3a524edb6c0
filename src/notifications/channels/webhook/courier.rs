//! One request: events into a body, signed, sent, and what came back.

use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::Webhook;
use super::failure::{self, Failure};
use super::signature::Signer;
use crate::error::{Error, Result};
use crate::notifications::Outgoing;
use crate::notifications::channels::guard;

/// Carries events to one endpoint.
pub struct Courier {
    client: Client,
    webhook: Webhook,
    signer: Signer,
    /// The URL, without what is secret in it.
    endpoint: String,
}

/// What is sent in one request, the same each time it is tried.
#[derive(Debug, PartialEq, Eq)]
pub struct Parcel {
    id: Arc<str>,
    content_type: HeaderValue,
    body: Bytes,
}

impl Courier {
    pub fn new(client: Client, webhook: Webhook) -> Result<Self> {
        let signer = Signer::new(&webhook.secrets).map_err(Error::internal)?;
        let endpoint = shown(&webhook.url);
        Ok(Self { client, webhook, signer, endpoint })
    }

    pub fn webhook(&self) -> &Webhook {
        &self.webhook
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Sends a request and waits for the end of its answer.
    pub async fn carry(&self, parcel: Parcel) -> Result<(), Failure> {
        let Webhook { url, timeout, allow_private, .. } = &self.webhook;
        if !allow_private {
            guard::check_literal(url.host_str().unwrap_or_default())
                .map_err(|refused| Failure::refused(&self.endpoint, &refused))?;
        }
        let timestamp = OffsetDateTime::now_utc().unix_timestamp();
        let signature = self.signer.sign(&parcel.id, timestamp, &parcel.body);
        let response = self
            .client
            .post(url.clone())
            .timeout(*timeout)
            .header(CONTENT_TYPE, parcel.content_type)
            .header("webhook-id", &*parcel.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(parcel.body)
            .send()
            .await
            .map_err(|error| Failure::unanswered(&self.endpoint, *timeout, &error))?;
        if !response.status().is_success() {
            return Err(Failure::answered(&self.endpoint, response).await);
        }
        failure::read(response).await;
        Ok(())
    }
}

impl Parcel {
    /// The event as it is.
    pub fn single(event: &Outgoing) -> Self {
        Self {
            id: Arc::clone(&event.id),
            content_type: HeaderValue::from_static("application/cloudevents+json"),
            body: Bytes::from_owner(Body(Arc::clone(&event.body))),
        }
    }

    /// The events as an array.
    pub fn batch(events: &[&Outgoing]) -> Self {
        let length: usize = events.iter().map(|event| event.body.len() + 1).sum();
        let mut body = String::with_capacity(length + 1);
        for event in events {
            body.push(if body.is_empty() { '[' } else { ',' });
            body.push_str(&event.body);
        }
        body.push(']');
        Self {
            id: batch_id(events),
            content_type: HeaderValue::from_static("application/cloudevents-batch+json"),
            body: body.into(),
        }
    }
}

/// The id of an event, or what only a batch of exactly these has: a receiver that
/// drops what it has seen must never drop a batch that merely begins like another.
fn batch_id(events: &[&Outgoing]) -> Arc<str> {
    match events {
        [event] => Arc::clone(&event.id),
        events => {
            let mut digest = Sha256::new();
            for event in events {
                digest.update(event.id.as_bytes());
                digest.update(b"\n");
            }
            let first = events.first().map_or("", |event| &event.id);
            let mut id = format!("{first}+{}:", events.len().saturating_sub(1));
            for byte in &digest.finalize()[..8] {
                // Writing to a string can't fail.
                let _ = write!(id, "{byte:02x}");
            }
            id.into()
        }
    }
}

fn shown(url: &Url) -> String {
    let mut endpoint = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        // Writing to a string can't fail.
        let _ = write!(endpoint, ":{port}");
    }
    endpoint + url.path()
}

/// Lends a body to a request without copying it.
struct Body(Arc<str>);

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::Position;

    fn event(id: &str) -> Outgoing {
        Outgoing {
            position: Position::default(),
            id: id.into(),
            subject: "public.orders".into(),
            order: 1,
            body: format!("{{\"id\":\"{id}\"}}").into(),
        }
    }

    #[test]
    fn the_same_events_have_the_same_id_and_others_another() {
        let (a, b, c) = (event("0/1:0"), event("0/1:1"), event("0/1:2"));
        let id = |events: &[&Outgoing]| Parcel::batch(events).id.to_string();
        assert_eq!(id(&[&a]), "0/1:0");
        assert_eq!(id(&[&a, &b, &c]), id(&[&a, &b, &c]));
        assert_ne!(id(&[&a, &b, &c]), id(&[&a, &c]));
        assert_ne!(id(&[&a, &b]), id(&[&a, &c]));
        assert!(id(&[&a, &b]).starts_with("0/1:0+1:"));
    }

    #[test]
    fn a_batch_is_an_array_of_events() {
        let (a, b) = (event("1"), event("2"));
        assert_eq!(Parcel::batch(&[&a, &b]).body, r#"[{"id":"1"},{"id":"2"}]"#);
        assert_eq!(Parcel::batch(&[&a]).body, r#"[{"id":"1"}]"#);
        assert_eq!(Parcel::single(&a).body, r#"{"id":"1"}"#);
    }

    #[test]
    fn what_is_secret_in_a_url_is_not_shown() {
        let url = "https://user:pass@example.com:8443/hooks/1?token=x#y".parse().unwrap();
        assert_eq!(shown(&url), "https://example.com:8443/hooks/1");
    }
}
