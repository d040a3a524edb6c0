//! Events as JSON: `CloudEvents` 1.0, as `priv/spec/event.schema.json` describes them.

use std::fmt::Write;

use super::row::Row;
use crate::changes::pgoutput::{Field, Old};
use crate::changes::value::{write_json, write_string};
use crate::changes::{Entry, Kind, Position};
use crate::moment::Moment;
use crate::spec::AlertKind;

/// The event of a change, with these columns and no others.
pub fn change(
    source: &str,
    id: &str,
    subject: &str,
    entry: &Entry,
    row: &Row<'_>,
    columns: &[bool],
) -> String {
    let mut out = String::with_capacity(384 + entry.message.len());
    let operation = operation(entry.kind);
    let kind = operation.to_ascii_lowercase();
    envelope(&mut out, source, id, &kind, Some(subject), entry.committed_at);
    write_all(&mut out, format_args!("{{\"operation\":\"{operation}\",\"key\":"));
    let told = |column: &usize| columns[*column];
    let all = 0..columns.len();
    values(
        &mut out,
        row,
        all.clone().filter(told).filter(|column| row.has_key() && row.is_key(*column)),
        |column| row.new_field(column).or_else(|| row.old_field(column)),
    );
    if row.new.is_some() {
        out.push_str(",\"new\":");
        values(&mut out, row, all.clone().filter(told), |column| row.new_field(column));
    }
    if row.old.is_some() {
        out.push_str(",\"old\":");
        values(&mut out, row, all.clone().filter(told), |column| row.old_field(column));
    }
    if entry.kind == Kind::Update {
        out.push_str(",\"changed\":");
        match &row.old {
            Some(Old::Row(_)) => names(
                &mut out,
                row,
                all.clone()
                    .filter(told)
                    .filter(|column| row.new_field(*column) != row.old_field(*column)),
            ),
            _ => out.push_str("null"),
        }
        let is_unchanged = |column: &usize| row.new_field(*column) == Some(Field::Unchanged);
        if all.clone().any(|column| told(&column) && is_unchanged(&column)) {
            out.push_str(",\"unchanged\":");
            names(&mut out, row, all.filter(told).filter(is_unchanged));
        }
    }
    // A row that was read was made by some transaction long ago.
    if entry.kind != Kind::Read {
        let (id, lsn) = (entry.xid, entry.position.lsn);
        write_all(&mut out, format_args!(",\"transaction\":{{\"id\":{id},\"lsn\":\"{lsn}\"}}"));
    }
    out.push_str("}}");
    out
}

/// The event that says that changes are missing.
pub fn gap(source: &str, id: &str, from: Position, to: Position, reason: &str) -> String {
    let mut out = String::new();
    envelope(&mut out, source, id, "gap", None, Moment::now());
    write_all(&mut out, format_args!("{{\"from\":\"{from}\",\"to\":\"{to}\",\"reason\":"));
    write_string(reason, &mut out);
    out.push_str("}}");
    out
}

/// The event of an alert, whose data is JSON already.
pub fn alert(source: &str, id: &str, kind: AlertKind, at: Moment, data: &str) -> String {
    let mut out = String::with_capacity(256 + data.len());
    envelope(&mut out, source, id, &format!("alert.{kind}"), None, at);
    out.push_str(data);
    out.push('}');
    out
}

/// The event by which an operator sees whether a channel works.
pub fn test(source: &str, id: &str) -> String {
    let mut out = String::new();
    envelope(&mut out, source, id, "test", None, Moment::now());
    out.push_str(
        "{\"message\":\"IntegrateDB sends this on request, to see whether the channel works.\"}}",
    );
    out
}

/// Everything before the data.
fn envelope(
    out: &mut String,
    source: &str,
    id: &str,
    kind: &str,
    subject: Option<&str>,
    time: Moment,
) {
    out.push_str("{\"specversion\":\"1.0\",\"id\":");
    write_string(id, out);
    out.push_str(",\"source\":");
    write_string(source, out);
    write_all(out, format_args!(",\"type\":\"integratedb.{kind}\""));
    if let Some(subject) = subject {
        out.push_str(",\"subject\":");
        write_string(subject, out);
    }
    write_all(
        out,
        format_args!(",\"time\":\"{time}\",\"datacontenttype\":\"application/json\",\"data\":"),
    );
}

/// An object with the values of these columns, as far as they are known.
fn values<'a>(
    out: &mut String,
    row: &Row<'_>,
    columns: impl Iterator<Item = usize>,
    field: impl Fn(usize) -> Option<Field<'a>>,
) {
    out.push('{');
    let start = out.len();
    for column in columns {
        let Some(field) = field(column) else { continue };
        if matches!(field, Field::Unchanged | Field::Binary(_)) {
            continue;
        }
        if out.len() > start {
            out.push(',');
        }
        write_string(&row.shape.relation.columns[column].name, out);
        out.push(':');
        match field {
            Field::Text(text) => write_json(row.shape.base_types[column], text, out),
            _ => out.push_str("null"),
        }
    }
    out.push('}');
}

fn names(out: &mut String, row: &Row<'_>, columns: impl Iterator<Item = usize>) {
    out.push('[');
    for (no, column) in columns.enumerate() {
        if no > 0 {
            out.push(',');
        }
        write_string(&row.shape.relation.columns[column].name, out);
    }
    out.push(']');
}

fn operation(kind: Kind) -> &'static str {
    match kind {
        Kind::Insert => "INSERT",
        Kind::Update => "UPDATE",
        Kind::Delete => "DELETE",
        Kind::Truncate => "TRUNCATE",
        Kind::Read => "READ",
        Kind::Alert => "ALERT",
        Kind::Gap => "GAP",
    }
}

/// Writing into a string can't fail.
fn write_all(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}
