//! One line a request, under an id that the answer carries too.

use std::time::Instant;

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use tracing::Instrument;
use uuid::Uuid;

use super::Failure;
use crate::error::chain;

/// The id of a request, for what is done because of it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is asked every few seconds, and worth a line only when it isn't well.
const PROBES: [&str; 3] = ["/health", "/ready", "/metrics"];

/// Runs the request in a span with its id: the caller's, if it is a sane one.
pub async fn record(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let id = request_id(&request);
    let span = tracing::info_span!("request", request_id = %id);
    let (method, path) = (request.method().clone(), request.path().to_owned());
    request.extensions_mut().insert(RequestId(id.clone()));
    let started = Instant::now();
    let mut outcome = next.call(request).instrument(span).await;
    let (status, failure) = match &mut outcome {
        Ok(response) => {
            if let Ok(value) = HeaderValue::from_str(&id) {
                response.headers_mut().insert(REQUEST_ID, value);
            }
            (response.status(), response.response().error())
        }
        // One that was given up half-way.
        Err(error) => (error.as_response_error().status_code(), Some(&*error)),
    };
    // Why it couldn't be answered; what callers do wrong they are told themselves.
    let error = failure.filter(|_| status.is_server_error());
    let error = error.and_then(|error| error.as_error::<Failure>()).map(|failure| chain(failure));
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = status.as_u16();
    if PROBES.contains(&path.as_str()) && status < 400 {
        tracing::debug!(request_id = %id, method = %method, path, status, duration_ms, "request");
    } else {
        tracing::info!(request_id = %id, method = %method, path, status, duration_ms, error, "request");
    }
    outcome
}

fn request_id(request: &ServiceRequest) -> String {
    request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (8..=128).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}
