//! The contract of the API for programs: an `OpenAPI` 3.1 document.
//!
//! It is assembled from [`ROUTES`](crate::routes) and its `ROOT`, which have every path with
//! who may call it, and from `priv/openapi/`, which has a file for each room and says of
//! each route what can't be derived. So a new route takes an entry there:
//!
//! ```json
//! "POST /things/{id}/parts": {
//!   "summary": "Add a part",
//!   "query": ["dry_run"],
//!   "takes": { "part": "NewPart" },
//!   "gives": { "201": { "data": "Part" } },
//!   "refuses": { "409": "The thing is sealed." }
//! }
//! ```
//!
//! Words that aren't under `schemas` or `parameters` of its own file may be of another. What
//! follows from the method, the path and who may call is added by `answers.rs`. A test fails
//! for a route without an entry, and every answer and request in the integration tests is held
//! against the document.

mod answers;
mod embedded;
mod links;
mod operation;
mod part;
pub mod routes;

pub use routes::mount;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::auth::Access;
use crate::http::{BASE, RouteTable};
use crate::routes::{ROOT, ROUTES};
use part::{Part, parts};

/// The document, or why it can't be assembled, which a test would have seen.
pub fn document() -> &'static Result<Value, String> {
    static DOCUMENT: LazyLock<Result<Value, String>> = LazyLock::new(assemble);
    &DOCUMENT
}

fn assemble() -> Result<Value, String> {
    let parts = parts()?;
    let mut paths = Map::new();
    for (base, (method, path, access)) in routes() {
        let described = find(&parts, base, (method, path))?;
        let full = format!("{base}{path}");
        let operation = operation::expand((method, &full, access), described);
        let item = paths.entry(full).or_insert_with(|| json!({}));
        if base.is_empty() {
            item["head"] = operation::without_bodies(&operation);
        }
        item[method.to_ascii_lowercase()] = operation;
    }
    links::add(&mut paths);
    let mut schemas = embedded::schemas()?;
    let mut parameters = Map::new();
    let mut tags = Vec::new();
    let mut taken = Vec::new();
    for Part { room, about, operations, parameters: own, schemas: further, .. } in parts {
        tags.push(json!({ "name": room, "description": about }));
        taken.extend(operations.into_values().filter_map(|operation| operation.takes));
        parameters.extend(own);
        schemas.extend(further);
    }
    for name in taken.iter().flat_map(BTreeMap::values).filter_map(Value::as_str) {
        schemas.get_mut(name).into_iter().for_each(operation::ignore_others);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "IntegrateDB",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0" },
        },
        // Paths are whole, since some are at the root: two of them are called `/metrics`.
        "servers": [{ "url": "/" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": operation::security_schemes(),
            "parameters": operation::parameters(parameters),
            "responses": answers::shared(),
            "schemas": schemas,
        },
    });
    spell_out(&mut document);
    Ok(document)
}

const ABOUT: &str = "Answers are JSON: `{\"data\": …}` or `{\"errors\": …}`. Lists are whole; \
     with `limit` they come in pages, and `page` says where the next one begins. Paths that \
     aren't there answer 404, methods that a path doesn't have 405 with `Allow`. Every answer \
     has an `X-Request-Id`, under which the log tells of it.";

/// Every route, and what its path stands below.
fn routes() -> impl Iterator<Item = (&'static str, (&'static str, &'static str, Access))> {
    let below = |base, table: RouteTable| table.0.iter().map(move |route| (base, *route));
    below(BASE, ROUTES).chain(below("", ROOT))
}

fn find<'a>(
    parts: &'a [Part],
    base: &str,
    (method, path): (&str, &str),
) -> Result<(&'a str, &'a part::Operation), String> {
    let name = format!("{method} {path}");
    let rooms = parts.iter().filter(|part| part.is_at_root == base.is_empty());
    let mut found =
        rooms.filter_map(|part| Some((part.room.as_str(), part.operations.get(&name)?)));
    found.next().ok_or_else(|| format!("priv/openapi says nothing of {method} {base}{path}"))
}

/// The name of a schema, as the files have it, becomes the reference that it means.
fn spell_out(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(spell_out),
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(name) if key == "$ref" && !name.contains('#') => {
                        *name = format!("#/components/schemas/{name}");
                    }
                    _ => spell_out(member),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
