//! `/keys`.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::create::{Scope, Wanted};
use super::store;
use crate::App;
use crate::auth::Caller;
use crate::db::Page;
use crate::error::{Error, FieldErrors, Result};
use crate::http::{self, Answer, Body, created, id, once};
use crate::users::Role;

/// `GET /keys`
pub async fn list(app: Data<App>, page: Page) -> Answer<HttpResponse> {
    let keys = store::list(&app.pool.get().await.map_err(Error::from)?, page).await?;
    Ok(http::list(page, &keys, |key| key.id))
}

/// `POST /keys`
pub async fn create(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    body: Body,
) -> Answer<HttpResponse> {
    let (wanted, once) = (wanted(&body)?, once(&app, &request, &caller, &body)?);
    let key = once.answer(&app, super::create(&app, &caller, &wanted, &once)).await?;
    Ok(created(&format!("/keys/{}", key["id"]), &key))
}

/// `DELETE /keys/:id`. Streams that it opened end with it.
pub async fn delete(app: Data<App>, caller: Caller, path: Path<String>) -> Answer<HttpResponse> {
    super::revoke(&app, &caller, id(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A name, for how long, and either a role or a stakeholder.
fn wanted(body: &Body) -> Result<Wanted> {
    let form = body.envelope(&["key", "data"])?;
    let mut errors = FieldErrors::default();
    let name = errors.keep("name", form.name());
    let lifetime = errors.keep("expires_in_days", form.days()).unwrap_or_default();
    let role = form.text("role").and_then(|text| text.map(|text| Role::read(&text)).transpose());
    let role = errors.keep("role", role).flatten();
    let stakeholder = errors.keep("stakeholder_id", form.number("stakeholder_id")).flatten();
    errors.into_result()?;
    let scope = match (role, stakeholder) {
        (Some(role), None) => Scope::Role(role),
        (None, Some(id)) => Scope::Stakeholder(id),
        (Some(_), Some(_)) => {
            return Err(Error::invalid("role", "can't be set together with stakeholder_id"));
        }
        (None, None) => {
            return Err(Error::invalid("role", "can't be blank, unless there is a stakeholder_id"));
        }
    };
    Ok(Wanted { name: name.unwrap_or_default(), scope, lifetime })
}
