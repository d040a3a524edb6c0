//! `/stakeholders/:id/notifications`.

use std::time::Duration;

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::channels::redis;
use super::{letters, operate, position, replace, replay, status, store};
use crate::App;
use crate::auth::Caller;
use crate::changes::Lsn;
use crate::db::Page;
use crate::error::{Error, Result};
use crate::http::{self, Answer, Body, changed, id, ids, newest_limit, ok, versioned};
use crate::version::Expected;
use crate::{server, stakeholders};

/// How long `GET …/position` waits at most, in seconds, where requests may take so long.
const LONGEST_WAIT: u64 = 60;

/// `GET /stakeholders/:id/notifications`
pub async fn show(
    request: HttpRequest,
    app: Data<App>,
    path: Path<String>,
) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let stakeholder = stakeholders::store::by_id(&client, id(&path)?).await?;
    let document = store::document(&client, &app.seal, stakeholder.id).await?;
    let version = store::version(&client, stakeholder.id, &document).await?;
    versioned(&request, &document.masked().terse(), &version)
}

/// `PUT /stakeholders/:id/notifications`, with `?dry_run=true` to see what it would do.
pub async fn put(
    app: Data<App>,
    path: Path<String>,
    query: Query<Vec<(String, String)>>,
    expected: Expected,
    body: Body,
) -> Answer<HttpResponse> {
    let is_dry_run = http::is_dry_run(&query)?;
    let document = http::document(&body)?;
    let outcome = replace::replace(&app, id(&path)?, document, &expected, is_dry_run).await?;
    Ok(changed(&outcome.to_json(), &outcome.version))
}

/// `GET /stakeholders/:id/notifications/status`
pub async fn status(app: Data<App>, caller: Caller, path: Path<String>) -> Answer<HttpResponse> {
    let client = app.pool.get().await.map_err(Error::from)?;
    let stakeholder = stakeholders::store::by_id(&client, id(&path)?).await?;
    let mut status = status::of(&client, stakeholder.id).await?;
    for channel in status["channels"].as_array_mut().into_iter().flatten() {
        if let Some(error) = channel["last_error"].as_str() {
            channel["last_error"] = told_to(&caller, error).into();
        }
    }
    Ok(ok(&status))
}

/// An error of a channel as a caller may know it. Applications name the addresses of their
/// channels themselves, and are not told what else is there.
fn told_to<'a>(caller: &Caller, error: &'a str) -> &'a str {
    match caller {
        Caller::Stakeholder { .. } => redis::without_cause(error),
        _ => error,
    }
}

/// `POST /stakeholders/:id/notifications/pause`
pub async fn pause(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    body: Body,
) -> Answer<HttpResponse> {
    operate::pause(&app, id(&path)?, channel(&body)?.as_deref(), true).await?;
    status(app, caller, path).await
}

/// `POST /stakeholders/:id/notifications/resume`
pub async fn resume(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    body: Body,
) -> Answer<HttpResponse> {
    operate::pause(&app, id(&path)?, channel(&body)?.as_deref(), false).await?;
    status(app, caller, path).await
}

/// `POST /stakeholders/:id/notifications/replay`, from the id of an event, an LSN or a time.
pub async fn replay(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    body: Body,
) -> Answer<HttpResponse> {
    let form = body.envelope(&["data"])?;
    let from = form.required_text("from").map_err(|message| Error::invalid("from", message))?;
    let from = replay::From::read(from);
    replay::replay(&app, id(&path)?, channel(&body)?.as_deref(), &from).await?;
    status(app, caller, path).await
}

/// `POST /stakeholders/:id/notifications/test`
pub async fn test(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    body: Body,
) -> Answer<HttpResponse> {
    let mut results = operate::test(&app, id(&path)?, channel(&body)?.as_deref()).await?;
    for sent in &mut results {
        sent.error = sent.error.take().map(|error| told_to(&caller, &error).to_owned());
    }
    Ok(ok(&results))
}

/// `POST /stakeholders/:id/notifications/rotate`
pub async fn rotate(app: Data<App>, path: Path<String>, body: Body) -> Answer<HttpResponse> {
    let channel = channel(&body)?.ok_or_else(|| Error::invalid("channel", "can't be blank"))?;
    let secret = operate::rotate(&app, id(&path)?, &channel).await?;
    Ok(ok(&json!({ "channel": channel, "secret": secret })))
}

/// `GET /stakeholders/:id/notifications/dead-letters`, with `?channel=` those of one
pub async fn letters(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    query: Query<Vec<(String, String)>>,
    page: Page,
) -> Answer<HttpResponse> {
    let stakeholder = id(&path)?;
    let channel = query.iter().find(|(key, _)| key == "channel").map(|(_, value)| value.as_str());
    let mut letters =
        letters::list(&app, stakeholder, channel, (page.before, newest_limit(page))).await?;
    for letter in &mut letters {
        letter.error = told_to(&caller, &letter.error).to_owned();
    }
    Ok(http::newest(page, &letters, |letter| letter.id))
}

/// `GET /stakeholders/:id/notifications/dead-letters/:letter`
pub async fn letter(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Answer<HttpResponse> {
    let (stakeholder, letter) = ids(&path)?;
    let mut letter = letters::show(&app, stakeholder, letter).await?;
    letter.error = told_to(&caller, &letter.error).to_owned();
    Ok(ok(&letter))
}

/// `POST /stakeholders/:id/notifications/dead-letters/:letter/replay`
pub async fn resend(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Answer<HttpResponse> {
    let (stakeholder, letter) = ids(&path)?;
    let mut sent = letters::replay(&app, stakeholder, letter).await?;
    sent.error = sent.error.map(|error| told_to(&caller, &error).to_owned());
    Ok(ok(&sent))
}

/// `DELETE /stakeholders/:id/notifications/dead-letters/:letter`
pub async fn skip(app: Data<App>, path: Path<(String, String)>) -> Answer<HttpResponse> {
    let (stakeholder, letter) = ids(&path)?;
    letters::skip(&app, stakeholder, letter).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /stakeholders/:id/position?lsn=…&wait=5s`: whether all channels, or one, have
/// told everything that was committed before an LSN.
pub async fn position(
    app: Data<App>,
    path: Path<String>,
    query: Query<Vec<(String, String)>>,
) -> Answer<HttpResponse> {
    let stakeholder = id(&path)?;
    let client = app.pool.get().await.map_err(Error::from)?;
    stakeholders::store::by_id(&client, stakeholder).await?;
    drop(client);
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let lsn = value("lsn").ok_or_else(|| Error::invalid("lsn", "can't be blank"))?;
    let lsn: Lsn = lsn.parse().map_err(|message: &str| Error::invalid("lsn", message))?;
    let wait = value("wait").map_or(Ok(Duration::ZERO), |wait| duration(wait))?;
    let channel = value("channel").map(String::as_str);
    // Who waits is to hear how it stands, and not that the request took too long.
    let wait = wait.min(app.request_timeout.saturating_sub(server::TO_ANSWER));
    Ok(ok(&position::of(&app, stakeholder, channel, lsn, wait).await?))
}

fn duration(text: &str) -> Result<Duration> {
    let wrong = || {
        let most = LONGEST_WAIT;
        Error::invalid("wait", format!("must be a time like 5s or 500ms, of {most}s at most"))
    };
    let (number, unit) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let duration = match unit {
        "s" | "" => Duration::from_secs(number),
        "ms" => Duration::from_millis(number),
        _ => return Err(wrong()),
    };
    if duration.as_secs() > LONGEST_WAIT { Err(wrong()) } else { Ok(duration) }
}

/// The one channel that a request is about; none: all of them.
fn channel(body: &Body) -> Result<Option<String>> {
    let data = body.member("data").unwrap_or(&Value::Null);
    if !data.is_object() && !data.is_null() {
        return Err(Error::invalid("data", "is invalid"));
    }
    match data.get("channel").or_else(|| body.member("channel")) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => Ok(Some(name.clone())),
        Some(_) => Err(Error::invalid("channel", "is invalid")),
    }
}
