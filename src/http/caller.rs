//! Who is calling, and whether they may.

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, ResponseError, web};
use secrecy::SecretString;

use super::BASE;
use super::failure::{Answer, Failure};
use crate::error::Error;
use crate::tokens::{self, Bearer};
use crate::users::{self, User};
use crate::{App, auth};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anyone,
    /// Anyone who brings a user's valid token.
    User,
    /// The same, or anyone while there is no user yet.
    UserOrFirst,
    /// A user, or the stakeholder that the path names with a token of its own.
    Stakeholder,
    /// The same. The token may also be the parameter `access_token` of the query (RFC
    /// 6750, section 2.3), since browsers can set no header where they open a stream.
    Stream,
}

/// Which routes there are below [`BASE`]: method, path, who may call it.
#[derive(Debug, Clone, Copy)]
pub struct RouteTable(pub &'static [(&'static str, &'static str, Access)]);

/// Who is behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Somebody without a token, where the route admits such.
    Nobody,
    User(User),
    /// A stakeholder, and with which of its tokens.
    Stakeholder {
        id: i64,
        token: i64,
    },
}

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
        Err(failure) => Ok(request.into_response(failure.error_response()).map_into_right_body()),
    }
}

async fn identify(request: &ServiceRequest) -> Answer<Caller> {
    let app = request.app_data::<web::Data<App>>().ok_or_else(|| Error::internal("no app"))?;
    let routes = request.app_data::<web::Data<RouteTable>>();
    let access = access(routes.map_or(&[], |routes| routes.0), request);
    if access == Access::Anyone {
        return Ok(Caller::Nobody);
    }
    let token = match (bearer_token(request)?, access) {
        (None, Access::Stream) => token_in_query(request),
        (token, _) => token.map(str::to_owned),
    };
    match (access, token) {
        (Access::UserOrFirst, None) => {
            let secret = request.headers().get("x-bootstrap-secret");
            users::first::admit(app, secret.and_then(|secret| secret.to_str().ok())).await?;
            Ok(Caller::Nobody)
        }
        (_, None) => {
            Err(Error::Unauthenticated("The header Authorization: Bearer <token> is missing.")
                .into())
        }
        (Access::Stakeholder | Access::Stream, Some(token)) => {
            let bearer = tokens::admit(app, id_in_path(request), &token).await?;
            request.extensions_mut().insert(Credential(token.into()));
            Ok(bearer.into())
        }
        (_, Some(token)) => Ok(Caller::User(auth::identify(app, &token).await?)),
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

impl FromRequest for Credential {
    type Error = Failure;
    type Future = Ready<Answer<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let credential = request.extensions().get::<Self>().cloned();
        ready(credential.ok_or_else(|| Error::internal("a route without a token").into()))
    }
}

impl From<Bearer> for Caller {
    fn from(bearer: Bearer) -> Self {
        match bearer {
            Bearer::User(user) => Self::User(user),
            Bearer::Stakeholder { id, token } => Self::Stakeholder { id, token },
        }
    }
}
