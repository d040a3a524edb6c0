//! `/stakeholders/:id/guards`.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::{Guards, store};
use crate::App;
use crate::error::{Error, FieldErrors, Result};
use crate::http::{Answer, Body, Form, changed, id, versioned};
use crate::stakeholders;
use crate::version::{Expected, Version};

/// `GET /stakeholders/:id/guards`
pub async fn show(
    request: HttpRequest,
    app: Data<App>,
    path: Path<String>,
) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let stakeholder = stakeholders::store::by_id(&client, id(&path)?).await?;
    let guards = store::of(&client, &stakeholder.name).await?;
    versioned(&request, &guards, &Version::of(&guards)?)
}

/// `PUT /stakeholders/:id/guards`
pub async fn put(
    app: Data<App>,
    path: Path<String>,
    expected: Expected,
    body: Body,
) -> Answer<HttpResponse> {
    let (stakeholder, guards) = (id(&path)?, guards(&body)?);
    let guards = super::replace(&app, stakeholder, &guards, &expected).await?;
    Ok(changed(&guards, &Version::of(&guards)?))
}

/// All guards at once. A member that is no guard is refused: mistyped, it would take one
/// away.
fn guards(body: &Body) -> Result<Guards> {
    let form = body.envelope(&["guards", "data"])?;
    let mut errors = FieldErrors::default();
    let guards = Guards {
        connection_limit: number(&form, &mut errors, "connection_limit"),
        statement_timeout_ms: number(&form, &mut errors, "statement_timeout_ms"),
        lock_timeout_ms: number(&form, &mut errors, "lock_timeout_ms"),
        idle_in_transaction_timeout_ms: number(
            &form,
            &mut errors,
            "idle_in_transaction_timeout_ms",
        ),
    };
    let known = [
        "connection_limit",
        "statement_timeout_ms",
        "lock_timeout_ms",
        "idle_in_transaction_timeout_ms",
    ];
    for other in form.names().filter(|name| !known.contains(name)) {
        errors.add(other, format!("is no guard; there are {}", known.join(", ")));
    }
    if form.is_missing() {
        errors.add("guards", "can't be blank");
    }
    errors.into_result()?;
    Ok(guards)
}

/// As large as Postgres's own numbers are.
fn number(form: &Form<'_>, errors: &mut FieldErrors, field: &str) -> Option<i32> {
    let message = || format!("must be a whole number from 1 to {}, or null", i32::MAX);
    let value = form.number(field).map_err(|_| message()).and_then(|number| match number {
        None => Ok(None),
        Some(number @ 1..) => i32::try_from(number).map(Some).map_err(|_| message()),
        Some(_) => Err(message()),
    });
    errors.keep(field, value).flatten()
}
