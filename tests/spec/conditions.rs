//! What holds for any condition: the laws of logic, also where not everything is known.

use std::collections::BTreeMap;

use integratedb::spec::{Condition, Equal, Known, OneOf, Scalar, parse_notifications};
use proptest::prelude::*;
use serde_json::{Value, json};

const COLUMNS: [&str; 3] = ["a", "b", "c"];

/// The row after and the row before a change; what is missing is unknown.
#[derive(Debug, Clone)]
struct Change {
    new: BTreeMap<&'static str, Value>,
    old: BTreeMap<&'static str, Value>,
}

impl Change {
    fn judge(&self, condition: &Condition) -> Option<bool> {
        let look = |row: &'_ BTreeMap<&'static str, Value>, column: &str| match row.get(column) {
            // The text outlives the row, as it would in an event.
            Some(value) => owned(Known::from(value)),
            None => Known::Unknown,
        };
        condition.judge(&|column| look(&self.new, column), &|column| look(&self.old, column))
    }
}

fn owned(known: Known) -> Known<'static> {
    match known {
        Known::String(text) => Known::String(text.into_owned().into()),
        Known::Number(text) => Known::Number(text.into_owned().into()),
        Known::Document(text) => Known::Document(text.into_owned().into()),
        Known::Boolean(value) => Known::Boolean(value),
        Known::Null => Known::Null,
        Known::Unknown => Known::Unknown,
    }
}

fn read(document: &Value) -> Condition {
    let document = json!({
        "match": {"path": "a.b", "fields": ["*"], "events": ["*"], "channels": ["*"], "where": document},
        "channels": [{"type": "SOCKET"}],
    });
    let (mut notifications, _) = parse_notifications(&document).unwrap();
    let listens = notifications.spec.matches.remove(0).listens.unwrap();
    listens.condition.unwrap()
}

/// The same without a third value, for when everything is known.
fn naive(condition: &Condition, new: &Value, old: &Value) -> bool {
    let equals = |value: &Value, scalar: &Scalar| match (value, scalar) {
        (Value::Bool(value), Scalar::Boolean(scalar)) => value == scalar,
        (Value::String(value), Scalar::String(scalar)) => value == scalar,
        (Value::Number(value), Scalar::Number(scalar)) => value.as_f64() == scalar.as_f64(),
        (Value::Number(value), Scalar::String(scalar)) => {
            scalar.parse().is_ok_and(|scalar: f64| value.as_f64() == Some(scalar))
        }
        _ => false,
    };
    match condition {
        Condition::Eq(equal) => equal.iter().all(|one| equals(&new[&one.column], &one.value)),
        Condition::In(several) => several
            .iter()
            .all(|one| one.values.iter().any(|value| equals(&new[&one.column], value))),
        Condition::IsNull(names) => names.iter().all(|name| new[name].is_null()),
        Condition::Changed(names) => names.iter().any(|name| new[name] != old[name]),
        Condition::And(inner) => inner.iter().all(|one| naive(one, new, old)),
        Condition::Or(inner) => inner.iter().any(|one| naive(one, new, old)),
        Condition::Not(inner) => !naive(inner, new, old),
        Condition::Old(inner) => naive(inner, old, old),
    }
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn de_morgan_holds(inner in prop::collection::vec(condition(), 1..4), change in partly_known()) {
        let negated: Vec<_> = inner.iter().cloned().map(not).collect();
        let neither = not(Condition::Or(inner.clone()));
        prop_assert_eq!(change.judge(&neither), change.judge(&Condition::And(negated.clone())));
        let not_both = not(Condition::And(inner));
        prop_assert_eq!(change.judge(&not_both), change.judge(&Condition::Or(negated)));
    }

    #[test]
    fn not_not_says_nothing(condition in condition(), change in partly_known()) {
        let twice = not(not(condition.clone()));
        prop_assert_eq!(change.judge(&twice), change.judge(&condition));
    }

    #[test]
    fn where_everything_is_known_everything_is_decided(condition in condition(), change in known()) {
        let naive = naive(&condition, &json!(change.new), &json!(change.old));
        prop_assert_eq!(change.judge(&condition), Some(naive));
    }

    #[test]
    fn to_know_more_never_overturns_a_judgement(
        condition in condition(),
        change in known(),
        forgotten in prop::collection::vec((any::<bool>(), prop::sample::select(COLUMNS.to_vec())), 0..4),
    ) {
        let mut less = change.clone();
        for (is_old, column) in forgotten {
            if is_old { less.old.remove(column) } else { less.new.remove(column) };
        }
        if let Some(decided) = less.judge(&condition) {
            prop_assert_eq!(change.judge(&condition), Some(decided));
        }
    }

    #[test]
    fn only_the_columns_it_names_matter(condition in condition(), mut change in known()) {
        let before = change.judge(&condition);
        let columns = condition.columns();
        for column in COLUMNS {
            let reads = columns.iter().find(|(known, _)| *known == column);
            if reads.is_none() {
                change.new.remove(column);
            }
            if reads.is_none_or(|(_, needs_old)| !needs_old) {
                change.old.remove(column);
            }
        }
        prop_assert_eq!(change.judge(&condition), before);
    }
}

#[test]
fn numbers_are_compared_by_every_digit() {
    let judge = |condition: Value, number: &'static str| {
        let known = |_: &str| Known::Number(number.into());
        read(&json!({"eq": {"n": condition}})).judge(&known, &known)
    };
    for (condition, number) in [
        (json!(3), "3.00"),
        (json!(3.0), "3"),
        (json!(9_007_199_254_740_993_i64), "9007199254740993"),
        (json!("123456789012345678901234567890.5"), "123456789012345678901234567890.50"),
        (json!(1e22), "10000000000000000000000"),
        (json!("NaN"), "NaN"),
    ] {
        assert_eq!(judge(condition.clone(), number), Some(true), "{condition} {number}");
    }
    assert_eq!(judge(json!(9_007_199_254_740_993_i64), "9007199254740992"), Some(false));
    assert_eq!(judge(json!("three"), "3"), Some(false));
}

#[test]
fn the_columns_of_a_condition_are_named_once() {
    let condition = read(&json!({"and": [
        {"eq": {"a": 1}}, {"changed": ["b", "a"]}, {"old": {"is_null": "c"}}, {"in": {"d": [2]}},
    ]}));
    assert_eq!(condition.columns(), [("a", true), ("b", true), ("c", true), ("d", false)]);
}

/// A condition as a document has it, about any columns.
pub fn document() -> impl Strategy<Value = Value> {
    let name = || "[a-zA-Z_ é/~\"]{1,20}";
    let names = move || {
        prop_oneof![
            name().prop_map(Value::from),
            prop::collection::hash_set(name(), 1..4).prop_map(|names| json!(names)),
        ]
    };
    let scalar = || scalar().prop_map(|scalar| json!(scalar));
    let simple = || {
        prop_oneof![
            prop::collection::btree_map(name(), scalar(), 1..4).prop_map(|eq| json!({"eq": eq})),
            prop::collection::btree_map(name(), prop::collection::vec(scalar(), 1..4), 1..3)
                .prop_map(|several| json!({"in": several})),
            names().prop_map(|names| json!({"is_null": names})),
        ]
    };
    let changed = names().prop_map(|names| json!({"changed": names}));
    let leaf = prop_oneof![simple(), changed, simple().prop_map(|one| json!({"old": one}))];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let several = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            several().prop_map(|several| json!({"and": several})),
            several().prop_map(|several| json!({"or": several})),
            inner.clone().prop_map(|one| json!({"not": one})),
        ]
    })
}

fn condition() -> impl Strategy<Value = Condition> + Clone {
    let column = || prop::sample::select(COLUMNS.to_vec()).prop_map(str::to_owned);
    let columns = || prop::collection::vec(column(), 1..3);
    let equal = (column(), scalar()).prop_map(|(column, value)| Equal { column, value });
    let one_of = (column(), prop::collection::vec(scalar(), 1..4))
        .prop_map(|(column, values)| OneOf { column, values });
    let leaf = prop_oneof![
        prop::collection::vec(equal, 1..3).prop_map(Condition::Eq),
        prop::collection::vec(one_of, 1..3).prop_map(Condition::In),
        columns().prop_map(Condition::IsNull),
        columns().prop_map(Condition::Changed),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let several = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            several().prop_map(Condition::And),
            several().prop_map(Condition::Or),
            inner.clone().prop_map(not),
            inner.clone().prop_map(|one| Condition::Old(Box::new(one))),
        ]
    })
    .boxed()
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        any::<bool>().prop_map(Scalar::Boolean),
        (0..3i64).prop_map(|number| Scalar::Number(number.into())),
        prop::sample::select(vec!["x", "1", "2.0"]).prop_map(|text| Scalar::String(text.into())),
    ]
}

fn known() -> impl Strategy<Value = Change> {
    let value = || {
        prop_oneof![
            Just(Value::Null),
            scalar().prop_map(|scalar| json!(scalar)),
            Just(json!([1])),
            Just(json!({"x": 1})),
        ]
    };
    let row = || [value(), value(), value()].prop_map(|row| COLUMNS.into_iter().zip(row).collect());
    (row(), row()).prop_map(|(new, old)| Change { new, old })
}

fn partly_known() -> impl Strategy<Value = Change> {
    let forgotten = || prop::sample::subsequence(COLUMNS.to_vec(), 0..=3);
    (known(), forgotten(), forgotten()).prop_map(|(mut change, new, old)| {
        change.new.retain(|column, _| !new.contains(column));
        change.old.retain(|column, _| !old.contains(column));
        change
    })
}
