//! The words for what is wrong with a value.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

/// Longer names Postgres cuts off.
const IDENTIFIER_BYTES: usize = 63;

/// The longest value that a message repeats, in characters.
const SHOWN: usize = 60;

pub(super) fn message(kind: &ValidationErrorKind, found: &Value) -> String {
    use ValidationErrorKind as Kind;
    match kind {
        Kind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            format!("Required property {property} was not present.")
        }
        Kind::Type { kind } => {
            let expected = expected(kind);
            match found {
                Value::Number(number) if expected == "an integer" => {
                    format!("Expected {expected} but got {number}.")
                }
                _ => format!("Expected {expected} but got {}.", kind_of(found)),
            }
        }
        Kind::Minimum { limit } => {
            format!("Expected a number of at least {limit} but got {}.", shown(found))
        }
        Kind::Maximum { limit } => {
            format!("Expected a number of at most {limit} but got {}.", shown(found))
        }
        Kind::MaxLength { .. } if let Some(message) = found.as_str().and_then(too_long) => message,
        _ => format!("The specification has no place for {} here.", shown(found)),
    }
}

/// The types that are expected; null goes without saying.
fn expected(kind: &TypeKind) -> String {
    let types: Vec<&str> = match kind {
        TypeKind::Single(one) => vec![one.as_str()],
        TypeKind::Multiple(several) => {
            several.iter().map(jsonschema::JsonType::as_str).filter(|one| *one != "null").collect()
        }
    };
    types.into_iter().map(with_article).collect::<Vec<_>>().join(" or ")
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    match noun {
        "null" => noun.to_owned(),
        _ => format!("{article} {noun}"),
    }
}

fn kind_of(found: &Value) -> String {
    with_article(match found {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    })
}

/// A value as a message shows it: itself where it is short, else what it is.
pub(super) fn shown(found: &Value) -> String {
    match found {
        Value::Array(_) | Value::Object(_) => kind_of(found),
        Value::String(text) if text.chars().count() > SHOWN => "a long string".to_owned(),
        _ => found.to_string(),
    }
}

pub(super) fn too_long(name: &str) -> Option<String> {
    (name.len() > IDENTIFIER_BYTES).then(|| {
        let bytes = name.len();
        format!(
            "A name in Postgres has at most {IDENTIFIER_BYTES} bytes, and this one has {bytes}."
        )
    })
}
