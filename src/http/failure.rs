//! The only table from errors to answers.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Value, json};

use super::etag::etag;
use crate::db::unavailability;
use crate::error::{Error, chain};

/// What a handler answers.
pub type Answer<T> = Result<T, Failure>;

/// What a request can fail with: the core's errors, and those of HTTP itself.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Core(#[from] Error),
    #[error("bad request: {0}")]
    BadRequest(String),
    #[error("no such route")]
    NoSuchRoute,
    #[error("method not allowed")]
    MethodNotAllowed { allowed: String },
    #[error("content too large")]
    TooLarge { mebibytes: usize },
    #[error("unsupported media type")]
    UnsupportedMediaType,
}

/// How long a caller had better wait before it tries again.
const RETRY_AFTER_SECONDS: &str = "1";

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Core(error) => match error {
                Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
                Error::WrongCredentials | Error::Forbidden(_) => StatusCode::FORBIDDEN,
                Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
                Error::NotFound | Error::Missing(_) => StatusCode::NOT_FOUND,
                Error::Conflict(_) | Error::Running | Error::WouldBreak(_) => StatusCode::CONFLICT,
                Error::Outdated(_) => StatusCode::PRECONDITION_FAILED,
                Error::Invalid(_) | Error::InvalidDocument(_) | Error::Mismatch { .. } => {
                    StatusCode::UNPROCESSABLE_ENTITY
                }
                Error::Busy(_) | Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
                Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NoSuchRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        // Of the others the request's own line says why.
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = chain(self), status = status.as_u16(), "request failed");
        }
        let mut response = HttpResponse::build(status);
        match self {
            Self::Core(Error::Unauthenticated(_)) => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer"));
            }
            Self::Core(Error::TooMany { seconds }) => {
                response.insert_header((RETRY_AFTER, *seconds));
            }
            Self::Core(Error::Busy(_) | Error::Unavailable(_)) => {
                response.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS));
            }
            Self::Core(Error::Outdated(now)) => {
                response.insert_header((ETAG, etag(now)));
            }
            Self::MethodNotAllowed { allowed } => {
                response.insert_header((ALLOW, allowed.as_str()));
            }
            _ => {}
        }
        response.json(json!({ "errors": self.errors() }))
    }
}

impl Failure {
    fn errors(&self) -> Value {
        let detail = |text: &str| json!({ "detail": text });
        match self {
            Self::Core(error) => match error {
                Error::WrongCredentials => detail("Wrong credentials."),
                Error::NotFound | Error::Internal(_) => detail(self.reason()),
                Error::Unavailable(source) => detail(unavailability(source.as_ref())),
                Error::Invalid(fields) => json!(fields),
                Error::InvalidDocument(faults) => json!({ "detail": faults }),
                Error::Mismatch { claims, faults } => json!({ "claims": claims, "detail": faults }),
                Error::Conflict(why)
                | Error::WouldBreak(why)
                | Error::Forbidden(why)
                | Error::Missing(why) => detail(why),
                Error::Running => detail("A request with this Idempotency-Key is still running."),
                Error::TooMany { seconds } => {
                    detail(&format!("Too many attempts. Try again in {seconds} seconds."))
                }
                Error::Outdated(_) => detail(
                    "Somebody has changed it meanwhile: it is not in the version that If-Match or \
                     If-None-Match asks for. Read it again; ETag has the version that there is now.",
                ),
                Error::Unauthenticated(why) | Error::Busy(why) => detail(why),
            },
            Self::BadRequest(why) => detail(why),
            Self::TooLarge { mebibytes } => {
                detail(&format!("The body is larger than {mebibytes} MiB."))
            }
            Self::UnsupportedMediaType => {
                detail("The body must be JSON, with the header Content-Type: application/json.")
            }
            Self::NoSuchRoute | Self::MethodNotAllowed { .. } => detail(self.reason()),
        }
    }

    fn reason(&self) -> &'static str {
        self.status_code().canonical_reason().unwrap_or("Error")
    }
}

/// Answers for paths that aren't there.
pub async fn no_such_route() -> Answer<HttpResponse> {
    Err(Failure::NoSuchRoute)
}

/// Answers for methods that a path doesn't have.
pub fn method_not_allowed(allowed: String) -> std::future::Ready<Answer<HttpResponse>> {
    std::future::ready(Err(Failure::MethodNotAllowed { allowed }))
}
