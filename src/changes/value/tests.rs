//! Values as JSON, without Postgres; `tests/it/values.rs` asks it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn written(type_oid: u32, text: &str) -> String {
    let mut out = "before ".to_owned();
    write_json(type_oid, text, &mut out);
    out.strip_prefix("before ").unwrap().to_owned()
}

const INT4_ARRAY: u32 = 1007;
const TEXT_ARRAY: u32 = 1009;
const BOX_ARRAY: u32 = 1020;
const JSONB_ARRAY: u32 = 3807;

#[test]
fn numbers_keep_all_their_digits() {
    assert_eq!(written(oid::INT8, "9223372036854775807"), "9223372036854775807");
    let long = "-123456789012345678901234567890.0123456789012345678900";
    assert_eq!(written(oid::NUMERIC, long), long);
    assert_eq!(written(oid::FLOAT8, "1e-07"), "1e-07");
    assert_eq!(written(oid::FLOAT8, "-Infinity"), "\"-Infinity\"");
    assert_eq!(written(oid::NUMERIC, "NaN"), "\"NaN\"");
}

#[test]
fn json_is_put_as_it_stands() {
    let text = "{ \"b\":1,\n\t\"b\" : [1.50] }";
    assert_eq!(written(oid::JSON, text), text);
    assert_eq!(written(oid::JSONB, "null"), "null");
    assert_eq!(written(oid::JSON, "1 2"), "\"1 2\"");
    assert_eq!(written(oid::JSON, ""), "\"\"");
}

#[test]
fn arrays_nest_and_lose_their_bounds() {
    assert_eq!(written(INT4_ARRAY, "{}"), "[]");
    assert_eq!(written(INT4_ARRAY, "{1,NULL,-3}"), "[1,null,-3]");
    assert_eq!(written(INT4_ARRAY, "[0:1][-2:-1]={{1,2},{3,4}}"), "[[1,2],[3,4]]");
    assert_eq!(
        written(TEXT_ARRAY, r#"{a,"NULL",NULL,"","a \"b\" \\ c","x,{y}",é}"#),
        r#"["a","NULL",null,"","a \"b\" \\ c","x,{y}","é"]"#
    );
    assert_eq!(written(BOX_ARRAY, "{(1,1),(0,0);NULL}"), r#"["(1,1),(0,0)",null]"#);
    assert_eq!(written(JSONB_ARRAY, r#"{"{\"a\": [1]}",NULL,null}"#), r#"[{"a": [1]},null,null]"#);
    assert_eq!(written(oid::INT2VECTOR, "1 2"), "[1,2]");
    assert_eq!(written(oid::OIDVECTOR, ""), "[]");
}

#[test]
fn what_is_no_array_is_a_string() {
    let dimensions = |count| "{".repeat(count) + "1" + &"}".repeat(count);
    for text in [
        "",
        "1",
        "{",
        "{1",
        "{1,",
        "{1,}",
        "{,1}",
        "{1}}",
        "{1}{2}",
        "{1}2",
        "{\"a",
        "{\"a\\",
        "{\"a\"b}",
        "{a\"b\"}",
        "[0:1]",
        "[0:1]{1}",
        "[a]={1}",
        "\"{1}\"",
        &dimensions(7),
        &dimensions(100_000),
    ] {
        assert_eq!(written(TEXT_ARRAY, text), Value::from(text).to_string());
    }
    assert_eq!(written(INT4_ARRAY, &dimensions(6)), "[[[[[[1]]]]]]");
}

#[test]
fn all_else_is_a_string() {
    const UNKNOWN: u32 = 123_456;
    assert_eq!(written(UNKNOWN, "(1,\"a\tb\")"), r#""(1,\"a\tb\")""#);
    assert_eq!(written(oid::BYTEA, "\\x00ff"), r#""\\x00ff""#);
    assert_eq!(written(oid::BOOL, "true"), "\"true\"");
    assert_eq!(written(oid::BPCHAR, "a  "), "\"a  \"");
}

fn type_oid() -> impl Strategy<Value = u32> {
    let known = prop::sample::select(oid::ALL.concat());
    prop_oneof![4 => known, 1 => any::<u32>()]
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        ",",
        ";",
        "\"",
        "\\",
        "\\u",
        "\\ud83d",
        "[",
        "]",
        "[0:1]=",
        ":",
        "NULL",
        "null",
        "1",
        "-",
        "0",
        ".",
        "e",
        " ",
        "t",
        "2020-01-01",
        "12:00:00",
        "+01",
        " BC",
        "\n",
        "\0",
        "é",
    ]);
    prop_oneof![
        any::<String>(),
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()),
    ]
}

/// Parses JSON, but for the size of its numbers: there is no limit to a numeric.
fn check(text: &str) -> Result<(), TestCaseError> {
    match serde_json::from_str::<Value>(text) {
        Err(error) if !error.to_string().starts_with("number out of range") => {
            Err(TestCaseError::fail(format!("{text}: {error}")))
        }
        _ => Ok(()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 2000, ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_comes_in_valid_json_comes_out(type_oid in type_oid(), text in text()) {
        check(&written(type_oid, &text))?;
    }

    #[test]
    fn a_string_says_what_it_was_made_of(text in any::<String>()) {
        let string: Value = serde_json::from_str(&written(oid::TEXT, &text)).unwrap();
        prop_assert_eq!(string, json!(text));
    }
}
