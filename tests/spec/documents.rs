//! Documents by the thousand, and what a refusal of one has to be.

use integratedb::spec::Fault;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// What holds for every refusal.
pub fn are_reasons(document: &Value, faults: &[Fault]) -> Result<(), TestCaseError> {
    prop_assert!(!faults.is_empty());
    for (no, fault) in faults.iter().enumerate() {
        let there = fault.pointer.strip_prefix('#').and_then(|at| document.pointer(at));
        prop_assert!(there.is_some(), "{} points nowhere", fault.pointer);
        prop_assert!(!faults[..no].contains(fault), "{fault:?} is told twice");
        prop_assert!(fault.message.ends_with('.'), "{} is no sentence", fault.message);
        prop_assert!(!fault.message.contains("has no place for"), "{fault:?}");
    }
    Ok(())
}

pub fn any_json() -> impl Strategy<Value = Value> {
    nested(any::<String>(), any::<String>())
}

pub fn nested(
    text: impl Strategy<Value = String> + 'static,
    key: impl Strategy<Value = String> + Clone + 'static,
) -> impl Strategy<Value = Value> + Clone {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2..70i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.clone(), inner, 0..5)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
    .boxed()
}

/// Documents without faults, with and without shorthands.
pub fn likely() -> impl Strategy<Value = Value> {
    let claim = (
        match_alternative(),
        prop::collection::vec(match_alternative(), 0..3),
        flag(),
        any::<bool>(),
    )
        .prop_map(|(first, others, optional, flat)| {
            with_alternatives(first, others, optional, flat)
        })
        .boxed();
    prop_oneof![
        prop::collection::vec(claim.clone(), 0..4).prop_map(|claims| json!({"match": claims})),
        claim.prop_map(|claim| json!({"match": claim})),
    ]
}

pub fn match_alternative() -> impl Strategy<Value = Value> {
    let fields = prop_oneof![
        Just(json!(null)),
        Just(json!(["*"])),
        prop::collection::vec(field(), 0..4).prop_map(Value::from),
    ];
    let table = (identifier(), identifier(), fields, flag())
        .prop_map(|(schema, table, fields, planned)| {
            json!({"path": format!("{schema}.{table}"), "fields": fields, "planned": planned})
        });
    let schema =
        identifier().prop_map(|schema| json!({"path": format!("{schema}.*"), "fields": ["*"]}));
    prop_oneof![4 => table, 1 => schema]
}

fn field() -> impl Strategy<Value = Value> {
    let column = || prop_oneof![column_name().prop_map(Value::from), column_object()];
    let object = (column_object(), prop::collection::vec(column(), 0..3), flag(), any::<bool>())
        .prop_map(|(first, others, optional, flat)| {
            with_alternatives(first, others, optional, flat)
        });
    prop_oneof![column_name().prop_map(Value::from), object]
}

fn column_object() -> impl Strategy<Value = Value> {
    let name = prop_oneof![4 => column_name().boxed(), 1 => Just("*".to_owned()).boxed()];
    let types = ["int", "VarChar", "_int4", "int[][]", "public.Mood", " timestamp  with time zone"];
    let r#type = prop::option::of(prop::sample::select(types.to_vec()));
    let min_length =
        prop_oneof![Just(json!(null)), (0..i32::MAX).prop_map(Value::from), Just(json!(10.0))];
    let is_nullable =
        prop::sample::select(vec![json!(null), json!(true), json!("true"), json!("false")]);
    (name, r#type, min_length, is_nullable, flag()).prop_map(
        |(name, r#type, min_length, is_nullable, planned)| {
            json!({"name": name, "type": r#type, "min_length": min_length, "is_nullable": is_nullable, "planned": planned})
        },
    )
}

/// Alternatives beside the first, or in one list; optional where all are planned.
pub fn with_alternatives(
    mut first: Value,
    mut others: Vec<Value>,
    optional: Value,
    flat: bool,
) -> Value {
    let planned = |one: &Value| one["planned"] == json!(true);
    let optional =
        if planned(&first) && others.iter().all(planned) { json!(true) } else { optional };
    if flat {
        if !others.is_empty() {
            first["alternatives"] = others.into();
        }
        first["optional"] = optional;
        return first;
    }
    others.insert(0, first);
    json!({"alternatives": others, "optional": optional})
}

fn identifier() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "\"*\"",
        "\"a.b\"",
        "\"c\"\"d\"",
        "\"\"\"\"",
        "Mixed Case",
        "ä/~",
    ]);
    prop_oneof![column_name().boxed(), special.prop_map(str::to_owned).boxed()]
}

fn column_name() -> impl Strategy<Value = String> {
    "[a-oA-Z_ é#/~\n]{1,31}"
}

pub fn flag() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![json!(null), json!(false), json!(true)])
}
