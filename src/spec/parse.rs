//! The reading of a document into its full form.

use serde_json::Value;

use super::pointers::{AlternativePlace, ColumnPlace, FieldPlace, MatchPlace, Pointers};
use super::{Alternative, Column, Field, Match, Spec, canonical_type};

const COLUMN_PROPERTIES: [&str; 4] = ["name", "type", "min_length", "is_nullable"];

/// Reads a document. One with faults is read as far as possible: what isn't
/// there, or isn't what it should be, comes out empty.
pub(super) fn read(document: &Value) -> (Spec, Pointers) {
    let (matches, places) = match &document["match"] {
        Value::Array(items) => numbered(items, "#/match").map(read_match).unzip(),
        single @ Value::Object(_) => {
            [read_match((single, "#/match".to_owned()))].into_iter().unzip()
        }
        _ => (Vec::new(), Vec::new()),
    };
    (Spec { matches }, Pointers { matches: places })
}

fn read_match((value, pointer): (&Value, String)) -> (Match, MatchPlace) {
    let first = value.get("path").map(|_| (value, pointer.clone()));
    let (alternatives, places) = first
        .into_iter()
        .chain(numbered(items(&value["alternatives"]), &format!("{pointer}/alternatives")))
        .map(read_alternative)
        .unzip();
    let optional = flag(value, "optional");
    (Match { optional, alternatives, listens: None }, MatchPlace { pointer, alternatives: places })
}

fn read_alternative((value, pointer): (&Value, String)) -> (Alternative, AlternativePlace) {
    let (schema, table) =
        split_path(value["path"].as_str().unwrap_or_default()).unwrap_or_default();
    let fields = items(&value["fields"]);
    let every_column = matches!(fields, [Value::String(name)] if name == "*");
    let fields = if every_column { &[] } else { fields };
    let (fields, places) = numbered(fields, &format!("{pointer}/fields")).map(read_field).unzip();
    let planned = flag(value, "planned");
    (
        Alternative { schema, table, every_column, planned, fields },
        AlternativePlace { pointer, every_column, fields: places },
    )
}

fn read_field((value, pointer): (&Value, String)) -> (Field, FieldPlace) {
    let first =
        (value.is_string() || value.get("name").is_some()).then(|| (value, pointer.clone()));
    let (alternatives, places) = first
        .into_iter()
        .chain(numbered(items(&value["alternatives"]), &format!("{pointer}/alternatives")))
        .map(read_column)
        .unzip();
    let optional = flag(value, "optional");
    (Field { optional, alternatives }, FieldPlace { pointer, alternatives: places })
}

fn read_column((value, pointer): (&Value, String)) -> (Column, ColumnPlace) {
    let written = value["type"].as_str();
    let column = Column {
        name: value.as_str().or(value["name"].as_str()).unwrap_or_default().to_owned(),
        r#type: written.map(str::to_owned),
        type_name: written.map(canonical_type),
        min_length: whole(&value["min_length"]),
        is_nullable: match &value["is_nullable"] {
            Value::Bool(nullable) => Some(*nullable),
            Value::String(nullable) => Some(nullable == "true"),
            _ => None,
        },
        planned: flag(value, "planned"),
    };
    let said = |property: &&str| value.get(*property).is_some_and(|value| !value.is_null());
    let properties = COLUMN_PROPERTIES.into_iter().filter(said).collect();
    (column, ColumnPlace { pointer, properties })
}

/// Splits a path to its schema and its table, where `None` is every table.
fn split_path(path: &str) -> Option<(String, Option<String>)> {
    let (schema, rest) = split_identifier(path)?;
    let table = rest.strip_prefix('.')?;
    if table == "*" {
        return Some((schema, None));
    }
    let (table, rest) = split_identifier(table)?;
    rest.is_empty().then_some((schema, Some(table)))
}

/// Takes one identifier off the front, and gives what comes after it.
fn split_identifier(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['.', '"']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        return (!name.is_empty()).then(|| (name.to_owned(), rest));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        let Some(more) = after.strip_prefix('"') else {
            return (!name.is_empty()).then_some((name, after));
        };
        name.push('"');
        rest = more;
    }
}

/// A whole number, which JSON also lets one write as `10.0` or `1e1`.
pub fn whole_number(value: &Value) -> Option<i64> {
    /// The first that a float doesn't tell from the next.
    const INEXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and it fits")]
    let whole =
        |float: f64| (float.fract() == 0.0 && float.abs() < INEXACT).then_some(float as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(whole))
}

/// A whole number as Postgres's `integer` holds it.
pub(super) fn whole(value: &Value) -> Option<i32> {
    whole_number(value).and_then(|number| i32::try_from(number).ok())
}

fn flag(value: &Value, property: &str) -> bool {
    value[property].as_bool().unwrap_or_default()
}

pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn numbered<'a>(items: &'a [Value], pointer: &str) -> impl Iterator<Item = (&'a Value, String)> {
    let number = move |(no, item)| (item, format!("{pointer}/{no}"));
    items.iter().enumerate().map(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::split_path;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_path_is_read_just_where_the_schema_accepts_it(path in "[ab.\"*\n]{0,10}") {
            let document = json!({"match": {"path": path, "fields": ["*"]}});
            let read = split_path(&path);
            let accepted = super::super::parse(&document).ok();
            let path = accepted.map(|(spec, _)| spec.matches[0].alternatives[0].path());
            prop_assert_eq!(path, read.map(rewrite));
        }
    }

    fn rewrite((schema, table): (String, Option<String>)) -> String {
        assert!(!schema.is_empty() && table.as_deref() != Some(""));
        let (every_column, planned, fields) = (true, false, Vec::new());
        super::Alternative { schema, table, every_column, planned, fields }.path()
    }
}
