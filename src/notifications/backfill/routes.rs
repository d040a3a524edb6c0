//! `/stakeholders/:id/notifications/backfill`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::{Value, json};

use super::{ask, cancel, store};
use crate::App;
use crate::db::Page;
use crate::error::{Error, Result};
use crate::http::{self, Answer, Body, created, id, ids, newest_limit, ok};
use crate::stakeholders;

/// `POST /stakeholders/:id/notifications/backfill`
pub async fn create(app: Data<App>, path: Path<String>, body: Body) -> Answer<HttpResponse> {
    let stakeholder = id(&path)?;
    let request = body.member("data").unwrap_or(&Value::Null);
    let outcome = ask(&app, stakeholder, request).await?;
    let mut backfill = find(&app, stakeholder, outcome.id).await?;
    if !outcome.left_out.is_empty() {
        backfill["left_out"] = json!(outcome.left_out);
    }
    let path = format!("/stakeholders/{stakeholder}/notifications/backfill/{}", outcome.id);
    Ok(created(&path, &backfill))
}

/// `GET /stakeholders/:id/notifications/backfill`
pub async fn list(app: Data<App>, path: Path<String>, page: Page) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let stakeholder = stakeholders::store::by_id(&client, id(&path)?).await?;
    let which = (page, newest_limit(page));
    let backfills = store::list(&client, stakeholder.id, None, which).await?;
    Ok(http::newest(page, &backfills, |one| one["id"].as_i64().unwrap_or_default()))
}

/// `GET /stakeholders/:id/notifications/backfill/:no`
pub async fn show(app: Data<App>, path: Path<(String, String)>) -> Answer<HttpResponse> {
    let (stakeholder, no) = ids(&path)?;
    Ok(ok(&find(&app, stakeholder, no).await?))
}

/// `DELETE /stakeholders/:id/notifications/backfill/:no`, which cancels it. What has
/// been read by then is told.
pub async fn cancel(app: Data<App>, path: Path<(String, String)>) -> Answer<HttpResponse> {
    let (stakeholder, no) = ids(&path)?;
    cancel::cancel(&app, stakeholder, no).await?;
    Ok(ok(&find(&app, stakeholder, no).await?))
}

async fn find(app: &App, stakeholder: i64, no: i64) -> Result<Value> {
    let client = app.pool.get().await?;
    let page = Page { after: 0, before: None, limit: None };
    let found = store::list(&client, stakeholder, Some(no), (page, 1)).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}
