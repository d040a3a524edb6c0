//! What the contract says, and that it can't forget a route.

use std::collections::HashSet;

use serde_json::json;

use super::*;

fn contract() -> &'static Value {
    document().as_ref().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_route_is_described_and_nothing_else_is() {
    let described = parts().unwrap();
    let mut expected = Vec::new();
    for (base, (method, path, _)) in routes() {
        assert_eq!(find(&described, base, (method, path)).err(), None);
        expected.push(format!("{} {base}{path}", method.to_lowercase()));
        if base.is_empty() {
            expected.push(format!("head {path}"));
        }
    }
    let paths = contract()["paths"].as_object().unwrap();
    let methods = |item: &Value| item.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut said: Vec<String> = paths
        .iter()
        .flat_map(|(path, item)| {
            methods(item).into_iter().map(move |method| format!("{method} {path}"))
        })
        .collect();
    said.sort_unstable();
    expected.sort_unstable();
    assert_eq!(said, expected);
    let names: Vec<(&str, String)> =
        routes().map(|(base, (method, path, _))| (base, format!("{method} {path}"))).collect();
    for part in &described {
        let base = if part.is_at_root { "" } else { BASE };
        for name in part.operations.keys() {
            assert!(names.contains(&(base, name.clone())), "{name} of {} is no route", part.room);
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let paths = contract()["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|item| item.as_object().unwrap().values());
    let mut ids: Vec<&str> =
        operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all);
    assert!(["get_users_id", "get_metrics", "get_root_metrics"].iter().all(|id| ids.contains(id)));
}

#[test]
fn words_mean_one_thing_and_every_reference_leads_somewhere() {
    let described = parts().unwrap();
    for words in [
        described.iter().flat_map(|part| part.schemas.keys()).collect::<Vec<_>>(),
        described.iter().flat_map(|part| part.parameters.keys()).collect(),
    ] {
        let mut seen = words.clone();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), words.len(), "{words:?}");
    }
    check_references(contract());
}

fn check_references(value: &Value) {
    if let Some(target) = value.get("$ref").and_then(Value::as_str) {
        let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{target}"));
        assert!(contract().pointer(pointer).is_some(), "{target}");
    }
    match value {
        Value::Array(items) => items.iter().for_each(check_references),
        Value::Object(members) => members.values().for_each(check_references),
        _ => {}
    }
}

#[test]
fn what_follows_from_a_route_is_said_of_it() {
    let responses = |path: &str, method: &str| {
        let pointer = format!("/paths/{}/{method}/responses", path.replace('/', "~1"));
        let responses = contract().pointer(&pointer).and_then(Value::as_object).unwrap();
        responses.keys().map(|status| status.parse().unwrap()).collect::<Vec<u16>>()
    };
    assert_eq!(responses("/api/v1/openapi.json", "get"), [200, 304, 400, 500]);
    let put = [200, 400, 401, 403, 404, 412, 413, 415, 422, 500, 503];
    assert_eq!(responses("/api/v1/stakeholders/{id}/claims", "put"), put);
    assert_eq!(responses("/ready", "get"), [200, 500, 503]);
    assert_eq!(responses("/metrics", "get"), [200, 401, 403, 500, 503]);
}

#[test]
fn a_document_is_as_the_contract_says_exactly_if_it_is_as_its_schema_says() {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let schemas = [
        ("spec", "claims", include_str!("../../priv/spec/spec.schema.json")),
        (
            "notifications",
            "notifications",
            include_str!("../../priv/spec/notifications.schema.json"),
        ),
    ];
    let schemas = schemas.map(|(folder, name, text)| {
        let schema: Value = serde_json::from_str(text).unwrap();
        (folder, name, schema)
    });
    let registry = schemas.iter().fold(jsonschema::Registry::new(), |registry, (_, _, schema)| {
        registry.add(schema["$id"].as_str().unwrap(), schema).unwrap()
    });
    let registry = registry.add("urn:contract", contract()).unwrap().prepare().unwrap();
    let options = jsonschema::options().with_registry(&registry);
    for (folder, name, schema) in &schemas {
        let of_schema = options.build(schema).unwrap();
        let reference = json!({ "$ref": format!("urn:contract#/components/schemas/{name}") });
        let of_contract = options.build(&reference).unwrap();
        let mut seen = [0, 0];
        for file in std::fs::read_dir(cases.join(folder)).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let case: Value = serde_json::from_str(&text).unwrap();
            let document = &case["document"];
            let fits = of_schema.is_valid(document);
            assert_eq!(of_contract.is_valid(document), fits, "{}", path.display());
            seen[usize::from(fits)] += 1;
        }
        assert!(seen.iter().all(|count| *count > 10), "{folder}: {seen:?}");
    }
}

#[test]
fn no_text_of_a_body_may_have_what_is_refused_in_every_text() {
    let operations = contract()["paths"].as_object().unwrap().values();
    let operations = operations.flat_map(|item| item.as_object().unwrap().values());
    let mut texts = Vec::new();
    for operation in operations {
        find_texts(&operation["requestBody"], &mut HashSet::new(), &mut texts);
    }
    assert!(texts.len() > 20, "{texts:#?}");
    for text in texts {
        // With what it may refer to.
        let mut schema = text.clone();
        schema["components"] = contract()["components"].clone();
        assert!(!jsonschema::is_valid(&schema, &json!("a\u{0}b")), "{text} allows U+0000");
    }
}

/// The schemas of texts in a schema, but of those that are one of a few or have a format.
fn find_texts<'a>(schema: &'a Value, seen: &mut HashSet<&'a str>, found: &mut Vec<&'a Value>) {
    let is_text = schema["type"] == "string" || schema["type"] == json!(["string", "null"]);
    if is_text && ["enum", "const", "format"].iter().all(|word| schema.get(word).is_none()) {
        found.push(schema);
    }
    if let Some(target) = schema["$ref"].as_str().filter(|target| seen.insert(target)) {
        find_texts(contract().pointer(&target[1..]).unwrap(), seen, found);
    }
    match schema {
        Value::Array(items) => items.iter().for_each(|item| find_texts(item, seen, found)),
        Value::Object(members) => members.values().for_each(|it| find_texts(it, seen, found)),
        _ => {}
    }
}
