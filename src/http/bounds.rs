//! The bounds of every request of the API: it comes when the database is ready for it, and
//! takes only so long.

use std::sync::atomic::Ordering;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web;

use super::failure::Failure;
use crate::App;
use crate::error::Error;

/// Runs the request. One that takes too long is given up where it stands, as if its
/// caller had hung up; it answers 503.
pub async fn within_bounds(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let app = request.app_data::<web::Data<App>>().cloned();
    let app = app.ok_or_else(|| Failure::from(Error::internal("no app")))?;
    if !app.is_prepared.load(Ordering::Acquire) {
        let starting = Failure::from(Error::Busy("The database is not ready yet."));
        return Ok(request.error_response(starting).map_into_right_body());
    }
    if let Ok(outcome) = tokio::time::timeout(app.request_timeout, next.call(request)).await {
        return Ok(outcome?.map_into_left_body());
    }
    app.doubt.raise();
    app.figures.timed_out();
    Err(Failure::from(Error::Busy("This took longer than it may.")).into())
}
