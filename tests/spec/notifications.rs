//! What holds for any document of notifications.

use integratedb::spec::{AlertKind, Channel, Notifications, parse_notifications};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::documents::{any_json, are_reasons, flag, match_alternative, nested, with_alternatives};

#[test]
fn the_guides_document_comes_back_as_it_was_written() {
    let written = r#"{"match":[{"path":"public.orders","events":["*"],"fields":["*"],"channels":["*"]},{"path":"public.customers","events":["INSERT","UPDATE","DELETE"],"fields":["id","user_id"],"channels":["SOCKET","WEBHOOK","REDIS"]}],"channels":[{"type":"SOCKET"},{"type":"WEBHOOK","url":"https://example.com/hook"},{"type":"REDIS","url":"redis://localhost","stream":"changes"}]}"#;
    let (notifications, pointers) =
        parse_notifications(&serde_json::from_str(written).unwrap()).unwrap();
    assert_eq!(notifications.terse().to_string(), written);
    assert_eq!(pointers.of(1, 0, Some((1, 0)), "name"), "#/match/1/fields/1");
}

fn with_channels(channels: &Value) -> Notifications {
    parse_notifications(&json!({"match": [], "channels": channels})).unwrap().0
}

#[test]
fn a_password_that_was_not_shown_is_kept() {
    let stored = with_channels(&json!([
        {"type": "WEBHOOK", "url": "https://user:secret@example.com/hook"},
        {"type": "REDIS", "url": "rediss://:other@example.com:6380/1", "stream": "s"},
        {"type": "SOCKET"},
    ]));
    let shown = stored.masked().terse();
    assert!(!shown.to_string().contains("secret") && !shown.to_string().contains("other"));
    assert_eq!(shown["channels"][0]["url"], "https://user:***@example.com/hook");
    assert!(!format!("{stored:?}").contains("secret"));

    let (mut put, _) = parse_notifications(&shown).unwrap();
    assert_ne!(put, stored);
    put.unmask(&stored.channels).unwrap();
    assert_eq!(put, stored);
}

#[test]
fn a_password_is_kept_only_for_the_url_it_belongs_to() {
    let stored = with_channels(&json!([
        {"type": "WEBHOOK", "url": "https://user:secret@example.com/hook"},
    ]));
    for changed in [
        json!({"type": "WEBHOOK", "url": "https://user:***@elsewhere.example/hook"}),
        json!({"type": "WEBHOOK", "name": "other", "url": "https://user:***@example.com/hook"}),
    ] {
        let mut put = with_channels(&json!([{"type": "SOCKET"}, changed]));
        let faults = put.unmask(&stored.channels).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].pointer, "#/channels/1/url");
    }
    let given = json!([{"type": "WEBHOOK", "url": "https://user:new@example.com/hook"}]);
    let mut put = with_channels(&given);
    put.unmask(&stored.channels).unwrap();
    assert_eq!(put.terse()["channels"], given);
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
        prop_assert!(accepted, "{:?}", parse_notifications(&document));
    }
}

/// What holds for every document; tells whether it was accepted.
fn holds(document: &Value) -> Result<bool, TestCaseError> {
    match parse_notifications(document) {
        Ok((parsed, _)) => {
            let terse = parsed.terse();
            let (reparsed, _) = parse_notifications(&terse)
                .map_err(|faults| TestCaseError::fail(format!("{faults:?}")))?;
            prop_assert_eq!(&reparsed, &parsed);
            prop_assert_eq!(reparsed.terse(), terse);
            prop_assert_eq!(conditions(&parsed), conditions_written(document));
            let stored: Notifications = serde_json::from_value(json!(parsed)).unwrap();
            prop_assert_eq!(&stored, &parsed);
            let channels: Vec<Channel> = serde_json::from_value(json!(parsed.channels)).unwrap();
            let mut unmasked = parsed.masked();
            prop_assert_eq!(unmasked.unmask(&channels), Ok(()));
            prop_assert_eq!(unmasked, stored);
            Ok(true)
        }
        Err(faults) => {
            are_reasons(document, &faults)?;
            Ok(false)
        }
    }
}

/// Whether each match has a condition, and that it listens at all.
fn conditions(parsed: &Notifications) -> Vec<bool> {
    let listens = parsed.spec.matches.iter().map(|one| one.listens.as_ref().unwrap());
    listens.map(|listens| listens.condition.is_some()).collect()
}

fn conditions_written(document: &Value) -> Vec<bool> {
    let is_written = |listening: &Value| !listening["where"].is_null();
    match &document["match"] {
        Value::Array(several) => several.iter().map(is_written).collect(),
        single => vec![is_written(single)],
    }
}

fn known_words() -> impl Strategy<Value = Value> {
    let keys = [
        "match",
        "path",
        "fields",
        "alternatives",
        "optional",
        "events",
        "channels",
        "where",
        "type",
        "name",
        "url",
        "stream",
        "channel",
        "maxlen",
        "batch",
        "timeout_ms",
        "eq",
        "in",
        "is_null",
        "changed",
        "and",
        "or",
        "not",
        "old",
        "alerts",
        "kinds",
        "other/~",
    ];
    let words = [
        "*",
        "id",
        "public.orders",
        "public.*",
        "INSERT",
        "TRUNCATE",
        "claim_met",
        "SOCKET",
        "WEBHOOK",
        "REDIS",
        "https://u:p@example.com/#x",
        "http://example.com",
        "redis://localhost/1",
        "rediss://",
        "",
        "\0",
    ];
    let word = || prop::sample::select(words.to_vec()).prop_map(str::to_owned);
    let key = prop::sample::select(keys.to_vec()).prop_map(str::to_owned);
    let part = nested(word(), key);
    let part = move || part.clone();
    let channel = (prop::sample::select(vec!["SOCKET", "WEBHOOK", "REDIS"]), part(), part(), part())
        .prop_map(|(kind, name, url, stream)| {
            json!({"type": kind, "name": name, "url": url, "stream": stream})
        });
    let listening = (word(), part(), part(), part(), part()).prop_map(
        |(path, fields, events, channels, condition)| {
            json!({"path": path, "fields": fields, "events": events, "channels": channels, "where": condition})
        },
    );
    prop_oneof![
        part(),
        (part(), part(), part()).prop_map(|(one, other, alerts)| {
            json!({"match": one, "channels": other, "alerts": alerts})
        }),
        (
            prop::collection::vec(prop_oneof![part(), listening], 0..3),
            prop::collection::vec(prop_oneof![part(), channel], 0..3),
        )
            .prop_map(|(matches, channels)| json!({"match": matches, "channels": channels})),
    ]
}

/// Documents without faults, with and without shorthands.
fn likely() -> impl Strategy<Value = Value> {
    let matches =
        prop_oneof![prop::collection::vec(listening(), 0..4).prop_map(Value::from), listening(),];
    (matches, prop::collection::vec(channel(), 0..3), any::<bool>(), alerts()).prop_map(
        |(matches, several, is_socket_named, alerts)| {
            // What matches name is always there.
            let name = if is_socket_named { json!("SOCKET") } else { Value::Null };
            let mut channels = vec![
                json!({"type": "SOCKET", "name": name}),
                json!({"type": "REDIS", "name": "stream-1", "url": "redis://h", "channel": "c"}),
            ];
            for (no, mut channel) in several.into_iter().enumerate() {
                channel["name"] = format!("c{no}").into();
                channels.push(channel);
            }
            json!({"match": matches, "channels": channels, "alerts": alerts})
        },
    )
}

fn alerts() -> impl Strategy<Value = Value> {
    let kinds = || {
        let named =
            prop::sample::subsequence(AlertKind::ALL.map(AlertKind::as_str).to_vec(), 1..=7);
        prop_oneof![Just(json!(["*"])), named.prop_shuffle().prop_map(|kinds| json!(kinds))]
    };
    let channels = prop::sample::select(vec![
        Value::Null,
        json!(["*"]),
        json!(["SOCKET"]),
        json!(["stream-1", "SOCKET"]),
    ]);
    prop_oneof![
        Just(Value::Null),
        kinds(),
        (kinds(), channels)
            .prop_map(|(kinds, channels)| json!({"kinds": kinds, "channels": channels})),
    ]
}

fn listening() -> impl Strategy<Value = Value> {
    let events = prop::sample::subsequence(vec!["INSERT", "UPDATE", "DELETE", "TRUNCATE"], 1..=4)
        .prop_shuffle();
    let channels = prop_oneof![
        Just(json!(["*"])),
        Just(json!(["SOCKET"])),
        Just(json!(["stream-1", "SOCKET"])),
    ];
    let alternative = || {
        (match_alternative(), any::<bool>()).prop_map(|(mut alternative, is_everything)| {
            if is_everything {
                alternative["fields"] = json!(["*"]);
            }
            alternative
        })
    };
    let others = prop::collection::vec(alternative(), 0..3);
    (alternative(), others, flag(), any::<bool>(), events, channels, crate::conditions::document())
        .prop_map(|(first, others, optional, flat, events, channels, condition)| {
            let everything = |one: &Value| one["fields"] == json!(["*"]);
            let is_readable = everything(&first) && others.iter().all(everything);
            let mut listening = with_alternatives(first, others, optional, flat);
            listening["events"] = if events.len() == 4 { json!(["*"]) } else { json!(events) };
            listening["channels"] = channels;
            listening["where"] = if is_readable { condition } else { Value::Null };
            listening
        })
}

fn channel() -> impl Strategy<Value = Value> {
    let number =
        |range: std::ops::Range<u32>| prop::option::of(range).prop_map(|number| json!(number));
    let webhook = (number(1..1000), number(1..64), number(100..120_000), number(1..100)).prop_map(
        |(batch, concurrency, timeout_ms, max_attempts)| {
            json!({
                "type": "WEBHOOK", "url": "http://user:pass@example.com/?q",
                "batch": batch, "concurrency": concurrency, "timeout_ms": timeout_ms,
                "max_attempts": max_attempts,
            })
        },
    );
    let redis = prop_oneof![
        number(1..9).prop_map(|maxlen| {
            json!({"type": "REDIS", "url": "rediss://t@h:1/2", "stream": "a b", "maxlen": maxlen})
        }),
        Just(json!({"type": "REDIS", "url": "redis://h", "channel": "c", "stream": null})),
    ];
    prop_oneof![webhook, redis, Just(json!({"type": "SOCKET"}))]
}
