//! What the contract says, and that it can't forget a route.

use super::*;

fn contract() -> &'static Value {
    document().as_ref().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_route_is_described_and_nothing_else_is() {
    let described = parts().unwrap();
    for (method, path, _) in ROUTES.0 {
        assert_eq!(find(&described, method, path).err(), None);
        let pointer = format!("/paths/{}/{}", path.replace('/', "~1"), method.to_lowercase());
        assert!(contract().pointer(&pointer).is_some(), "{pointer}");
    }
    let routes: Vec<String> =
        ROUTES.0.iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    for name in described.iter().flat_map(|part| part.operations.keys()) {
        assert!(routes.contains(name), "{name} is no route");
    }
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
    assert_eq!(responses("/openapi.json", "get"), [200, 304, 400, 500]);
    let put = [200, 400, 401, 403, 404, 412, 413, 415, 422, 500, 503];
    assert_eq!(responses("/stakeholders/{id}/claims", "put"), put);
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
