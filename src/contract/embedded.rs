//! The JSON Schemas of documents and events, as parts of the contract.

use serde_json::{Map, Value};

/// Each with the name that it has in the contract, and its definitions behind a dot.
const SCHEMAS: &[(&str, &str)] = &[
    ("claims", include_str!("../../priv/spec/spec.schema.json")),
    ("notifications", include_str!("../../priv/spec/notifications.schema.json")),
    ("event", include_str!("../../priv/spec/event.schema.json")),
];

/// The schemas and all their definitions, which refer to each other by those names.
pub(super) fn schemas() -> Result<Map<String, Value>, String> {
    let mut schemas = Map::new();
    for (name, text) in SCHEMAS {
        let mut schema: Value =
            serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
        rename(&mut schema, name);
        let Some(members) = schema.as_object_mut() else { continue };
        members.shift_remove("$schema");
        members.shift_remove("$id");
        if let Some(Value::Object(definitions)) = members.shift_remove("$defs") {
            for (definition, schema) in definitions {
                schemas.insert(format!("{name}.{definition}"), schema);
            }
        }
        schemas.insert((*name).to_owned(), schema);
    }
    Ok(schemas)
}

/// `#/$defs/path` of claims, and `urn:integratedb:spec#/$defs/path` of others, is
/// `claims.path`. What tells people in our own words means nothing to others.
fn rename(value: &mut Value, name: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, name)),
        Value::Object(members) => {
            members.shift_remove("x-messages");
            for (key, member) in members {
                match member {
                    Value::String(target) if key == "$ref" => {
                        *target = match target.split_once("#/$defs/") {
                            Some(("urn:integratedb:spec", definition)) => {
                                format!("claims.{definition}")
                            }
                            Some((_, definition)) => format!("{name}.{definition}"),
                            None => target.clone(),
                        };
                    }
                    _ => rename(member, name),
                }
            }
        }
        _ => {}
    }
}
