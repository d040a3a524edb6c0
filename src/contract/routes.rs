//! `/openapi.json`, and the page at `/docs` that shows it to people.

use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse};

use crate::error::Error;
use crate::http::{Answer, assets, whole};
use crate::version::Version;

/// The page, which reads the document.
pub const PAGE: &[assets::Asset] = &[
    ("/docs", HTML, include_bytes!("../../priv/docs-page/page.html")),
    ("/docs/page.css", CSS, include_bytes!("../../priv/docs-page/page.css")),
    ("/docs/page.js", SCRIPT, include_bytes!("../../priv/docs-page/page.js")),
    ("/docs/schema.js", SCRIPT, include_bytes!("../../priv/docs-page/schema.js")),
    ("/docs/element.js", SCRIPT, include_bytes!("../../priv/docs-page/element.js")),
    ("/docs/curl.js", SCRIPT, include_bytes!("../../priv/docs-page/curl.js")),
];

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// `GET /openapi.json`
pub async fn show(request: HttpRequest) -> Answer<HttpResponse> {
    let document = super::document().as_ref().map_err(|error| Error::internal(error.as_str()))?;
    whole(&request, document, &Version::of(document)?)
}

/// Mounts the page.
pub fn mount(config: &mut ServiceConfig) {
    assets::mount(config, PAGE);
}
