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

/// How many the lists have that begin with the newest, if it isn't said.
const DEFAULT: i64 = 100;

/// The entries, and where the next page begins if a limit was given and reached.
pub fn answer<T: Serialize>(page: Page, entries: &[T], id: impl Fn(&T) -> i64) -> HttpResponse {
    match page.limit {
        None => HttpResponse::Ok().json(json!({ "data": entries })),
        Some(limit) => paged("after", limit, entries, id),
    }
}

/// How many entries a list has that begins with the newest.
pub fn newest_limit(page: Page) -> i64 {
    page.limit.unwrap_or(DEFAULT)
}

/// The entries, the newest first, and where the next page begins.
pub fn newest<T: Serialize>(page: Page, entries: &[T], id: impl Fn(&T) -> i64) -> HttpResponse {
    paged("before", newest_limit(page), entries, id)
}

fn paged<T: Serialize>(
    side: &str,
    limit: i64,
    entries: &[T],
    id: impl Fn(&T) -> i64,
) -> HttpResponse {
    let is_full = i64::try_from(entries.len()).is_ok_and(|count| count == limit);
    let next = entries.last().filter(|_| is_full).map(id);
    HttpResponse::Ok().json(json!({ "data": entries, "page": { "limit": limit, side: next } }))
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
    let mut page = Page { after: 0, before: None, limit: None };
    for (name, value) in pairs.iter() {
        let number = value.parse::<i64>().ok();
        match (name.as_str(), number) {
            ("limit", Some(limit @ 1..=LARGEST)) => page.limit = Some(limit),
            ("limit", _) => errors.add("limit", format!("must be a number from 1 to {LARGEST}")),
            ("after", Some(after @ 0..)) => page.after = after,
            ("before", Some(before @ 0..)) => page.before = Some(before),
            ("after" | "before", _) => errors.add(name, "must be an id"),
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
        let page = |after, before, limit| Page { after, before, limit };
        assert_eq!(read("").unwrap(), page(0, None, None));
        assert_eq!(read("limit=2&after=7").unwrap(), page(7, None, Some(2)));
        assert_eq!(read("before=7").unwrap(), page(0, Some(7), None));
        for wrong in ["limit=0", "limit=1001", "limit=x", "after=-1", "after=%00", "before=x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
