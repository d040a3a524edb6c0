//! `/stakeholders/:id/tokens`.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::store;
use crate::App;
use crate::auth::{Caller, Lifetime};
use crate::db::Page;
use crate::error::{Error, FieldErrors, Result};
use crate::http::{self, Answer, Body, created, id, ids, once};
use crate::stakeholders;

/// `GET /stakeholders/:id/tokens`
pub async fn list(app: Data<App>, path: Path<String>, page: Page) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let stakeholder = stakeholders::store::by_id(&client, id(&path)?).await?;
    let tokens = store::list(&client, stakeholder.id, page).await?;
    Ok(http::list(page, &tokens, |token| token.id))
}

/// `POST /stakeholders/:id/tokens`
pub async fn create(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    body: Body,
) -> Answer<HttpResponse> {
    let (stakeholder, (name, lifetime)) = (id(&path)?, wanted(&body)?);
    let once = once(&app, &request, &caller, &body)?;
    let story = super::create(&app, &caller, stakeholder, (&name, lifetime), &once);
    let token = once.answer(&app, story).await?;
    Ok(created(&format!("/stakeholders/{stakeholder}/tokens/{}", token["id"]), &token))
}

/// `DELETE /stakeholders/:id/tokens/:token_id`. Streams that it opened end with it.
pub async fn delete(app: Data<App>, path: Path<(String, String)>) -> Answer<HttpResponse> {
    let (stakeholder, token) = ids(&path)?;
    super::revoke(&app, stakeholder, token).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A name, and for how long.
fn wanted(body: &Body) -> Result<(String, Lifetime)> {
    let form = body.envelope(&["token", "data"])?;
    let mut errors = FieldErrors::default();
    let name = errors.keep("name", form.name());
    let lifetime = errors.keep("expires_in_days", form.days());
    errors.into_result()?;
    Ok((name.unwrap_or_default(), lifetime.unwrap_or_default()))
}
