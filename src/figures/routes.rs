//! `/metrics`.

use actix_web::http::header::ACCEPT;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;
use tokio::time::timeout;

use super::Format;
use crate::App;
use crate::auth::{self, Access};
use crate::error::Error;
use crate::http::Answer;
use crate::http::caller::bearer_token;
use crate::users::Role;

/// `GET /metrics` below the API.
pub async fn show(request: HttpRequest, app: Data<App>) -> Answer<HttpResponse> {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let format = Format::accepted(accept.unwrap_or_default());
    let text = super::text(&app, format).await?;
    Ok(HttpResponse::Ok().content_type(format.media_type()).body(text))
}

/// `GET /metrics` at the root, where Prometheus looks. The figures name stakeholders, so it
/// takes a credential: that of a user or a key, or the `METRICS_TOKEN`, which also works while
/// Postgres is away.
pub async fn scrape(request: HttpRequest, app: Data<App>) -> Answer<HttpResponse> {
    let token = bearer_token(request.headers())?.ok_or(Error::Unauthenticated(
        "The header Authorization: Bearer <token> is missing: a key, or METRICS_TOKEN.",
    ))?;
    let is_ours = app
        .metrics_token
        .as_ref()
        .is_some_and(|expected| expected.expose_secret().as_bytes().ct_eq(token.as_bytes()).into());
    if !is_ours {
        let caller =
            timeout(super::PATIENCE, auth::identify(&app, token)).await.map_err(|_| {
                app.doubt.raise();
                Error::Busy("Postgres doesn't answer, which is asked whose token this is.")
            })??;
        Access::Role(Role::Viewer).admit(&caller, None)?;
    }
    show(request, app).await
}
