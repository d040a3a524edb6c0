//! `/health` and `/ready`.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::web::Data;
use serde_json::json;

use crate::App;

/// `GET /health`: the program runs and answers. Says nothing of what it works with, so
/// that a database that is gone doesn't get the program restarted.
pub async fn alive() -> HttpResponse {
    let answer = json!({ "data": { "is_alive": true } });
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer)
}

/// `GET /ready`: whether requests had better come here.
pub async fn ready(app: Data<App>) -> HttpResponse {
    let readiness = app.health.readiness(&app).await;
    if readiness.is_ready {
        let mut answer = HttpResponse::Ok();
        return answer
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(json!({ "data": &*readiness }));
    }
    let errors = json!({ "detail": readiness.reason(), "checks": readiness.checks });
    HttpResponse::ServiceUnavailable()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((RETRY_AFTER, "1"))
        .json(json!({ "errors": errors }))
}
