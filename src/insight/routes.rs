//! `/impact`, `/unmet`, `/drift` and `/journal`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde_json::json;

use crate::App;
use crate::db::Page;
use crate::error::Error;
use crate::http::{self, Answer, ok};

/// `GET /impact?path=sales.orders`
pub async fn impact(app: Data<App>, query: Query<Vec<(String, String)>>) -> Answer<HttpResponse> {
    let path = query.iter().find(|(name, _)| name == "path").map_or("", |(_, value)| value);
    let client = app.pool.get().await.map_err(Error::from)?;
    Ok(ok(&super::impact(&client, path).await?))
}

/// `GET /unmet`
pub async fn unmet(app: Data<App>) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let unmet = super::unmet(&client).await?;
    let refusals = super::refusals(&client).await?;
    Ok(HttpResponse::Ok().json(json!({ "data": unmet, "refusals": refusals })))
}

/// `GET /drift`
pub async fn drift(app: Data<App>) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    Ok(ok(&super::drift(&client).await?))
}

/// `GET /journal`, the newest first: `?limit=`, `?before=`
pub async fn journal(app: Data<App>, page: Page) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let entries = super::journal(&client, page.before, http::newest_limit(page)).await?;
    Ok(http::newest(page, &entries, |entry| entry.id))
}
