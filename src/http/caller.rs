//! Who is calling, and whether they may.

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use secrecy::SecretString;

use super::failure::{Answer, Failure};
use super::{BASE, cookie};
use crate::auth::{self, Access, Caller};
use crate::error::Error;
use crate::{App, sessions, users};

/// Which routes there are below a path: method, path, who may call it.
#[derive(Debug, Clone, Copy)]
pub struct RouteTable(pub &'static [(&'static str, &'static str, Access)]);

/// The token that a request was let in with, for what goes on after it was.
#[derive(Debug, Clone)]
pub struct Credential(pub SecretString);

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
        Err(failure) => Ok(request.error_response(failure).map_into_right_body()),
    }
}

async fn identify(request: &ServiceRequest) -> Answer<Caller> {
    let app = request.app_data::<web::Data<App>>().ok_or_else(|| Error::internal("no app"))?;
    let routes = request.app_data::<web::Data<RouteTable>>();
    let access = access(routes.map_or(&[], |routes| routes.0), request);
    if access == Access::Anyone {
        return Ok(Caller::Nobody);
    }
    let token = match (bearer_token(request.headers())?, access) {
        (None, Access::StreamOr(_)) => token_in_query(request),
        (token, _) => token.map(str::to_owned),
    };
    let caller = match (access, token) {
        (_, Some(token)) => {
            let caller = auth::identify(app, &token).await?;
            request.extensions_mut().insert(Credential(token.into()));
            caller
        }
        // A stream outlives its request, and asks for the token again and again.
        (Access::StreamOr(_), None) => return Err(Error::Unauthenticated(auth::MISSING).into()),
        (_, None) => without_token(app, request, access).await?,
    };
    access.admit(&caller, id_in_path(request))?;
    Ok(caller)
}

/// Who it is that brings no token: a browser with a session, or the first user.
async fn without_token(app: &App, request: &ServiceRequest, access: Access) -> Answer<Caller> {
    let session = cookie::of(request.request(), &app.trusted_proxies);
    let user = match &session {
        Some(session) => sessions::identify(app, session).await?,
        None => None,
    };
    match (user, session) {
        (Some(user), Some(session)) => {
            cookie::refuse_forged(request.method(), request.headers(), &session)?;
            Ok(Caller::User(user))
        }
        _ if matches!(access, Access::FirstOr(_)) => {
            let secret = request.headers().get("x-bootstrap-secret");
            users::first::admit(app, secret.and_then(|secret| secret.to_str().ok())).await?;
            Ok(Caller::Nobody)
        }
        (_, Some(_)) => Err(Error::Unauthenticated(sessions::ENDED).into()),
        (_, None) => Err(Error::Unauthenticated(auth::MISSING).into()),
    }
}

/// Paths and methods that aren't there want a token too: they tell nothing.
fn access(routes: &[(&str, &str, Access)], request: &ServiceRequest) -> Access {
    let pattern = request.match_pattern().unwrap_or_default();
    let path = pattern.strip_prefix(BASE).unwrap_or_default();
    routes
        .iter()
        .find(|(method, other, _)| *other == path && *method == request.method().as_str())
        .map_or(Access::Anybody, |(.., access)| *access)
}

/// What stands for `{id}`. The middleware runs before the resource is matched, so
/// nobody has taken it out of the path yet.
fn id_in_path(request: &ServiceRequest) -> Option<i64> {
    let pattern = request.match_pattern()?;
    let mut segments = pattern.split('/').zip(request.match_info().as_str().split('/'));
    segments.find(|(name, _)| *name == "{id}")?.1.parse().ok()
}

fn token_in_query(request: &ServiceRequest) -> Option<String> {
    let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string()).ok()?;
    query.into_inner().into_iter().find(|(name, _)| name == "access_token").map(|(_, token)| token)
}

/// What stands in the header `Authorization`, if there is one: anything but a bearer token
/// is refused.
pub fn bearer_token(headers: &HeaderMap) -> Answer<Option<&str>> {
    let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
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

impl FromRequest for Credential {
    type Error = Failure;
    type Future = Ready<Answer<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let credential = request.extensions().get::<Self>().cloned();
        ready(credential.ok_or_else(|| Error::internal("a route without a token").into()))
    }
}
