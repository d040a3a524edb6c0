//! `/metrics`.

use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::App;
use crate::http::Answer;

/// `GET /metrics`
pub async fn show(app: Data<App>) -> Answer<HttpResponse> {
    let text = super::text(&app).await?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(HttpResponse::Ok().content_type(kind).body(text))
}
