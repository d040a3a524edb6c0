//! `/` and the files below `/page`.

use actix_web::web::ServiceConfig;

use crate::http::assets::{self, Asset};

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const DRAWING: &str = "image/svg+xml";

macro_rules! page {
    ($($name:literal $kind:expr),* $(,)?) => {
        &[
            ("/", HTML, include_bytes!("../../priv/page/index.html")),
            $((
                concat!("/page/", $name),
                $kind,
                include_bytes!(concat!("../../priv/page/", $name)),
            )),*
        ]
    };
}

/// `priv/page/`.
pub const FILES: &[Asset] = page![
    "icon.svg" DRAWING,
    "base.css" STYLE,
    "parts.css" STYLE,
    "picture.css" STYLE,
    "main.js" SCRIPT,
    "api.js" SCRIPT,
    "audit.js" SCRIPT,
    "dom.js" SCRIPT,
    "drafts.js" SCRIPT,
    "drift.js" SCRIPT,
    "editor.js" SCRIPT,
    "journal.js" SCRIPT,
    "json.js" SCRIPT,
    "keys.js" SCRIPT,
    "session.js" SCRIPT,
    "stakeholders.js" SCRIPT,
    "ui.js" SCRIPT,
    "unmet.js" SCRIPT,
    "users.js" SCRIPT,
    "picture/detail.js" SCRIPT,
    "picture/lines.js" SCRIPT,
    "picture/lists.js" SCRIPT,
    "picture/model.js" SCRIPT,
    "picture/table.js" SCRIPT,
    "picture/view.js" SCRIPT,
    "stakeholder/backfills.js" SCRIPT,
    "stakeholder/claims.js" SCRIPT,
    "stakeholder/credentials.js" SCRIPT,
    "stakeholder/helper.js" SCRIPT,
    "stakeholder/letters.js" SCRIPT,
    "stakeholder/notifications.js" SCRIPT,
    "stakeholder/resend.js" SCRIPT,
    "stakeholder/tokens.js" SCRIPT,
    "stakeholder/tried.js" SCRIPT,
    "stakeholder/view.js" SCRIPT,
];

/// Mounts the page, open to anyone: who sees what is decided by the API.
pub fn mount(config: &mut ServiceConfig) {
    assets::mount(config, FILES);
}
