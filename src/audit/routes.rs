//! `/audit`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde_json::Value;

use super::{Filter, Hash};
use crate::App;
use crate::db::Page;
use crate::error::Error;
use crate::http::{self, Answer, ok};

/// `GET /audit`, the newest first: `?actor=`, `?action=`, `?subject=`, `?since=`,
/// `?until=`, `?limit=`, `?before=`
pub async fn list(
    app: Data<App>,
    page: Page,
    query: Query<Vec<(String, String)>>,
) -> Answer<HttpResponse> {
    let filter = Filter::read(&query)?;
    super::seal_if_possible(&app.pool).await;
    let client = app.pool.get().await.map_err(Error::from)?;
    let entries = super::list(&client, &filter, page.before, http::newest_limit(page)).await?;
    Ok(http::newest(page, &entries, |entry: &Value| entry["id"].as_i64().unwrap_or_default()))
}

/// `GET /audit/verification`, with `?head=HASH` of a hash that was kept.
pub async fn verify(app: Data<App>, query: Query<Vec<(String, String)>>) -> Answer<HttpResponse> {
    let known = query.iter().find(|(name, _)| name == "head").map(|(_, text)| text.trim());
    let known: Option<Hash> = known
        .map(str::parse)
        .transpose()
        .map_err(|message: &str| Error::invalid("head", message))?;
    super::seal_if_possible(&app.pool).await;
    let client = app.pool.get().await.map_err(Error::from)?;
    Ok(ok(&super::verify(&client, known.as_ref()).await?))
}
