//! Conditional requests (RFC 9110, section 13): versions as entity tags, all of them
//! strong.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, ETAG, HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH,
};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::json;

use super::failure::{Answer, Failure};
use crate::version::{Expected, Named, Version};

/// A version as the value of `ETag`.
pub fn etag(version: &Version) -> String {
    format!("\"{}\"", version.as_str())
}

/// 200 with the data and its version; 304 if the caller has that already.
pub fn versioned(request: &HttpRequest, data: &impl Serialize, version: &Version) -> HttpResponse {
    whole(request, &json!({ "data": data }), version)
}

/// The same of a body that isn't data.
pub fn whole(request: &HttpRequest, body: &impl Serialize, version: &Version) -> HttpResponse {
    let is_known = is_known(request, version);
    let mut response =
        HttpResponse::build(if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response.insert_header((ETAG, etag(version)));
    response.insert_header((CACHE_CONTROL, "private, no-cache"));
    if is_known { response.finish() } else { response.json(body) }
}

/// 200 with the data after a change, and the version it has now.
pub fn changed(data: &impl Serialize, version: &Version) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, etag(version))).json(json!({ "data": data }))
}

/// Whether the caller has this version, by `If-None-Match`.
pub fn is_known(request: &HttpRequest, version: &Version) -> bool {
    let known = named(request.headers(), &IF_NONE_MATCH, Comparison::Weak);
    known.is_some_and(|known| known.contains(version))
}

impl FromRequest for Expected {
    type Error = Failure;
    type Future = Ready<Answer<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let headers = request.headers();
        ready(Ok(Self {
            only: named(headers, &IF_MATCH, Comparison::Strong),
            never: named(headers, &IF_NONE_MATCH, Comparison::Weak),
        }))
    }
}

/// Whether a tag that is marked as weak names the version all the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

/// The versions of a header, which may be there several times. What is no entity tag is
/// the name of no version: nothing is then changed, or all is sent.
fn named(headers: &HeaderMap, name: &HeaderName, comparison: Comparison) -> Option<Named> {
    let mut values = headers.get_all(name).peekable();
    values.peek()?;
    let mut all = Vec::new();
    for value in values {
        let text = String::from_utf8_lossy(value.as_bytes());
        if text.trim() == "*" {
            return Some(Named::Every);
        }
        all.extend(tags(&text, comparison));
    }
    Some(Named::These(all))
}

/// Reads `"one", W/"another"`. A tag may contain commas, but no quotes; who forgets these
/// means the same.
fn tags(mut text: &str, comparison: Comparison) -> Vec<String> {
    let mut tags = Vec::new();
    loop {
        text = text.trim_start_matches([' ', '\t', ',']);
        if text.is_empty() {
            return tags;
        }
        let (is_weak, rest) = match text.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (tag, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
        };
        if !is_weak || comparison == Comparison::Weak {
            tags.push(tag.trim_end().to_owned());
        }
        text = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_the_rfc_writes_them() {
        let read = |text| tags(text, Comparison::Strong);
        assert_eq!(read(r#""xyzzy""#), ["xyzzy"]);
        assert_eq!(read(r#""a,b" ,"" , "c""#), ["a,b", "", "c"]);
        assert_eq!(read(r#"W/"a", "b""#), ["b"]);
        assert_eq!(tags(r#"W/"a""#, Comparison::Weak), ["a"]);
        assert_eq!(read("a , b"), ["a", "b"]);
        assert_eq!(read(r#""a"#), ["a"]);
        assert!(read(" ,").is_empty());
    }
}
