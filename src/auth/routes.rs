//! `/auth`: logging in and staying in.

use actix_web::HttpResponse;
use actix_web::web::Data;
use secrecy::SecretString;

use super::login;
use crate::App;
use crate::error::{Error, FieldErrors};
use crate::http::{Answer, Body, ok};

/// `POST /auth/login`
pub async fn log_in(app: Data<App>, body: Body) -> Answer<HttpResponse> {
    let form = body.envelope(&["data", "user"])?;
    let mut errors = FieldErrors::default();
    let username = errors.keep("username", form.required_text("username"));
    let password = errors.keep("password", form.required_text("password"));
    errors.into_result()?;
    let (username, password) = (username.unwrap_or_default(), password.unwrap_or_default());
    Ok(ok(&login::log_in(&app, username.trim(), SecretString::from(password)).await?))
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
