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
pub fn versioned(
    request: &HttpRequest,
    data: &impl Serialize,
    version: &Version,
) -> Answer<HttpResponse> {
    whole(request, &json!({ "data": data }), version)
}

/// The same of a body that isn't data.
pub fn whole(
    request: &HttpRequest,
    body: &impl Serialize,
    version: &Version,
) -> Answer<HttpResponse> {
    let is_known = is_known(request, version)?;
    let mut response =
        HttpResponse::build(if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response.insert_header((ETAG, etag(version)));
    response.insert_header((CACHE_CONTROL, "private, no-cache"));
    Ok(if is_known { response.finish() } else { response.json(body) })
}

/// 200 with the data after a change, and the version it has now.
pub fn changed(data: &impl Serialize, version: &Version) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, etag(version))).json(json!({ "data": data }))
}

/// Whether the caller has this version, by `If-None-Match`.
pub fn is_known(request: &HttpRequest, version: &Version) -> Answer<bool> {
    let known = named(request.headers(), &IF_NONE_MATCH, Comparison::Weak)?;
    Ok(known.is_some_and(|known| known.contains(version)))
}

impl FromRequest for Expected {
    type Error = Failure;
    type Future = Ready<Answer<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(expected(request.headers()))
    }
}

fn expected(headers: &HeaderMap) -> Answer<Expected> {
    Ok(Expected {
        only: named(headers, &IF_MATCH, Comparison::Strong)?,
        never: named(headers, &IF_NONE_MATCH, Comparison::Weak)?,
    })
}

/// Whether a tag that is marked as weak names the version all the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

/// The versions of a header, which may be there several times.
fn named(headers: &HeaderMap, name: &HeaderName, comparison: Comparison) -> Answer<Option<Named>> {
    let mut all: Option<Vec<String>> = None;
    for value in headers.get_all(name) {
        let value = value.to_str().map_err(|_| unreadable(name))?.trim();
        if value == "*" {
            return Ok(Some(Named::Every));
        }
        let tags = tags(value, comparison).ok_or_else(|| unreadable(name))?;
        all.get_or_insert_default().extend(tags);
    }
    Ok(all.map(Named::These))
}

/// Reads `"one", W/"another"`. A tag may contain commas, but no quotes.
fn tags(mut text: &str, comparison: Comparison) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    loop {
        let (is_weak, rest) = match text.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (tag, rest) = rest.strip_prefix('"')?.split_once('"')?;
        if !is_weak || comparison == Comparison::Weak {
            tags.push(tag.to_owned());
        }
        let rest = rest.trim_start();
        if rest.is_empty() {
            return Some(tags);
        }
        text = rest.strip_prefix(',')?.trim_start();
    }
}

fn unreadable(name: &HeaderName) -> Failure {
    let name = if *name == IF_MATCH { "If-Match" } else { "If-None-Match" };
    Failure::BadRequest(format!(
        "The header {name} must be * or entity tags in double quotes, as an ETag has them."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_the_rfc_writes_them() {
        let read = |text| tags(text, Comparison::Strong);
        let these = |tags: &[&str]| Some(tags.iter().map(|&tag| tag.to_owned()).collect());
        assert_eq!(read(r#""xyzzy""#), these(&["xyzzy"]));
        assert_eq!(read(r#""a,b" ,"" , "c""#), these(&["a,b", "", "c"]));
        assert_eq!(read(r#"W/"a", "b""#), these(&["b"]));
        assert_eq!(tags(r#"W/"a""#, Comparison::Weak), these(&["a"]));
        for wrong in ["", "a", r#""a"#, r#""a" "b""#, r#""a","#, r#"w/"a""#, "*, \"a\""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
