//! The JSON Schemas of documents and events, as parts of the contract.

use serde_json::{Map, Value, json};

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
        choose(&mut schema);
        let Some(members) = schema.as_object_mut() else { continue };
        members.shift_remove("$schema");
        members.shift_remove("$id");
        if let Some(Value::Object(mut definitions)) = members.shift_remove("$defs") {
            tell_apart(&mut definitions);
            for (definition, schema) in definitions {
                schemas.insert(format!("{name}.{definition}"), schema);
            }
        }
        schemas.insert((*name).to_owned(), schema);
    }
    Ok(schemas)
}

/// What is restricted to one row all the way down becomes a kind of condition of its own, which
/// programs need not work out of both.
fn tell_apart(definitions: &mut Map<String, Value>) {
    if definitions.shift_remove("of_one_row").is_none() {
        return;
    }
    for name in ["condition", "conditions"] {
        let Some(mut narrow) = definitions.get(name).cloned() else { continue };
        if let Some(members) = narrow.get_mut("properties").and_then(Value::as_object_mut) {
            members.shift_remove("changed");
            members.shift_remove("old");
        }
        rename_conditions(&mut narrow);
        definitions.insert(format!("{name}_of_one_row"), narrow);
    }
    if let Some(old) = definitions["condition"].pointer_mut("/properties/old") {
        *old = json!({ "title": old["title"], "description": old["description"], "$ref": "notifications.condition_of_one_row" });
    }
}

fn rename_conditions(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(rename_conditions),
        Value::Object(members) => members.iter_mut().for_each(|(key, member)| match member {
            Value::String(target) if key == "$ref" && target.contains(".condition") => {
                target.push_str("_of_one_row");
            }
            _ => rename_conditions(member),
        }),
        _ => {}
    }
}

/// `#/$defs/path` of claims, and `urn:integratedb:spec#/$defs/path` of others, is
/// `claims.path`. What tells people in our own words means nothing to others.
fn rename(value: &mut Value, name: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, name)),
        Value::Object(members) => {
            members.shift_remove("x-messages");
            members.shift_remove("x-otherwise");
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

/// What is written as conditions, so that every fault has a good message, becomes the choice
/// that it is: programs that read schemas understand that better.
///
/// - `if` of a type, `then` this, `else` that: any of both, since their types are disjoint;
/// - `*` only alone: it, or others;
/// - several conditions of a type, or of a `type` that is a constant: one of what follows.
fn choose(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(choose),
        Value::Object(members) => {
            members.values_mut().for_each(choose);
            if members.get("if").is_some_and(is_of_type) {
                let condition = members.shift_remove("if").unwrap_or_default();
                let kind = condition["type"].clone();
                let mut then = members.shift_remove("then").unwrap_or(condition);
                if let Some(then) = then.as_object_mut().filter(|then| !then.contains_key("$ref")) {
                    then.entry("type").or_insert(kind);
                }
                let choices: Vec<Value> =
                    [Some(then), members.shift_remove("else")].into_iter().flatten().collect();
                members.insert("anyOf".to_owned(), choices.into());
            }
            if members.get("if").is_some_and(is_of_a_star) {
                members.shift_remove("if");
                members.shift_remove("then");
                let others = json!({ "items": { "not": { "const": "*" } } });
                members.insert("anyOf".to_owned(), json!([{ "const": ["*"] }, others]));
            }
            let conditions = members.get("allOf").and_then(Value::as_array);
            let choices: Option<Vec<Value>> =
                conditions.and_then(|all| all.iter().map(choice).collect());
            if let Some(choices) = choices.filter(|choices| choices.len() > 1) {
                members.shift_remove("allOf");
                members.insert("anyOf".to_owned(), choices.into());
            }
        }
        _ => {}
    }
}

/// Whether a condition asks for a type and nothing else.
fn is_of_type(condition: &Value) -> bool {
    condition
        .as_object()
        .is_some_and(|asked| asked.len() == 1 && asked.get("type").is_some_and(Value::is_string))
}

/// Whether a condition asks for an array that has a star.
fn is_of_a_star(condition: &Value) -> bool {
    *condition == json!({ "type": "array", "contains": { "const": "*" } })
}

/// What follows from a condition, with what it asks for.
fn choice(part: &Value) -> Option<Value> {
    if let Some([only]) = part["anyOf"].as_array().map(Vec::as_slice) {
        return Some(only.clone());
    }
    let constant = part.pointer("/if/properties/type/const")?;
    let asked = json!({ "type": "object", "required": ["type"], "properties": { "type": { "const": constant } } });
    Some(json!({ "allOf": [asked, part["then"]] }))
}
