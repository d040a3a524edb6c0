//! `/claims/plan` and `/claims/apply`: everybody's claims at once.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::Value;

use super::Wish;
use crate::App;
use crate::error::{Error, Result};
use crate::http::{Answer, LargeBody, ok};

/// `POST /claims/plan`
pub async fn plan(app: Data<App>, body: LargeBody) -> Answer<HttpResponse> {
    compare(&app, &body, true).await
}

/// `POST /claims/apply`
pub async fn apply(app: Data<App>, body: LargeBody) -> Answer<HttpResponse> {
    compare(&app, &body, false).await
}

async fn compare(app: &App, body: &LargeBody, is_dry_run: bool) -> Answer<HttpResponse> {
    let data = body.0.member("data").unwrap_or(&Value::Null);
    let wish = Wish { is_dry_run, prunes: prunes(data)? };
    let folder = super::of_documents(data.get("documents"))?;
    let mut client = app.pool.get().await.map_err(Error::from)?;
    let comparison =
        super::apply(&mut client, &folder, wish, (&app.turns, app.lock_timeout)).await?;
    drop(client);
    if !comparison.problems.is_empty() {
        return Err(Error::InvalidDocument(super::faults(comparison)).into());
    }
    if comparison.is_applied {
        app.changes.until_heeded().await;
    }
    Ok(ok(&comparison.to_json()))
}

fn prunes(data: &Value) -> Result<bool> {
    match data.get("prune") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(prunes)) => Ok(*prunes),
        Some(_) => Err(Error::invalid("prune", "must be true or false")),
    }
}
