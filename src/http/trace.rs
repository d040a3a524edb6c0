//! A span for each request, where traces are wanted.

use std::time::SystemTime;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, web};

use super::is_secure;
use super::request_log::RequestId;
use crate::App;
use crate::traces::{Span, Value};

/// Tells of the request, by OpenTelemetry's conventions for HTTP servers.
pub async fn trace(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let app = request.app_data::<web::Data<App>>();
    let Some((app, tracer)) = app.and_then(|app| Some((app, app.tracer.clone()?))) else {
        return next.call(request).await;
    };
    let is_secure = is_secure(request.request(), &app.trusted_proxies);
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let Some(context) = tracer.begin(header("traceparent"), header("tracestate")) else {
        return next.call(request).await;
    };
    let (method, route) = (request.method().to_string(), request.match_pattern());
    let mut attributes = vec![
        ("http.request.method", Value::Text(method.clone())),
        ("url.path", Value::Text(request.path().to_owned())),
        ("url.scheme", Value::Text(if is_secure { "https" } else { "http" }.to_owned())),
    ];
    attributes.extend(route.clone().map(|route| ("http.route", Value::Text(route))));
    let began_at = SystemTime::now();
    let outcome = next.call(request).await;
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    attributes.push(("http.response.status_code", Value::Number(status.as_u16().into())));
    if let Ok(response) = &outcome
        && let Some(id) = response.request().extensions().get::<RequestId>()
    {
        attributes.push(("integratedb.request_id", Value::Text(id.0.clone())));
    }
    let name = route.map_or_else(|| method.clone(), |route| format!("{method} {route}"));
    let (ended_at, has_failed) = (SystemTime::now(), status.is_server_error());
    tracer.tell(Span { context, name, began_at, ended_at, attributes, has_failed });
    outcome
}
