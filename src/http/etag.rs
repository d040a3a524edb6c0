//! Conditional requests (RFC 9110, section 13): versions as entity tags, all of them
//! strong.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderMap};
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
    let known = named(request.headers(), "If-None-Match", Comparison::Weak)?;
    Ok(known.is_some_and(|known| known.contains(version)))
}

impl FromRequest for Expected {
    type Error = Failure;
    type Future = Ready<Answer<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let headers = request.headers();
        let read = || {
            let only = named(headers, "If-Match", Comparison::Strong)?;
            let never = named(headers, "If-None-Match", Comparison::Weak)?;
            Ok(Self { only, never })
        };
        ready(read())
    }
}

/// Whether a tag that is marked as weak names the version all the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

/// The versions of a header, which may be there several times: that is one list.
fn named(headers: &HeaderMap, name: &'static str, comparison: Comparison) -> Answer<Option<Named>> {
    let values: Vec<_> =
        headers.get_all(name).map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    if values.is_empty() {
        return Ok(None);
    }
    let text = values.join(",");
    if text.trim_matches(SPACE) == "*" {
        return Ok(Some(Named::Every));
    }
    let tags = tags(&text, comparison).ok_or_else(|| {
        Failure::BadRequest(format!(
            "The header {name} can't be read: it must be * or what ETag said, in its double quotes, \
             as {name}: \"JfPk1Yv0yOvn8dG1hJmX5A\"; several with commas between."
        ))
    })?;
    Ok(Some(Named::These(tags)))
}

/// What may stand around a comma.
const SPACE: [char; 2] = [' ', '\t'];

/// Reads `"one", W/"another"`, where elements may be empty (RFC 9110, sections 5.6.1 and
/// 8.8.3); none if it is anything else. A tag may contain commas, but no quotes.
fn tags(mut text: &str, comparison: Comparison) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    loop {
        text = text.trim_start_matches([' ', '\t', ',']);
        if text.is_empty() {
            return Some(tags);
        }
        let (is_weak, rest) = match text.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (tag, rest) = rest.strip_prefix('"')?.split_once('"')?;
        let rest = rest.trim_start_matches(SPACE);
        let is_last = rest.is_empty() || rest.starts_with(',');
        if !is_last || tag.chars().any(|c| c.is_ascii() && !c.is_ascii_graphic()) {
            return None;
        }
        if !is_weak || comparison == Comparison::Weak {
            tags.push(tag.to_owned());
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
        let all = |tags: &[&str]| Some(tags.iter().map(|tag| (*tag).to_owned()).collect());
        assert_eq!(read(r#""xyzzy""#), all(&["xyzzy"]));
        assert_eq!(read(r#""a,b" ,"" ,, "c" "#), all(&["a,b", "", "c"]));
        assert_eq!(read(r#"W/"a", "b""#), all(&["b"]));
        assert_eq!(tags(r#"W/"a""#, Comparison::Weak), all(&["a"]));
        assert_eq!(read(" ,"), all(&[]));
    }

    #[test]
    fn what_is_no_tag_is_read_as_nothing() {
        for text in
            ["a", r#""a"#, r#"a""#, r#""a" "b""#, r#""a b""#, r#"w/"a""#, "W/a", r#"*, "a""#]
        {
            assert_eq!(tags(text, Comparison::Weak), None, "{text}");
        }
    }
}
