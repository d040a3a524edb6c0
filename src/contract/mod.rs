//! The contract of the API for programs: an `OpenAPI` 3.1 document.
//!
//! It is assembled from [`ROUTES`](crate::routes), which has every path with
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

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::auth::Access;
use crate::http::BASE;
use crate::routes::ROUTES;
use part::{Part, parts};

/// The document, or why it can't be assembled, which a test would have seen.
pub fn document() -> &'static Result<Value, String> {
    static DOCUMENT: LazyLock<Result<Value, String>> = LazyLock::new(|| assemble(ROUTES.0));
    &DOCUMENT
}

fn assemble(routes: &[(&str, &str, Access)]) -> Result<Value, String> {
    let parts = parts()?;
    let mut paths = Map::new();
    for (method, path, access) in routes {
        let described = find(&parts, method, path)?;
        let operation = operation::expand((method, path, *access), described);
        paths.entry(*path).or_insert_with(|| json!({}))[method.to_ascii_lowercase()] = operation;
    }
    links::add(&mut paths);
    let mut schemas = embedded::schemas()?;
    let mut parameters = Map::new();
    let mut tags = Vec::new();
    for Part { room, about, parameters: own, schemas: further, .. } in parts {
        tags.push(json!({ "name": room, "description": about }));
        parameters.extend(own);
        schemas.extend(further);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "IntegrateDB",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": BASE }],
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

fn find<'a>(
    parts: &'a [Part],
    method: &str,
    path: &str,
) -> Result<(&'a str, &'a part::Operation), String> {
    let name = format!("{method} {path}");
    let found = parts.iter().find_map(|part| {
        part.operations.get(&name).map(|operation| (part.room.as_str(), operation))
    });
    found.ok_or_else(|| format!("priv/openapi says nothing of {name}"))
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
