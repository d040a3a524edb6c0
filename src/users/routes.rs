//! `/users`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::{Username, store};
use crate::App;
use crate::auth::Password;
use crate::db::Page;
use crate::error::{Error, FieldErrors};
use crate::http::{self, Answer, Body, Caller, created, id, ok};

const ENVELOPE: &[&str] = &["user", "data"];

/// `GET /users`
pub async fn list(app: Data<App>, page: Page) -> Answer<HttpResponse> {
    let users = store::list(&app.pool.get().await.map_err(Error::from)?, page).await?;
    Ok(http::list(page, &users, |user| user.id))
}

/// `GET /users/:id`
pub async fn show(app: Data<App>, path: Path<String>) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let user = store::by_id(&client, id(&path)?).await?.ok_or(Error::NotFound)?;
    Ok(ok(&user))
}

/// `POST /users`
pub async fn create(app: Data<App>, caller: Caller, body: Body) -> Answer<HttpResponse> {
    let form = body.envelope(ENVELOPE)?;
    let mut errors = FieldErrors::default();
    let username = form.required_text("username").and_then(|text| Username::new(&text));
    let username = errors.keep("username", username);
    let password = form.text("password").and_then(|text| Password::new(text.unwrap_or_default()));
    let password = errors.keep("password", password);
    let (Some(username), Some(password)) = (username, password) else {
        return Err(Error::Invalid(errors).into());
    };
    let is_first = caller == Caller::Nobody;
    let session = super::create(&app, is_first, username, password).await?;
    Ok(created(&format!("/users/{}", session.id), &session))
}

/// `PUT /users/:id`
pub async fn update(app: Data<App>, path: Path<String>, body: Body) -> Answer<HttpResponse> {
    let id = id(&path)?;
    let form = body.envelope(ENVELOPE)?;
    let mut errors = FieldErrors::default();
    let username =
        form.text("username").and_then(|text| text.map(|text| Username::new(&text)).transpose());
    let username = errors.keep("username", username).flatten();
    let password = form.text("password").and_then(|text| text.map(Password::new).transpose());
    let password = errors.keep("password", password).flatten();
    errors.into_result()?;
    let hash = match password {
        Some(password) => Some(app.passwords.hash(password).await?),
        None => None,
    };
    let client = app.pool.get().await.map_err(Error::from)?;
    let user = store::update(&client, id, username.as_ref(), hash.as_deref()).await?;
    Ok(ok(&user.ok_or(Error::NotFound)?))
}

/// `DELETE /users/:id`
pub async fn delete(app: Data<App>, path: Path<String>) -> Answer<HttpResponse> {
    super::delete(&app, id(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
