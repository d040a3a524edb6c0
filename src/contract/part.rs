//! What the files in `priv/openapi/` say.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The files, in the order in which the rooms are shown.
const FILES: &[(&str, &str)] = &[
    ("users", include_str!("../../priv/openapi/users.json")),
    ("sessions", include_str!("../../priv/openapi/sessions.json")),
    ("keys", include_str!("../../priv/openapi/keys.json")),
    ("stakeholders", include_str!("../../priv/openapi/stakeholders.json")),
    ("credentials", include_str!("../../priv/openapi/credentials.json")),
    ("claims", include_str!("../../priv/openapi/claims.json")),
    ("notifications", include_str!("../../priv/openapi/notifications.json")),
    ("backfills", include_str!("../../priv/openapi/backfills.json")),
    ("streams", include_str!("../../priv/openapi/streams.json")),
    ("picture", include_str!("../../priv/openapi/picture.json")),
    ("insight", include_str!("../../priv/openapi/insight.json")),
    ("audit", include_str!("../../priv/openapi/audit.json")),
    ("contract", include_str!("../../priv/openapi/contract.json")),
    ("program", include_str!("../../priv/openapi/program.json")),
];

/// A room: its routes, and the words that describe them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub room: String,
    pub about: String,
    /// Whether its paths are at the root, and not below that of the API.
    #[serde(default)]
    pub is_at_root: bool,
    /// By method and path.
    pub operations: BTreeMap<String, Operation>,
    #[serde(default)]
    pub parameters: Map<String, Value>,
    #[serde(default)]
    pub schemas: Map<String, Value>,
}

/// What isn't derived of a route.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operation {
    pub summary: String,
    #[serde(default)]
    pub about: String,
    /// The parameters of the query, by name.
    #[serde(default)]
    pub query: Vec<String>,
    #[serde(default)]
    pub headers: Vec<String>,
    /// The member of the body that is read, and what it is; with `?` behind its name, it
    /// may be missing.
    #[serde(default)]
    pub takes: Option<BTreeMap<String, Value>>,
    /// Whether it has an `ETag`, and honours `If-Match` and `If-None-Match`.
    #[serde(default)]
    pub versioned: bool,
    /// Whether it is answered without Postgres.
    #[serde(default)]
    pub is_of_the_program: bool,
    /// Whether it honours `Idempotency-Key`.
    #[serde(default)]
    pub keyed: bool,
    pub gives: BTreeMap<String, Gives>,
    /// Why it is refused, beyond what follows from what it is. Where nothing is said, for
    /// the reason that all have who answer so.
    #[serde(default)]
    pub refuses: BTreeMap<String, String>,
}

/// The shape of a body. A schema is a name, or is written there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Gives {
    Nothing,
    /// `{"data": …}`
    Data(Value),
    /// A list by id, whole or in pages.
    List(String),
    /// A list that begins with the newest, always in pages.
    Newest(String),
    /// The body itself.
    Whole(Value),
    /// Server-sent events, each of this shape.
    Stream(String),
    /// A text of any of these content types.
    Text(Vec<String>),
}

/// Reads the files.
pub(super) fn parts() -> Result<Vec<Part>, String> {
    let read = |(name, text): &(&str, &str)| {
        serde_json::from_str(text).map_err(|error| format!("priv/openapi/{name}.json: {error}"))
    };
    FILES.iter().map(read).collect()
}
