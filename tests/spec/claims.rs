//! What holds for any document of claims.

use integratedb::spec::{Spec, canonical_type, parse};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::documents::{any_json, are_reasons, likely, nested};

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

#[test]
fn what_is_named_too_often_is_refused_where_that_begins() {
    let named = |path: &str, times: usize| {
        let one = json!({"path": path, "fields": ["*"]});
        let faults = parse(&json!({"match": vec![one; times]})).err().unwrap_or_default();
        faults
            .iter()
            .map(|fault| (fault.message.clone(), fault.pointer.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(named("a.b", 100), []);
    let message = "`a.b` is named more than 100 times, which is too often.";
    assert_eq!(named("a.b", 120), [(message.to_owned(), "#/match/100/path".to_owned())]);
    assert_eq!(named("a.*", 10), []);
    let message = "`a.*` is named more than 10 times, which is too often.";
    assert_eq!(named("a.*", 11), [(message.to_owned(), "#/match/10/path".to_owned())]);
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
            are_reasons(document, &faults)?;
            Ok(false)
        }
    }
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
