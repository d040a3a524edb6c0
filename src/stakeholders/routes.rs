//! `/stakeholders`.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::{Name, Objects, store};
use crate::App;
use crate::auth::Caller;
use crate::db::Page;
use crate::error::{Error, FieldErrors, Result};
use crate::http::{self, Answer, Body, changed, created, detached, id, ok, once, versioned};
use crate::version::{Expected, Version};

/// `GET /stakeholders`
pub async fn list(app: Data<App>, page: Page) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let stakeholders = store::list(&client, page).await?;
    Ok(http::list(page, &stakeholders, |stakeholder| stakeholder.id))
}

/// `GET /stakeholders/:id`
pub async fn show(
    request: HttpRequest,
    app: Data<App>,
    path: Path<String>,
) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let stakeholder = store::by_id(&client, id(&path)?).await?;
    versioned(&request, &stakeholder, &Version::of(&stakeholder)?)
}

/// `POST /stakeholders`
pub async fn create(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    body: Body,
) -> Answer<HttpResponse> {
    let (name, once) = (name(&body)?, once(&app, &request, &caller, &body)?);
    let stakeholder = once.answer(&app, super::create(&app, name, &once)).await?;
    Ok(created(&format!("/stakeholders/{}", stakeholder["id"]), &stakeholder))
}

/// `PUT /stakeholders/:id`
pub async fn rename(
    app: Data<App>,
    path: Path<String>,
    expected: Expected,
    body: Body,
) -> Answer<HttpResponse> {
    let stakeholder = super::rename(&app, id(&path)?, name(&body)?, &expected).await?;
    Ok(changed(&stakeholder, &Version::of(&stakeholder)?))
}

/// `DELETE /stakeholders/:id`, with `?objects=drop` or `?reassign_to=NAME`.
/// 204, or 200 with what was kept.
pub async fn delete(
    app: Data<App>,
    path: Path<String>,
    query: Query<Vec<(String, String)>>,
    expected: Expected,
) -> Answer<HttpResponse> {
    let (id, objects) = (id(&path)?, objects(&query)?);
    let story = async move { super::delete(&app, id, objects, &expected).await };
    Ok(match detached(story).await? {
        None => HttpResponse::NoContent().finish(),
        Some(kept) => ok(&json!({ "kept": kept })),
    })
}

fn name(body: &Body) -> Result<Name> {
    let form = body.envelope(&["stakeholder", "data"])?;
    let name = form.required_text("name").and_then(|text| Name::new(&text));
    name.map_err(|message| Error::invalid("name", message))
}

fn objects(query: &[(String, String)]) -> Result<Objects> {
    let mut errors = FieldErrors::default();
    let mut objects = None;
    for (name, value) in query {
        let chosen = match (name.as_str(), value.as_str()) {
            ("objects", "keep") => Objects::Keep,
            ("objects", "drop") => Objects::Drop,
            ("objects", _) => {
                errors.add("objects", "must be keep or drop");
                continue;
            }
            ("reassign_to", heir) => Objects::ReassignTo(heir.trim().to_ascii_lowercase()),
            _ => continue,
        };
        if objects.replace(chosen).is_some() {
            errors.add("objects", "can't be given twice, or together with reassign_to");
        }
    }
    errors.into_result()?;
    Ok(objects.unwrap_or_default())
}
