//! The counting of requests and of how long they take.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web;

use crate::App;
use crate::figures::Asked;

/// The methods that have a figure of their own; a caller could think of any number.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Counts the request, until its answer begins.
pub async fn measure(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let figures = request.app_data::<web::Data<App>>().map(|app| app.figures.clone());
    let method = METHODS.iter().copied().find(|known| *known == request.method().as_str());
    let started = Instant::now();
    let in_flight = figures.as_ref().map(crate::figures::Instance::begin);
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let outcome = next.call(request).await;
    drop(in_flight);
    if let Some(figures) = figures {
        let status = match &outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        let asked = Asked { method: method.unwrap_or("other"), route };
        figures.answered(asked, status.as_u16(), started.elapsed());
    }
    outcome
}
