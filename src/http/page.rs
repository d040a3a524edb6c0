//! Lists: whole by default, a page when asked for one.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::json;

use super::failure::{Answer, Failure};
use crate::db::Page;
use crate::error::FieldErrors;

/// The most entries of one page.
const LARGEST: i64 = 1000;

/// The entries, and where the next page begins if a limit was given and reached.
pub fn answer<T: Serialize>(page: Page, entries: &[T], id: impl Fn(&T) -> i64) -> HttpResponse {
    let Some(limit) = page.limit else {
        return HttpResponse::Ok().json(json!({ "data": entries }));
    };
    let is_full = i64::try_from(entries.len()).is_ok_and(|count| count == limit);
    let next = entries.last().filter(|_| is_full).map(id);
    HttpResponse::Ok().json(json!({ "data": entries, "page": { "limit": limit, "after": next } }))
}

impl FromRequest for Page {
    type Error = Failure;
    type Future = Ready<Answer<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()))
    }
}

fn read(query: &str) -> Answer<Page> {
    let pairs = Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|error| Failure::BadRequest(format!("The query can't be read: {error}.")))?;
    let mut errors = FieldErrors::default();
    let mut page = Page { after: 0, limit: None };
    for (name, value) in pairs.iter() {
        let number = value.parse::<i64>().ok();
        match (name.as_str(), number) {
            ("limit", Some(limit @ 1..=LARGEST)) => page.limit = Some(limit),
            ("limit", _) => errors.add("limit", format!("must be a number from 1 to {LARGEST}")),
            ("after", Some(after @ 0..)) => page.after = after,
            ("after", _) => errors.add("after", "must be an id"),
            _ => {}
        }
    }
    errors.into_result()?;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_whole_unless_a_limit_is_asked_for() {
        assert_eq!(read("").unwrap(), Page { after: 0, limit: None });
        assert_eq!(read("limit=2&after=7").unwrap(), Page { after: 7, limit: Some(2) });
        for wrong in ["limit=0", "limit=1001", "limit=x", "after=-1", "after=%00"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
