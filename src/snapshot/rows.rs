//! Rows out of what COPY writes: of a value only the output function of its type has run,
//! which none but superusers make.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::changes::value::write_json;

/// A column that is copied.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    /// Its type, or what its domain is made of.
    pub type_oid: u32,
}

/// Makes an object of each line, as `row_to_json` would where no cast is anybody's own,
/// and sorts them, so that the same rows are the same text.
pub(super) fn read(copied: &str, columns: &[Column]) -> Vec<Value> {
    let mut rows: Vec<Value> = copied.lines().map(|line| row(line, columns)).collect();
    rows.sort_by(compare);
    rows
}

fn row(line: &str, columns: &[Column]) -> Value {
    let fields = columns.iter().zip(line.split('\t'));
    let fields = fields.map(|(column, field)| (column.name.clone(), value(column, field)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn value(column: &Column, field: &str) -> Value {
    if field == "\\N" {
        return Value::Null;
    }
    let (text, mut json) = (unescape(field), String::new());
    write_json(column.type_oid, &text, &mut json);
    // A number may be too large for us, but not for whoever reads the text.
    serde_json::from_str(&json).unwrap_or(Value::String(text))
}

/// What stands behind the backslashes that COPY writes.
fn unescape(field: &str) -> String {
    let (mut text, mut characters) = (String::with_capacity(field.len()), field.chars());
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next().unwrap_or('\\') {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                other => other,
            },
            other => other,
        });
    }
    text
}

/// The order of jsonb, but for strings, which a collation orders there.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (Value::Number(one), Value::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => one.as_f64().unwrap_or_default().total_cmp(&other.as_f64().unwrap_or_default()),
        },
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Array(one), Value::Array(other)) => {
            let elements = || one.iter().zip(other).map(|(one, other)| compare(one, other));
            one.len().cmp(&other.len()).then_with(|| first_difference(elements()))
        }
        (Value::Object(one), Value::Object(other)) => {
            let keys = || keys(one).into_iter().zip(keys(other));
            let members = || {
                keys().map(|(key, its)| {
                    key.cmp(&its).then_with(|| compare(&one[key.1], &other[its.1]))
                })
            };
            one.len().cmp(&other.len()).then_with(|| first_difference(members()))
        }
        _ => rank(one).cmp(&rank(other)),
    }
}

fn first_difference(mut differences: impl Iterator<Item = Ordering>) -> Ordering {
    differences.find(|difference| difference.is_ne()).unwrap_or(Ordering::Equal)
}

/// Shorter keys come first.
fn keys(object: &Map<String, Value>) -> Vec<(usize, &str)> {
    let mut keys: Vec<(usize, &str)> = object.keys().map(|key| (key.len(), key.as_str())).collect();
    keys.sort_unstable();
    keys
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::String(_) => 1,
        Value::Number(_) => 2,
        Value::Bool(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::changes::value::oid;

    #[test]
    fn values_are_what_their_types_say_and_rows_are_in_order() {
        let columns = [
            ("id", oid::INT4),
            ("done", oid::BOOL),
            ("at", oid::TIMESTAMPTZ),
            ("text", oid::TEXT),
            ("json", oid::JSONB),
            ("big", oid::NUMERIC),
        ];
        let columns = columns.map(|(name, type_oid)| Column { name: name.to_owned(), type_oid });
        let digits = "9".repeat(400);
        let copied = format!(
            "10\tt\t2020-01-01 12:00:00+00\ta\\tb\\\\N\\n\t{{\"a\": [1]}}\t{digits}\n\
             9\t\\N\t\\N\t\\\\N\t\\N\t1.5\n"
        );
        assert_eq!(
            read(&copied, &columns),
            [
                json!({ "id": 9, "done": null, "at": null, "text": "\\N", "json": null, "big": 1.5 }),
                json!({
                    "id": 10, "done": true, "at": "2020-01-01T12:00:00+00:00", "text": "a\tb\\N\n",
                    "json": { "a": [1] }, "big": digits,
                }),
            ]
        );
    }

    #[test]
    fn rows_come_in_the_order_of_jsonb() {
        let ordered = [
            json!({ "a": null, "bb": 1 }),
            json!({ "a": "1", "bb": 1 }),
            json!({ "a": "a", "bb": 0.5 }),
            json!({ "a": "a", "bb": 9 }),
            json!({ "a": "a", "bb": 10 }),
            json!({ "a": 1, "bb": 1 }),
            json!({ "a": false, "bb": 1 }),
            json!({ "a": true, "bb": 1 }),
            json!({ "a": [2], "bb": 1 }),
            json!({ "a": [1, 2], "bb": 1 }),
            json!({ "a": [1, 3], "bb": 1 }),
            json!({ "a": { "b": 1 }, "bb": 1 }),
            json!({ "a": { "c": 0 }, "bb": 1 }),
        ];
        assert!(ordered.is_sorted_by(|one, other| compare(one, other).is_lt()));
    }
}
