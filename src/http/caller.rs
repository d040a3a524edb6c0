//! Who is calling, and whether they may.

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, ResponseError, web};

use super::BASE;
use super::failure::{Answer, Failure};
use crate::error::Error;
use crate::users::{self, User};
use crate::{App, auth};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anyone,
    /// Anyone who brings a valid token.
    User,
    /// The same, or anyone while there is no user yet.
    UserOrFirst,
}

/// Which routes there are below [`BASE`]: method, path, who may call it.
#[derive(Debug, Clone, Copy)]
pub struct RouteTable(pub &'static [(&'static str, &'static str, Access)]);

/// The user behind a request; `None` where the route admits callers without one.
#[derive(Debug, Clone)]
pub struct Caller(pub Option<User>);

/// Lets a request in whose caller may call the route, and remembers who it is.
pub async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    match identify(&request).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(failure) => Ok(request.into_response(failure.error_response()).map_into_right_body()),
    }
}

async fn identify(request: &ServiceRequest) -> Answer<Caller> {
    let app = request.app_data::<web::Data<App>>().ok_or_else(|| Error::internal("no app"))?;
    let routes = request.app_data::<web::Data<RouteTable>>();
    let access = access(routes.map_or(&[], |routes| routes.0), request);
    if access == Access::Anyone {
        return Ok(Caller(None));
    }
    match (access, bearer_token(request)?) {
        (Access::UserOrFirst, None) => {
            let secret = request.headers().get("x-bootstrap-secret");
            users::first::admit(app, secret.and_then(|secret| secret.to_str().ok())).await?;
            Ok(Caller(None))
        }
        (_, None) => {
            Err(Error::Unauthenticated("The header Authorization: Bearer <token> is missing.")
                .into())
        }
        (_, Some(token)) => Ok(Caller(Some(auth::identify(app, token).await?))),
    }
}

/// Paths and methods that aren't there want a token too: they tell nothing.
fn access(routes: &[(&str, &str, Access)], request: &ServiceRequest) -> Access {
    let pattern = request.match_pattern().unwrap_or_default();
    let path = pattern.strip_prefix(BASE).unwrap_or_default();
    routes
        .iter()
        .find(|(method, other, _)| *other == path && *method == request.method().as_str())
        .map_or(Access::User, |(.., access)| *access)
}

fn bearer_token(request: &ServiceRequest) -> Answer<Option<&str>> {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Ok(None) };
    let unreadable = Error::Unauthenticated("The header Authorization must be `Bearer <token>`.");
    header
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| Some(token.trim()))
        .ok_or(Failure::Core(unreadable))
}

impl FromRequest for Caller {
    type Error = Failure;
    type Future = Ready<Answer<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Self>().cloned();
        ready(caller.ok_or_else(|| Error::internal("a route outside the gate").into()))
    }
}
