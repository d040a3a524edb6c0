//! What is printed for people: tables and lists of fields, without lines and colours,
//! so that they read the same in a terminal and behind a pipe.

use comfy_table::{Table, presets};
use serde_json::Value;

use crate::folder::visible;
use crate::moment::to_the_second;

/// A column: its heading, and a JSON pointer to what stands in it.
pub type Column = (&'static str, &'static str);

/// A table: two spaces between columns, no lines.
pub fn table(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    let shown = rows.map(|row| row.iter().map(|cell| visible(cell)).collect::<Vec<_>>());
    table.load_style(presets::NOTHING).set_header(headings).add_rows(shown);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines = table.lines().map(|line| format!("  {}\n", line.trim_end()));
    lines.collect()
}

/// A table of what the API answers.
pub fn rows(columns: &[Column], values: &[Value]) -> String {
    let headings: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
    let row = |value: &Value| columns.iter().map(|(_, pointer)| cell(value, pointer)).collect();
    table(&headings, values.iter().map(row))
}

/// One thing that the API answers, a line for each of its fields.
pub fn fields(columns: &[Column], value: &Value) -> String {
    let width = columns.iter().map(|(heading, _)| heading.len()).max().unwrap_or_default();
    let line = |(heading, pointer): &Column| {
        format!("  {heading:width$}  {}\n", visible(&cell(value, pointer)))
    };
    columns.iter().map(line).collect()
}

/// "1 claim", "2 claims".
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn cell(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(value) => text(value),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => to_the_second(text).unwrap_or_else(|| text.clone()),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_value_has_its_place_and_none_writes_lines_of_its_own() {
        let columns = [("ID", "/id"), ("WHAT", "/deep/name"), ("SURE", "/sure"), ("ALL", "/all")];
        let values = [
            json!({ "id": 1, "deep": { "name": "a\nb" }, "sure": true, "all": ["x", 2] }),
            json!({ "id": 20, "deep": null, "sure": false, "all": [] }),
        ];
        let expected = "  ID  WHAT  SURE  ALL\n  1   a\\nb  yes   x, 2\n  20  -     no    -\n";
        assert_eq!(rows(&columns, &values), expected);
        assert_eq!(fields(&columns[..2], &values[1]), "  ID    20\n  WHAT  -\n");
        let at = json!({ "id": "2026-11-24T15:00:00.123456Z" });
        assert_eq!(fields(&columns[..1], &at), "  ID  2026-11-24T15:00:00Z\n");
    }
}
