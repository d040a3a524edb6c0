//! Files for browsers that are part of the program: pages, their styles and scripts.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::etag;
use super::failure::{self, Answer};
use crate::version::Version;

/// Nothing from anywhere else, nothing inline, and in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     connect-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// Nothing of what browsers let pages use but the clipboard, which takes what is copied.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), \
     clipboard-read=(), clipboard-write=(self)";

/// A file: where it is served, what kind it is, and what it says.
pub type Asset = (&'static str, &'static str, &'static [u8]);

/// Mounts files, open to anyone. Browsers ask every time whether theirs is still the
/// one, so that a page and its script are always of the same release.
pub fn mount(config: &mut ServiceConfig, assets: &[Asset]) {
    for &(path, kind, bytes) in assets {
        let version = Version::of_bytes(bytes);
        let answer = move |request: HttpRequest| {
            let answer = answer(&request, (kind, bytes), &version);
            async { answer }
        };
        config.service(
            web::resource(path)
                .route(web::get().to(answer.clone()))
                .route(web::head().to(answer))
                .default_service(web::to(|| failure::method_not_allowed("GET, HEAD".to_owned()))),
        );
    }
}

fn answer(
    request: &HttpRequest,
    (kind, bytes): (&'static str, &'static [u8]),
    version: &Version,
) -> Answer<HttpResponse> {
    let is_known = etag::is_known(request, version)?;
    let status = if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut response = HttpResponse::build(status);
    response
        .insert_header((ETAG, etag::etag(version)))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .insert_header(("Cross-Origin-Opener-Policy", "same-origin"))
        .insert_header(("Permissions-Policy", PERMISSIONS))
        .insert_header((REFERRER_POLICY, "no-referrer"));
    if is_known {
        return Ok(response.finish());
    }
    Ok(response.insert_header((CONTENT_TYPE, kind)).body(bytes))
}
