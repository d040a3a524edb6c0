//! The published schema of events.

use jsonschema::Validator;
use serde_json::{Value, json};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../priv/spec/event.schema.json")).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema()).unwrap()
}

fn event(kind: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": "16/B374D848:3",
        "source": "urn:integratedb:shop",
        "type": format!("integratedb.{kind}"),
        "subject": "public.orders",
        "time": "2026-01-31T12:00:00.123456Z",
        "datacontenttype": "application/json",
        "data": data,
    })
}

fn transaction() -> Value {
    json!({"id": 4_294_967_295_u32, "lsn": "16/B374D848", "committed_at": "2026-01-31T12:00:00.000000Z"})
}

fn unmet() -> Value {
    json!({
        "id": 7, "document": "claims", "match": 0, "path": "public.orders", "problem": "shop needs it",
        "faults": [{"alternative": 0, "path": "public.orders", "field": null, "property": "path", "needed": null, "found": "public.purchases"}],
    })
}

fn events() -> Vec<Value> {
    [
        ("insert", json!({"operation": "INSERT", "key": {"id": 1}, "new": {"id": 1, "n": null}, "changed": null, "unchanged": [], "transaction": transaction()})),
        ("update", json!({"operation": "UPDATE", "key": {"id": 1}, "new": {"id": 1}, "old": {"id": 2}, "changed": ["id"], "unchanged": ["text"], "transaction": transaction()})),
        ("delete", json!({"operation": "DELETE", "key": {}, "old": {}, "transaction": {"id": 7, "lsn": "0/0"}})),
        ("truncate", json!({"operation": "TRUNCATE", "transaction": transaction()})),
        ("read", json!({"operation": "READ", "key": {"id": 1}, "new": {"id": 1}})),
        ("gap", json!({"from": null, "to": "16/B374D848", "reason": "The slot was lost."})),
        ("gap", json!({"from": "0/1:0", "to": "16/B374D848:3", "reason": "It was too far behind."})),
        ("test", json!({"message": "Hello."})),
        ("alert.migration_refused", json!({"message": "It was.", "advice": "Do.", "role": "owner", "claims": [unmet()], "total": 1})),
        ("alert.overridden", json!({"message": "It was.", "advice": "Do.", "role": "owner", "reason": "It burns.", "claims": [unmet()], "total": 21})),
        ("alert.claim_unmet", json!({"message": "It is.", "advice": "Do.", "claims": [unmet()], "total": 1})),
        ("alert.claim_met", json!({"message": "It is.", "claims": [{"id": 7, "document": "notifications", "match": 0}], "total": 1})),
        ("alert.grants_changed", json!({"message": "They have.", "changes": [
            {"action": "GRANT", "privilege": "USAGE", "schema": "public", "table": null, "columns": null},
            {"action": "REVOKE", "privilege": "SELECT", "schema": "public", "table": "orders", "columns": ["id"]},
        ], "total": 2})),
        ("alert.credential_expiring", json!({"message": "It does.", "advice": "Do.", "credential": {"kind": "token", "id": 7, "name": "shop"}, "expires_at": "2026-01-31T12:00:00.000000Z"})),
        ("alert.webhook_dead", json!({"message": "It is.", "advice": "Do.", "channel": "hook", "error": "answered 500", "delivered_at": null})),
    ]
    .map(|(kind, data)| event(kind, &data))
    .to_vec()
}

#[test]
fn the_schema_of_events_is_one() {
    assert!(jsonschema::meta::is_valid(&schema()));
}

#[test]
fn every_kind_of_event_is_one() {
    let validator = validator();
    for event in events() {
        let faults: Vec<_> = validator.iter_errors(&event).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{event:#}\n{faults:#?}");
    }
}

#[test]
fn members_that_a_later_version_adds_are_no_fault() {
    let mut event = events().remove(0);
    event["traceparent"] = json!("x");
    event["data"]["origin"] = json!("y");
    assert!(validator().is_valid(&event));
}

#[test]
fn whatever_lacks_something_is_no_event() {
    let validator = validator();
    for event in events() {
        for member in ["specversion", "id", "source", "type", "time", "datacontenttype", "data"] {
            let mut lacking = event.clone();
            lacking.as_object_mut().unwrap().remove(member);
            assert!(!validator.is_valid(&lacking), "{member}: {lacking:#}");
        }
    }
    for (no, pointer, wrong) in [
        (0, "/data/operation", json!("UPDATE")),
        (0, "/data/transaction/id", json!(4_294_967_296_u64)),
        (0, "/data/transaction/lsn", json!("B374D848")),
        (0, "/time", json!("yesterday")),
        (0, "/specversion", json!("0.3")),
        (0, "/data/new", Value::Null),
        (1, "/data/changed", json!("id")),
        (1, "/data/unchanged", Value::Null),
        (5, "/data/to", Value::Null),
        (5, "/type", json!("integratedb.test")),
        (7, "/type", json!("integratedb.gap")),
        (8, "/type", json!("integratedb.alert.other")),
        (8, "/data/claims/0/match", json!(-1)),
        (9, "/data/reason", Value::Null),
        (10, "/data/claims/0/faults/0/property", json!("colour")),
        (11, "/data/total", json!(0)),
        (12, "/data/changes/0/action", json!("DROP")),
        (13, "/data/expires_at", json!("soon")),
        (13, "/data/expires_at", json!("2026-01-31T12:00:00Z")),
        (14, "/data/channel", Value::Null),
    ] {
        let mut event = events().remove(no);
        *event.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&event), "{event:#}");
    }
}

#[test]
fn the_schema_describes_everything_that_an_event_has() {
    let mut schemas = vec![("#".to_owned(), schema())];
    while let Some((name, schema)) = schemas.pop() {
        let is_described = schema["title"].is_string() && schema["description"].is_string();
        assert!(is_described, "{name}");
        for group in ["properties", "$defs"] {
            for (property, schema) in schema[group].as_object().into_iter().flatten() {
                schemas.push((format!("{name}/{group}/{property}"), schema.clone()));
            }
        }
    }
}
