//! What a change of claims does to privileges, a line each.

use serde_json::Value;

use crate::folder::visible;
use crate::spec::{all_in_sql, in_sql};

/// What a dry run says would be granted and revoked.
pub fn planned(data: &Value) -> Vec<String> {
    let of = |sign: &'static str, name: &str| {
        let changes = data["dry_run"][name].as_array().into_iter().flatten();
        changes.map(move |change| format!("{sign} {}", privilege(change))).collect::<Vec<_>>()
    };
    [of("-", "revokes"), of("+", "grants")].concat()
}

/// What could not be revoked.
pub fn not_revoked(data: &Value) -> Vec<String> {
    let changes = data["not_revoked"].as_array().into_iter().flatten();
    let line = |change| {
        let privilege = privilege(change);
        format!(
            "{privilege} was granted by another role and can't be revoked: it can still be read"
        )
    };
    changes.map(line).collect()
}

fn privilege(change: &Value) -> String {
    let text = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
    let (privilege, schema) = (text("privilege"), in_sql(&text("schema")));
    let line = match (change["table"].as_str(), change["columns"].as_array()) {
        (Some(table), Some(columns)) => {
            let columns: Vec<&str> = columns.iter().filter_map(Value::as_str).collect();
            format!("{privilege} ({}) on {schema}.{}", all_in_sql(&columns), in_sql(table))
        }
        _ => format!("{privilege} on schema {schema}"),
    };
    visible(&line)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_privilege_reads_as_in_a_plan() {
        let data = json!({ "dry_run": {
            "grants": [{ "privilege": "USAGE", "schema": "we.ird" }],
            "revokes": [{ "privilege": "SELECT", "schema": "public", "table": "orders", "columns": ["id", "Column With Spaces"] }],
        } });
        let expected = [
            "- SELECT (id, \"Column With Spaces\") on public.orders",
            "+ USAGE on schema \"we.ird\"",
        ];
        assert_eq!(planned(&data), expected);
    }
}
