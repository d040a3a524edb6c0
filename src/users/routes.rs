//! `/users`.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::{Change, Role, Username, store};
use crate::App;
use crate::auth::{Caller, Password};
use crate::db::Page;
use crate::error::{Error, FieldErrors};
use crate::http::{self, Answer, Body, changed, created, id, once, versioned};
use crate::version::Expected;

const ENVELOPE: &[&str] = &["user", "data"];

/// `GET /users`
pub async fn list(app: Data<App>, page: Page) -> Answer<HttpResponse> {
    let users = store::list(&app.pool.get().await.map_err(Error::from)?, page).await?;
    Ok(http::list(page, &users, |user| user.id))
}

/// `GET /users/:id`
pub async fn show(
    request: HttpRequest,
    app: Data<App>,
    path: Path<String>,
) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let found = store::versioned(&client, id(&path)?).await?;
    let (user, version) = found.ok_or(Error::NotFound)?;
    versioned(&request, &user, &version)
}

/// `POST /users`
pub async fn create(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    body: Body,
) -> Answer<HttpResponse> {
    let form = body.envelope(ENVELOPE)?;
    let is_first = caller == Caller::Nobody;
    let mut errors = FieldErrors::default();
    let username = form.required_text("username").and_then(|text| Username::new(&text));
    let username = errors.keep("username", username);
    let password = form.text("password").and_then(|text| Password::new(text.unwrap_or_default()));
    let password = errors.keep("password", password);
    let role = match form.text("role") {
        Ok(Some(text)) => Role::read(&text),
        Ok(None) if is_first => Ok(Role::Admin),
        Ok(None) => Ok(Role::Viewer),
        Err(message) => Err(message),
    };
    let role = match role {
        Ok(role) if is_first && role != Role::Admin => Err("must be admin for the first user"),
        role => role,
    };
    let role = errors.keep("role", role);
    let (Some(username), Some(password), Some(role)) = (username, password, role) else {
        return Err(Error::Invalid(errors).into());
    };
    let once = once(&app, &request, &caller, &body)?;
    let story = super::create(&app, is_first, username, password, role, &once);
    let session = once.answer(&app, story).await?;
    Ok(created(&format!("/users/{}", session["id"]), &session))
}

/// `PUT /users/:id`
pub async fn update(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    expected: Expected,
    body: Body,
) -> Answer<HttpResponse> {
    let id = id(&path)?;
    let form = body.envelope(ENVELOPE)?;
    let mut errors = FieldErrors::default();
    let username =
        form.text("username").and_then(|text| text.map(|text| Username::new(&text)).transpose());
    let username = errors.keep("username", username).flatten();
    let password = form.text("password").and_then(|text| text.map(Password::new).transpose());
    let password = errors.keep("password", password).flatten();
    let role = form.text("role").and_then(|text| text.map(|text| Role::read(&text)).transpose());
    let role = errors.keep("role", role).flatten();
    errors.into_result()?;
    let change = Change { username, password, role };
    let (user, version) = super::update(&app, &caller, id, change, &expected).await?;
    Ok(changed(&user, &version))
}

/// `DELETE /users/:id`
pub async fn delete(
    app: Data<App>,
    path: Path<String>,
    expected: Expected,
) -> Answer<HttpResponse> {
    super::delete(&app, id(&path)?, &expected).await?;
    Ok(HttpResponse::NoContent().finish())
}
