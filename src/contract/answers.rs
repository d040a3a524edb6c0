//! The answers of a route: what it gives, and every error, most of which follow from
//! what the route is.

use serde_json::{Map, Value, json};

use super::operation::names_in;
use super::part::{Gives, Operation};
use crate::auth::Access;

/// What any route of a kind can be refused with, and the schema of that.
const SHARED: &[(&str, &str, &str)] = &[
    ("400", "The body isn't JSON, or the query or a header can't be read.", "Detail"),
    ("401", "There is no token, or one that is not valid, or not any more.", "Detail"),
    ("403", "The caller is known, and may not do this: it takes another role.", "Detail"),
    ("404", "There is no such thing.", "Detail"),
    ("409", "A request with this `Idempotency-Key` is still running.", "Detail"),
    ("412", "It is of another version than the one asked for; `ETag` has the one it is.", "Detail"),
    ("413", "The body is larger than 1 MiB.", "Detail"),
    ("415", "The body is declared as something other than JSON.", "Detail"),
    ("422", "Fields, or parameters of the query, can't be taken as they are.", "FieldErrors"),
    ("422-body", "The body can't be taken as it is.", "InvalidBody"),
    ("429", "There were too many attempts; `Retry-After` says for how long.", "Detail"),
    ("500", "A fault of IntegrateDB or its installation; the log says which.", "Detail"),
    ("503", "Postgres can't be reached, or a migration holds what this needs.", "Detail"),
];

/// The answers that routes share.
pub(super) fn shared() -> Map<String, Value> {
    let answers = SHARED.iter().map(|(status, about, schema)| {
        let mut answer = error(about, schema);
        let header = match *status {
            "401" => Some(("WWW-Authenticate", json!({ "const": "Bearer" }))),
            "412" => Some(("ETag", json!({ "type": "string" }))),
            "429" | "503" => Some(("Retry-After", seconds())),
            _ => None,
        };
        if let Some((name, schema)) = header {
            answer["headers"] = json!({ name: { "required": true, "schema": schema } });
        }
        ((*status).to_owned(), answer)
    });
    answers.collect()
}

fn seconds() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn shared_one(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// Every answer of a route.
pub(super) fn all(route: (&str, &str, Access), described: &Operation) -> Map<String, Value> {
    let mut answers = Map::new();
    for (status, gives) in &described.gives {
        answers.insert(
            status.clone(),
            given(status, gives, described.versioned && route.0 != "DELETE"),
        );
    }
    if described.versioned && route.0 == "GET" {
        answers.insert("304".to_owned(), json!({ "description": "It is as it was." }));
    }
    for name in derived(route, described) {
        let status = name.split('-').next().unwrap_or(name);
        answers.insert(status.to_owned(), shared_one(name));
    }
    for (status, why) in &described.refuses {
        let answer = if why.is_empty() { shared_one(status) } else { error(why, "Detail") };
        answers.insert(status.clone(), answer);
    }
    answers.sort_keys();
    answers
}

/// The names of the shared answers that a route can have.
fn derived(
    (method, path, access): (&str, &str, Access),
    described: &Operation,
) -> Vec<&'static str> {
    let has_body = described.takes.is_some();
    let has_query = !described.query.is_empty();
    let is_condition = described.versioned && method != "GET";
    let can_be = [
        ("400", has_body || has_query || described.versioned),
        ("401", access != Access::Anyone),
        ("403", !matches!(access, Access::Anyone | Access::Anybody)),
        ("404", names_in(path).next().is_some()),
        ("409", described.keyed),
        ("412", is_condition),
        ("413", has_body),
        ("415", has_body),
        ("422", has_query && !has_body),
        ("422-body", has_body),
        ("500", true),
        ("503", !described.is_of_the_program),
    ];
    can_be.into_iter().filter(|(_, can_be)| *can_be).map(|(name, _)| name).collect()
}

fn given(status: &str, gives: &Gives, is_versioned: bool) -> Value {
    let about = match status {
        "101" => "The websocket is open.",
        "201" => "It is created.",
        "204" => "It is done.",
        "503" => "Not now, and why not.",
        _ => "Here it is.",
    };
    let mut answer = json!({ "description": about });
    let (kind, schema) = match gives {
        Gives::Nothing => return answer,
        Gives::Data(data) => ("application/json", object(&[("data", schema(data))])),
        Gives::List(of) => ("application/json", list(of, "after")),
        Gives::Newest(of) => ("application/json", list(of, "before")),
        Gives::Whole(body) => ("application/json", schema(body)),
        Gives::Stream(of) => ("text/event-stream", json!({ "$ref": of })),
        Gives::Text(kinds) => {
            let text = json!({ "schema": { "type": "string" } });
            answer["content"] = kinds.iter().map(|kind| (kind.clone(), text.clone())).collect();
            return answer;
        }
    };
    answer["content"] = json!({ kind: { "schema": schema } });
    let header = match (status, is_versioned) {
        ("201", _) => Some(("Location", "Where it is now.", json!({ "type": "string" }))),
        ("503", _) => Some(("Retry-After", "When to ask again.", seconds())),
        ("200", true) => Some((
            "ETag",
            "The version, for `If-Match` and `If-None-Match`.",
            json!({ "type": "string" }),
        )),
        _ => None,
    };
    if let Some((name, about, schema)) = header {
        answer["headers"] =
            json!({ name: { "description": about, "required": true, "schema": schema } });
    }
    answer
}

/// A list; in pages the answer says where the next one begins.
fn list(of: &str, side: &str) -> Value {
    let next = json!({
        "description": format!("Ask for the next page with `{side}`; null if this was the last."),
        "type": ["integer", "null"],
    });
    let page = object(&[("limit", json!({ "type": "integer" })), (side, next)]);
    let mut list =
        object(&[("data", json!({ "type": "array", "items": { "$ref": of } })), ("page", page)]);
    if side == "after" {
        list["required"] = json!(["data"]);
    }
    list
}

/// An object with these members and no others.
fn object(members: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({
        "type": "object",
        "required": names,
        "properties": properties,
        "additionalProperties": false,
    })
}

fn error(about: &str, schema: &str) -> Value {
    json!({
        "description": about,
        "content": { "application/json": { "schema": { "$ref": schema } } },
    })
}

/// A schema that is a name, or written out.
pub(super) fn schema(described: &Value) -> Value {
    match described {
        Value::String(name) => json!({ "$ref": name }),
        written => written.clone(),
    }
}
