//! To whom the changes of a request are put down.

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::address_of;
use super::request_log::RequestId;
use crate::App;
use crate::audit::{self, Actor, Attribution, Kind, Origin};
use crate::auth::Caller;

/// Puts down what a request changes to its caller, and seals it before the answer
/// leaves.
pub async fn attribute(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let app = request.app_data::<Data<App>>().cloned();
    let actor = request.extensions().get::<Caller>().map_or(Actor::of(Kind::Nobody), Actor::from);
    let origin = Origin {
        address: app
            .as_ref()
            .map(|app| address_of(request.request(), &app.trusted_proxies).to_string()),
        request_id: request.extensions().get::<RequestId>().map(|id| id.0.clone()),
    };
    let (response, has_recorded) = Attribution::new(actor, origin).scope(next.call(request)).await;
    if let (true, Some(app)) = (has_recorded, app) {
        audit::seal_if_possible(&app.pool).await;
    }
    response
}
