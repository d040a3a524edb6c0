//! `/stakeholders/:id/credentials`.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::{Label, Wanted, store};
use crate::App;
use crate::auth::{Caller, Lifetime};
use crate::db::Page;
use crate::error::{Error, FieldErrors, Result};
use crate::http::{self, Answer, Body, created, detached, id, ids, once};
use crate::stakeholders;

/// Ten years.
const MOST_DAYS: i32 = 3650;

/// `GET /stakeholders/:id/credentials`
pub async fn list(app: Data<App>, path: Path<String>, page: Page) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let stakeholder = stakeholders::store::by_id(&client, id(&path)?).await?;
    let credentials = store::list(&client, stakeholder.id, page).await?;
    Ok(http::list(page, &credentials, |credential| credential.id))
}

/// `POST /stakeholders/:id/credentials`
pub async fn create(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    body: Body,
) -> Answer<HttpResponse> {
    let (stakeholder, wanted) = (id(&path)?, wanted(&body)?);
    let once = once(&app, &request, &caller, &body)?;
    let issued = once.answer(&app, super::issue(&app, &caller, stakeholder, wanted, &once)).await?;
    let path = format!("/stakeholders/{stakeholder}/credentials/{}", issued["id"]);
    Ok(created(&path, &issued))
}

/// `DELETE /stakeholders/:id/credentials/:credential_id`
pub async fn delete(app: Data<App>, path: Path<(String, String)>) -> Answer<HttpResponse> {
    let (stakeholder, credential) = ids(&path)?;
    detached(async move { super::revoke(&app, stakeholder, credential).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

type Unit = fn(i32) -> Lifetime;

/// A name, and for how long.
fn wanted(body: &Body) -> Result<Wanted> {
    let form = body.envelope(&["credential", "data"])?;
    let mut errors = FieldErrors::default();
    let label = form.text("name").and_then(|name| name.as_deref().map(Label::new).transpose());
    let label = errors.keep("name", label).flatten();
    let mut lifetime = Lifetime::Unsaid;
    let days = ("expires_in_days", Lifetime::Days as Unit, MOST_DAYS);
    let minutes = ("expires_in_minutes", Lifetime::Minutes as Unit, MOST_DAYS * 24 * 60);
    for (field, unit, most) in [days, minutes] {
        match form.number(field).map(|number| number.map(i32::try_from)) {
            Ok(None) => {}
            Ok(Some(_)) if lifetime != Lifetime::Unsaid => {
                errors.add(field, "can't be given together with expires_in_days");
            }
            Ok(Some(Ok(number))) if (1..=most).contains(&number) => lifetime = unit(number),
            Ok(Some(_)) => errors.add(field, format!("must be a whole number from 1 to {most}")),
            Err(message) => errors.add(field, message),
        }
    }
    errors.into_result()?;
    Ok(Wanted { label, lifetime })
}
