//! `/impact`, `/dependencies`, `/relations`, `/unmet`, `/drift` and `/journal`.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde_json::json;

use super::Asked;
use crate::App;
use crate::db::Page;
use crate::error::{Error, Result};
use crate::http::{self, Answer, ok};

/// How many lines between stakeholders and tables are answered, if it isn't said.
const MOST_CLAIMS: i64 = 5000;

/// `GET /impact?path=sales.orders`
pub async fn impact(app: Data<App>, query: Query<Vec<(String, String)>>) -> Answer<HttpResponse> {
    let path = value(&query, "path")?.unwrap_or_default();
    let client = app.pool.get().await.map_err(Error::from)?;
    Ok(ok(&super::impact(&client, path).await?))
}

/// `GET /dependencies`, with `?stakeholder=ID`, `?schema=`, `?table=` and `?limit=`
pub async fn dependencies(
    app: Data<App>,
    query: Query<Vec<(String, String)>>,
    page: Page,
) -> Answer<HttpResponse> {
    let id = |text: &str| text.parse().ok().filter(|id: &i64| *id > 0);
    let wrong = || Error::invalid("stakeholder", "must be an id");
    // An empty one is no id either, where an empty text asks for nothing.
    let stakeholder = query.iter().find(|(name, _)| name == "stakeholder");
    let stakeholder = stakeholder.map(|(_, text)| id(text).ok_or_else(wrong)).transpose()?;
    let asked = Asked {
        stakeholder,
        schema: value(&query, "schema")?.map(str::to_owned),
        table: value(&query, "table")?.map(str::to_owned),
    };
    let client = app.pool.get().await.map_err(Error::from)?;
    let most = page.limit.unwrap_or(MOST_CLAIMS);
    let found = super::dependencies(&client, &asked, most).await?;
    Ok(HttpResponse::Ok().json(BTreeMap::from([("data", found)])))
}

/// `GET /relations`, with `?schema=`, `?search=` and `?limit=`
pub async fn relations(
    app: Data<App>,
    query: Query<Vec<(String, String)>>,
    page: Page,
) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let (schema, search) = (value(&query, "schema")?, value(&query, "search")?);
    Ok(ok(&super::relations(&client, schema, search, http::newest_limit(page)).await?))
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

/// A parameter of the query, unless it is empty.
fn value<'a>(query: &'a [(String, String)], name: &str) -> Result<Option<&'a str>> {
    match query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()) {
        // Which no text of Postgres can hold.
        Some(value) if value.contains('\0') => Err(Error::invalid(name, "is invalid")),
        value => Ok(value.filter(|value| !value.is_empty())),
    }
}
