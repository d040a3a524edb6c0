//! One route as an operation.

use serde_json::{Map, Value, json};

use super::answers;
use super::part::Operation;
use crate::auth::Access;
use crate::http::BASE;

/// The names of the ways to say who is calling: programs with a token or a key, the page
/// with its session.
const BEARER: &str = "bearer";
const SESSION: &str = "session";

/// Says all of a route that a program wants to know.
pub(super) fn expand(
    (method, path, access): (&str, &str, Access),
    (room, described): (&str, &Operation),
) -> Value {
    let mut operation = json!({
        "operationId": id(method, path),
        "tags": [room],
        "summary": described.summary,
        "security": security(path, access),
        "responses": answers::all((method, path, access), described),
    });
    let about = [described.about.as_str(), &who(access)];
    let about = about.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
    operation["description"] = json!(about);
    let parameters = parameters_of(method, path, described);
    if !parameters.is_empty() {
        operation["parameters"] = json!(parameters);
    }
    if let Some((name, schema)) = described.takes.as_ref().and_then(|takes| takes.iter().next()) {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": envelope((name, schema)) } },
        });
    }
    operation
}

/// The same for `HEAD`: what is answered to it has no body.
pub(super) fn without_bodies(operation: &Value) -> Value {
    let mut operation = operation.clone();
    let id = operation["operationId"].as_str().unwrap_or_default();
    operation["operationId"] = json!(id.replacen("get", "head", 1));
    let answers = operation["responses"].as_object_mut();
    for answer in answers.into_iter().flat_map(Map::values_mut) {
        *answer = json!({ "description": "The same, without its body." });
    }
    operation
}

/// `GET /api/v1/users/{id}` is `get_users_id`, and `GET /health` is `get_root_health`.
pub(super) fn id(method: &str, path: &str) -> String {
    let path = path.strip_prefix(BASE).map_or_else(|| format!("/root{path}"), str::to_owned);
    let words = path.split(['/', '-', '.', '{', '}']).filter(|word| !word.is_empty());
    words.fold(method.to_ascii_lowercase(), |id, word| format!("{id}_{word}"))
}

/// What stands for `{…}` in a path.
pub(super) fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

/// How one says who is calling.
pub(super) fn security_schemes() -> Value {
    json!({
        BEARER: { "type": "http", "scheme": "bearer" },
        SESSION: {
            "type": "apiKey", "in": "cookie", "name": "integratedb_session",
            "description": "By TLS it is called `__Host-integratedb_session`.",
        },
    })
}

fn security(path: &str, access: Access) -> Value {
    match access {
        Access::Anyone => json!([]),
        Access::FirstOr(_) => json!([{ BEARER: [] }, { SESSION: [] }, {}]),
        Access::StreamOr(_) => json!([{ BEARER: [] }]),
        _ if !path.starts_with(BASE) => json!([{ BEARER: [] }]),
        _ => json!([{ BEARER: [] }, { SESSION: [] }]),
    }
}

/// Who may call a route, in a sentence.
fn who(access: Access) -> String {
    let takes = |role| format!("For people and keys of the role {role}");
    match access {
        Access::Anyone => "For anyone, without a token.".to_owned(),
        Access::Anybody => "For anybody with a token or a key that is good.".to_owned(),
        Access::Role(role) => format!("{}.", takes(role)),
        Access::FirstOr(role) => format!("{}, or anyone while there is no user.", takes(role)),
        Access::SelfOr(role) => format!("{}, or the user itself.", takes(role)),
        Access::OwnOr(role) => format!("{}, or the stakeholder by a key of its own.", takes(role)),
        Access::StreamOr(role) => {
            format!("{}, or the stakeholder by a key or a token of its own.", takes(role))
        }
    }
}

fn parameters_of(method: &str, path: &str, described: &Operation) -> Vec<Value> {
    let in_path = names_in(path).map(
        |name| json!({ "name": name, "in": "path", "required": true, "schema": { "$ref": "Id" } }),
    );
    let conditions: &[&str] = match (described.versioned, method) {
        (false, _) => &[],
        (true, "GET") => &["if_none_match"],
        (true, _) => &["if_match"],
    };
    let named = described.query.iter().chain(&described.headers).map(String::as_str);
    let named = named.chain(conditions.iter().copied());
    let named = named.chain(described.keyed.then_some("idempotency_key"));
    let named = named.map(|name| json!({ "$ref": format!("#/components/parameters/{name}") }));
    in_path.chain(named).collect()
}

/// Parameters as the files have them, with what goes without saying there: those that
/// have a name of their own, in upper case, are headers.
pub(super) fn parameters(parameters: Map<String, Value>) -> Map<String, Value> {
    let whole = parameters.into_iter().map(|(key, mut parameter)| {
        let name = parameter["name"].as_str().unwrap_or(&key).to_owned();
        let is_header = name.starts_with(|c: char| c.is_ascii_uppercase());
        parameter["in"] = json!(if is_header { "header" } else { "query" });
        parameter["name"] = json!(name);
        (key, parameter)
    });
    whole.collect()
}

/// Lets an object have further members, which nobody reads. An object that says itself what
/// it may have besides stays as it is.
pub(super) fn ignore_others(schema: &mut Value) {
    let is_open =
        schema.get("properties").is_some() && schema.get("additionalProperties").is_none();
    if is_open {
        schema["propertyNames"] = json!({ "pattern": "^[^\\u0000]*$" });
        schema["additionalProperties"] = json!({ "$ref": "Ignored" });
    }
}

/// The member of the body that is read. Where it has a name of its own, it may also stand
/// under `data`, as everything else does.
fn envelope((name, schema): (&str, &Value)) -> Value {
    let name_in = |name: &str, other: Option<&str>| {
        let bare = name.trim_end_matches('?');
        let mut properties = json!({ bare: answers::schema(schema) });
        if let Some(other) = other {
            properties[other] = json!(false);
        }
        let mut envelope = json!({ "type": "object", "properties": properties });
        ignore_others(&mut envelope);
        if bare == name {
            envelope["required"] = json!([bare]);
        }
        envelope
    };
    match name.trim_end_matches('?') {
        "data" => name_in(name, None),
        own => json!({ "anyOf": [name_in(name, None), name_in("data", Some(own))] }),
    }
}
