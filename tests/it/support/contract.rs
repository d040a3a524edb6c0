//! The contract of the API, which every request and answer of every test is held against.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use integratedb::contract::document;
use jsonschema::{Draft, Registry, Validator};
use serde_json::Value;

use super::Answer;

/// Its name among schemas.
const NAME: &str = "urn:contract";

type Validators = Mutex<HashMap<String, Arc<Validator>>>;

fn contract() -> &'static Value {
    document().as_ref().unwrap_or_else(|error| panic!("{error}"))
}

/// Fails the test if the contract doesn't have this answer to this request, or takes
/// another body than the one that was taken. Paths that aren't in it aren't there, and methods
/// that it doesn't have are refused.
#[track_caller]
pub fn check((method, path): (&str, &str), body: Option<&Value>, answer: &Answer) {
    let path = path.split('?').next().unwrap_or_default();
    let (status, headers) = (answer.status, &answer.headers);
    let said = format!("{method} {path} answers {status} {}", answer.body);
    let Some(pattern) = pattern(path) else {
        return assert!([401, 404].contains(&status), "{said}, and isn't in the contract");
    };
    let pointer = format!("/paths/{}/{}", escape(pattern), method.to_lowercase());
    let Some(operation) = contract().pointer(&pointer) else {
        return assert!([401, 405].contains(&status), "{said}, and isn't in the contract");
    };
    let pointer = resolve(&format!("{pointer}/responses/{status}"));
    let described = contract().pointer(&pointer);
    let described = described.unwrap_or_else(|| panic!("{said}, which isn't in the contract"));
    for (name, header) in described["headers"].as_object().into_iter().flatten() {
        let is_there = headers.contains_key(name.as_str()) || header["required"] != true;
        assert!(is_there, "{said} without {name}");
    }
    let declared = headers.get("content-type").and_then(|kind| kind.to_str().ok());
    let declared = declared.and_then(|kind| kind.split(';').next());
    match (described["content"].as_object(), declared) {
        (None, _) => assert_eq!(answer.body, Value::Null, "{said}"),
        (Some(kinds), Some(kind)) if kinds.contains_key(kind) => {
            let schema = format!("{pointer}/content/{}/schema", escape(kind));
            fits(&schema, &answer.body, &said);
        }
        (Some(kinds), kind) => panic!("{said} as {kind:?}, and not as {kinds:?}"),
    }
    let takes = operation.pointer("/requestBody/content/application~1json/schema");
    if let (200..300, Some(body), Some(_)) = (status, body, takes) {
        let pointer = format!("/paths/{}/{}", escape(pattern), method.to_lowercase());
        let schema = format!("{pointer}/requestBody/content/application~1json/schema");
        fits(&schema, body, &format!("{method} {path} takes {body}"));
    }
}

/// The path of the contract that a path is one of.
fn pattern(path: &str) -> Option<&'static str> {
    let fits = |pattern: &str| {
        let (ours, theirs) = (pattern.split('/'), path.split('/'));
        ours.clone().count() == theirs.clone().count()
            && ours.zip(theirs).all(|(ours, theirs)| ours.starts_with('{') || ours == theirs)
    };
    let paths = contract()["paths"].as_object().into_iter().flat_map(serde_json::Map::keys);
    paths.map(String::as_str).find(|pattern| fits(pattern))
}

fn resolve(pointer: &str) -> String {
    let target = contract().pointer(pointer).and_then(|value| value["$ref"].as_str());
    target.map_or(pointer, |target| target.trim_start_matches('#')).to_owned()
}

#[track_caller]
fn fits(schema: &str, value: &Value, said: &str) {
    let validator = validator(schema);
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{said}, which isn't as the contract says: {errors:#?}");
}

fn validator(pointer: &str) -> Arc<Validator> {
    static VALIDATORS: LazyLock<Validators> = LazyLock::new(Validators::default);
    static REGISTRY: LazyLock<Registry<'static>> = LazyLock::new(|| {
        let registry = Registry::new().add(NAME, contract()).expect("a schema");
        registry.prepare().expect("schemas")
    });
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = validators.entry(pointer.to_owned()).or_insert_with(|| {
        let fragment = pointer.replace('{', "%7B").replace('}', "%7D");
        let schema = serde_json::json!({ "$ref": format!("{NAME}#{fragment}") });
        let options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .with_registry(&REGISTRY);
        Arc::new(options.build(&schema).unwrap_or_else(|error| panic!("{pointer}: {error}")))
    });
    Arc::clone(validator)
}

fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}
