//! The specification language: a folder of cases, and what holds for any document.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{fs, path::Path};

use integratedb::spec::{Fault, Spec, canonical_type, parse};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

#[test]
fn every_case_comes_out_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/spec");
    let mut failures = Vec::new();
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let case: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let document = &case["document"];
        let outcome = match parse(document) {
            Ok((spec, _)) => json!({"document": document, "full": spec, "terse": spec.terse()}),
            Err(faults) => json!({"document": document, "faults": pairs(&faults)}),
        };
        if outcome != case {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            failures.push(format!("{name}:\n{outcome:#}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn the_full_form_points_back_into_the_document() {
    let (_, pointers) = parse(&json!({"match": [
        {"path": "a.b", "fields": [
            {"name": "c", "min_length": 3, "type": null, "alternatives": [{"name": "d", "type": "int"}, "e"]},
            {"alternatives": [{"name": "f", "is_nullable": true}]},
            "g",
        ], "alternatives": [{"path": "h.i", "fields": ["*"]}]},
        {"alternatives": [{"path": "j.k"}, {"path": "l.m", "fields": ["n"]}]},
    ]}))
    .unwrap();
    for (match_no, alternative_no, field, property, pointer) in [
        (0, 0, None, "path", "#/match/0/path"),
        (0, 1, None, "path", "#/match/0/alternatives/0/path"),
        (1, 0, None, "path", "#/match/1/alternatives/0/path"),
        (1, 1, None, "path", "#/match/1/alternatives/1/path"),
        (0, 0, Some((0, 0)), "name", "#/match/0/fields/0/name"),
        (0, 0, Some((0, 0)), "min_length", "#/match/0/fields/0/min_length"),
        (0, 0, Some((0, 0)), "type", "#/match/0/fields/0"),
        (0, 0, Some((0, 1)), "type", "#/match/0/fields/0/alternatives/0/type"),
        (0, 0, Some((0, 2)), "name", "#/match/0/fields/0/alternatives/1"),
        (0, 0, Some((1, 0)), "is_nullable", "#/match/0/fields/1/alternatives/0/is_nullable"),
        (0, 0, Some((2, 0)), "name", "#/match/0/fields/2"),
        (0, 0, Some((2, 0)), "is_nullable", "#/match/0/fields/2"),
        (0, 1, Some((7, 0)), "type", "#/match/0/alternatives/0/fields/0"),
        (1, 1, Some((0, 0)), "type", "#/match/1/alternatives/1/fields/0"),
        (1, 1, Some((9, 0)), "type", "#/match/1/alternatives/1"),
        (9, 0, None, "path", "#/match"),
    ] {
        assert_eq!(pointers.of(match_no, alternative_no, field, property), pointer);
    }
    let (_, pointers) = parse(&json!({"match": {"path": "a.b", "fields": ["c"]}})).unwrap();
    assert_eq!(pointers.of(0, 0, None, "path"), "#/match/path");
    assert_eq!(pointers.of(0, 0, Some((0, 0)), "type"), "#/match/fields/0");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_accepted_or_refused_with_reasons(document in any_json()) {
        holds(&document)?;
    }

    #[test]
    fn any_document_of_known_words_is_accepted_or_refused_with_reasons(document in known_words()) {
        holds(&document)?;
    }

    #[test]
    fn an_accepted_document_survives_its_full_and_its_terse_form(document in likely()) {
        let accepted = holds(&document)?;
        prop_assert!(accepted, "{:?}", parse(&document));
    }

    #[test]
    fn a_canonical_type_is_its_own_canonical_type(written in "[_ a-zA-Z4\\[\\]]{0,12}|_?int[248]?( ?\\[3?\\]){0,2}") {
        let canonical = canonical_type(&written);
        prop_assert_eq!(canonical_type(&canonical), canonical);
    }
}

/// What holds for every document; tells whether it was accepted.
fn holds(document: &Value) -> Result<bool, TestCaseError> {
    match parse(document) {
        Ok((spec, _)) => {
            let terse = spec.terse();
            let (reparsed, _) = parse(&terse).map_err(|f| TestCaseError::fail(format!("{f:?}")))?;
            prop_assert_eq!(&reparsed, &spec);
            prop_assert_eq!(reparsed.terse(), terse);
            let stored: Spec = serde_json::from_value(json!(spec)).unwrap();
            prop_assert_eq!(stored, spec);
            Ok(true)
        }
        Err(faults) => {
            prop_assert!(!faults.is_empty());
            for (no, fault) in faults.iter().enumerate() {
                let there = fault.pointer.strip_prefix('#').and_then(|at| document.pointer(at));
                prop_assert!(there.is_some(), "{} points nowhere", fault.pointer);
                prop_assert!(!faults[..no].contains(fault), "{fault:?} is told twice");
                prop_assert!(fault.message.ends_with('.'), "{} is no sentence", fault.message);
                prop_assert!(!fault.message.contains("has no place for"), "{fault:?}");
            }
            Ok(false)
        }
    }
}

fn pairs(faults: &[Fault]) -> Vec<[&str; 2]> {
    faults.iter().map(|fault| [fault.message.as_str(), fault.pointer.as_str()]).collect()
}

fn any_json() -> impl Strategy<Value = Value> {
    nested(any::<String>(), any::<String>())
}

fn known_words() -> impl Strategy<Value = Value> {
    let keys = prop::sample::select(vec![
        "match",
        "path",
        "fields",
        "alternatives",
        "optional",
        "planned",
        "name",
        "type",
        "min_length",
        "is_nullable",
        "other/~",
    ]);
    let words = prop::sample::select(vec![
        "*",
        "id",
        "public.orders",
        "public.*",
        "pg_catalog.a",
        "\"a.b\".\"c\"\"d\"",
        "int",
        "true",
        "false",
        "",
        "\0",
    ]);
    let document = nested(words.prop_map(str::to_owned), keys.prop_map(str::to_owned));
    prop_oneof![document.clone(), document.prop_map(|inner| json!({"match": inner}))]
}

fn nested(
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
fn likely() -> impl Strategy<Value = Value> {
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

fn match_alternative() -> impl Strategy<Value = Value> {
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
fn with_alternatives(
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

fn flag() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![json!(null), json!(false), json!(true)])
}
