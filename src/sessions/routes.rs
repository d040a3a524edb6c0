//! `/auth/session`: logging in on the page, and out again.

use actix_web::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::App;
use crate::error::Error;
use crate::http::{self, Answer, Body, Failure, address_of, cookie, is_secure};
use crate::users;

/// `GET /auth/session`: who is logged in, or what a log-in has to know.
pub async fn show(app: Data<App>, request: HttpRequest) -> Answer<HttpResponse> {
    let secret = cookie::of(&request, &app.trusted_proxies);
    let user = match &secret {
        Some(secret) => super::identify(&app, secret).await?,
        None => None,
    };
    let answer = if let (Some(user), Some(secret)) = (user, secret) {
        json!({ "data": super::Session { user, csrf_token: secret.csrf_token() } })
    } else {
        let client = app.pool.get().await.map_err(Error::from)?;
        let needs_first_user = !users::store::any_exists(&client).await?;
        json!({
            "data": null,
            "needs_first_user": needs_first_user,
            "takes_bootstrap_secret": needs_first_user && app.bootstrap_secret.is_some(),
        })
    };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}

/// `POST /auth/session`
pub async fn log_in(app: Data<App>, request: HttpRequest, body: Body) -> Answer<HttpResponse> {
    // Or another site could log its visitors in as somebody it knows.
    cookie::refuse_other_sites(request.headers())?;
    if request.headers().get("content-type").is_none() {
        return Err(Failure::UnsupportedMediaType);
    }
    let (username, password) = body.envelope(&["user", "data"])?.login()?;
    let address = address_of(&request, &app.trusted_proxies);
    let left = cookie::of(&request, &app.trusted_proxies);
    let (secret, session) = super::begin(&app, &username, password, address, left.as_ref()).await?;
    let is_secure = is_secure(&request, &app.trusted_proxies);
    let set = cookie::set(&secret, app.session_lifetime.whole, is_secure);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("{}/auth/session", http::BASE)))
        .insert_header((SET_COOKIE, set))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "data": session })))
}

/// `DELETE /auth/session`
pub async fn log_out(app: Data<App>, request: HttpRequest) -> Answer<HttpResponse> {
    if let Some(secret) = cookie::of(&request, &app.trusted_proxies) {
        super::end(&app, &secret).await?;
    }
    let is_secure = is_secure(&request, &app.trusted_proxies);
    Ok(HttpResponse::NoContent().insert_header((SET_COOKIE, cookie::clear(is_secure))).finish())
}
