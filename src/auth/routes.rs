//! `/auth`: logging in and staying in.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::{Caller, login};
use crate::App;
use crate::error::Error;
use crate::http::{Answer, Body, address_of, ok};

/// `POST /auth/login`
pub async fn log_in(app: Data<App>, request: HttpRequest, body: Body) -> Answer<HttpResponse> {
    let (username, password) = body.envelope(&["data", "user"])?.login()?;
    let address = address_of(&request, &app.trusted_proxies);
    Ok(ok(&login::log_in(&app, &username, password, address).await?))
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
