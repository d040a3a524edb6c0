//! What every route shares: who is calling, bodies, pages, answers, and the only
//! table from errors to statuses.

mod address;
pub mod assets;
mod attribution;
mod body;
mod bounds;
pub mod caller;
pub mod cookie;
mod detached;
mod etag;
pub mod failure;
mod idempotency_key;
mod measure;
mod page;
mod request_log;
mod trace;

pub use address::{address_of, is_secure};
pub use attribution::attribute;
pub use body::{Body, Form, LargeBody, document};
pub use bounds::within_bounds;
pub use caller::{Credential, RouteTable};
pub use detached::detached;
pub use etag::{changed, versioned, whole};
pub use failure::{Answer, Failure, no_such_route};
pub use idempotency_key::once;
pub use measure::measure;
pub use page::{answer as list, newest, newest_limit};
pub use request_log::record;
pub use trace::trace;

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::json;

use crate::error::{Error, Result};

/// Where the API lives.
pub const BASE: &str = "/api/v1";

/// 200 with the data.
pub fn ok(data: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "data": data }))
}

/// 201 with the data and where it now is.
pub fn created(path: &str, data: &impl Serialize) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((LOCATION, format!("{BASE}{path}")))
        .json(json!({ "data": data }))
}

/// Whether a query asks to change nothing, and to say what would change.
pub fn is_dry_run(query: &[(String, String)]) -> Result<bool> {
    match query.iter().find(|(name, _)| name == "dry_run").map(|(_, value)| value.as_str()) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::invalid("dry_run", "must be true or false")),
    }
}

/// An id out of a path: what is no number is nobody's.
pub fn id(path: &web::Path<String>) -> Answer<i64> {
    number(path)
}

/// The two ids out of a path.
pub fn ids(path: &web::Path<(String, String)>) -> Answer<(i64, i64)> {
    Ok((number(&path.0)?, number(&path.1)?))
}

fn number(text: &str) -> Answer<i64> {
    Ok(text.parse().map_err(|_| Error::NotFound)?)
}
