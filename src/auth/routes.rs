//! `/auth`: logging in and staying in.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use secrecy::SecretString;

use super::{Caller, login};
use crate::App;
use crate::error::{Error, FieldErrors};
use crate::http::{Answer, Body, address_of, ok};

/// `POST /auth/login`
pub async fn log_in(app: Data<App>, request: HttpRequest, body: Body) -> Answer<HttpResponse> {
    let form = body.envelope(&["data", "user"])?;
    let mut errors = FieldErrors::default();
    let username = errors.keep("username", form.required_text("username"));
    let password = errors.keep("password", form.required_text("password"));
    errors.into_result()?;
    let (username, password) = (username.unwrap_or_default(), password.unwrap_or_default());
    let address = address_of(&request, &app.trusted_proxies);
    let password = SecretString::from(password);
    Ok(ok(&login::log_in(&app, username.trim(), password, address).await?))
}

/// `GET /me`
pub async fn me(app: Data<App>, caller: Caller) -> Answer<HttpResponse> {
    Ok(ok(&super::describe(&app, &caller).await?))
}

/// `POST /auth/renew`
pub async fn renew(app: Data<App>, body: Body) -> Answer<HttpResponse> {
    match body.member("data") {
        Some(serde_json::Value::String(token)) => Ok(ok(&login::renew(&app, token.trim()).await?)),
        None | Some(serde_json::Value::Null) => {
            Err(Error::invalid("data", "can't be blank").into())
        }
        Some(_) => Err(Error::invalid("data", "is invalid").into()),
    }
}
