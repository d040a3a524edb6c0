//! `/stakeholders/:id/claims`.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::replace::version;
use super::store::{self, GrantChange, Kind};
use crate::App;
use crate::error::Error;
use crate::http::{self, Answer, Body, changed, id, versioned};
use crate::stakeholders;
use crate::version::Expected;

/// `GET /stakeholders/:id/claims`
pub async fn show(
    request: HttpRequest,
    app: Data<App>,
    path: Path<String>,
) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let stakeholder = stakeholders::store::by_id(&client, id(&path)?).await?;
    let spec = store::spec(&client, stakeholder.id, Kind::Claims).await?;
    versioned(&request, &spec.terse(), &version(&spec)?)
}

/// `PUT /stakeholders/:id/claims`, with `?dry_run=true` to see what it would do.
pub async fn replace(
    app: Data<App>,
    path: Path<String>,
    query: Query<Vec<(String, String)>>,
    expected: Expected,
    body: Body,
) -> Answer<HttpResponse> {
    let is_dry_run = http::is_dry_run(&query)?;
    let document = http::document(&body)?;
    let outcome = super::replace(&app, id(&path)?, document, &expected, is_dry_run).await?;
    let mut data = outcome.spec.terse();
    let (kept, changes): (Vec<&GrantChange>, Vec<&GrantChange>) =
        outcome.changes.iter().partition(|change| change.problem.is_some());
    if !kept.is_empty() {
        data["not_revoked"] = json!(kept);
    }
    if is_dry_run {
        let (grants, revokes): (Vec<&GrantChange>, Vec<&GrantChange>) =
            changes.into_iter().partition(|change| change.is_grant);
        data["dry_run"] = json!({ "grants": grants, "revokes": revokes });
    }
    Ok(changed(&data, &outcome.version))
}
