//! `/stakeholders/:id/socket` and `/stakeholders/:id/events`.

use std::time::Duration;

use actix_http::body::BodyStream;
use actix_http::ws::handshake;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};

use super::conversation::Conversation;
use super::websocket::Incoming;
use super::{event_stream, guard, websocket};
use crate::App;
use crate::changes::Position;
use crate::error::Error;
use crate::http::{Answer, Credential, Failure, id};
use crate::notifications::{Subscription, subscribe};

/// What a query may say, and `access_token`.
type Parameters = Query<Vec<(String, String)>>;

/// The channel, if it isn't said which.
const CHANNEL: &str = "SOCKET";

/// How often a client is asked whether it is there.
const PINGS: Duration = Duration::from_secs(20);

/// How often a comment keeps everybody on the way from hanging up.
const COMMENTS: Duration = Duration::from_secs(15);

/// `GET /stakeholders/:id/socket`, a websocket.
pub async fn websocket(
    request: HttpRequest,
    payload: Payload,
    (app, path): (Data<App>, Path<String>),
    query: Parameters,
    Credential(token): Credential,
) -> Answer<HttpResponse> {
    let stakeholder = id(&path)?;
    let subscription = subscription(&app, stakeholder, &query, None).await?;
    let mut response = handshake(request.head())
        .map_err(|error| Failure::BadRequest(format!("This is for websockets: {error}.")))?;
    let guard = guard::watch(app.get_ref().clone(), stakeholder, token);
    let client = Some(Incoming::new(payload));
    let conversation = Conversation::new(subscription, client, guard, PINGS);
    let body = BodyStream::new(conversation.written(websocket::write));
    let response =
        response.message_body(body).map_err(|error| Error::internal(error.to_string()))?;
    Ok(response.map_into_boxed_body().into())
}

/// `GET /stakeholders/:id/events`, server-sent events.
pub async fn events(
    request: HttpRequest,
    (app, path): (Data<App>, Path<String>),
    query: Parameters,
    Credential(token): Credential,
) -> Answer<HttpResponse> {
    let stakeholder = id(&path)?;
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
    let subscription = subscription(&app, stakeholder, &query, last).await?;
    let guard = guard::watch(app.get_ref().clone(), stakeholder, token);
    let conversation = Conversation::<Payload>::new(subscription, None, guard, COMMENTS);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(conversation.written(event_stream::write)))
}

/// A browser that connects again has the last event in a header, and still the query
/// that it began with.
async fn subscription(
    app: &App,
    stakeholder: i64,
    query: &[(String, String)],
    last: Option<&str>,
) -> Answer<Subscription> {
    let parameter = |name| query.iter().find(|(other, _)| other == name).map(|(_, value)| value);
    let last = last.filter(|id| !id.is_empty());
    let from = last.or(parameter("from").map(String::as_str));
    let from = from.map(Position::to_go_on).transpose();
    let from = from.map_err(|message| Error::invalid("from", message))?;
    let channel = parameter("channel").map_or(CHANNEL, String::as_str);
    Ok(subscribe(app, stakeholder, channel, from).await?)
}
