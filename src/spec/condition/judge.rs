//! The judgement of a condition on a change of which not everything may be known.

use std::borrow::Cow;

use serde_json::Value;

use super::decimal::Decimal;
use super::{Condition, Scalar};

/// What is known of a column's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<'a> {
    /// A string, without quotes.
    String(Cow<'a, str>),
    /// A number by its digits: of any numeric type, whichever way the event shows it.
    Number(Cow<'a, str>),
    Boolean(bool),
    /// An array or an object, as JSON; no scalar equals it.
    Document(Cow<'a, str>),
    Null,
    /// Postgres didn't send it, or there is no such row.
    Unknown,
}

impl<'a> From<&'a Value> for Known<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) => Self::Number(number.to_string().into()),
            Value::String(text) => Self::String(text.into()),
            Value::Array(_) | Value::Object(_) => Self::Document(value.to_string().into()),
        }
    }
}

impl Condition {
    /// Judges a change by its row: as it is after the change, or for a DELETE as it
    /// was; and as it was before. `None` where that can't be decided from what is
    /// known.
    pub fn judge<'a>(
        &self,
        new: &impl Fn(&str) -> Known<'a>,
        old: &impl Fn(&str) -> Known<'a>,
    ) -> Option<bool> {
        match self {
            Self::Eq(equals) => all(equals.iter().map(|one| one.value.equals(&new(&one.column)))),
            Self::In(several) => all(several.iter().map(|one| {
                let known = new(&one.column);
                any(one.values.iter().map(|value| value.equals(&known)))
            })),
            Self::IsNull(names) => all(names.iter().map(|name| match new(name) {
                Known::Unknown => None,
                known => Some(known == Known::Null),
            })),
            Self::Changed(names) => any(names.iter().map(|name| match (new(name), old(name)) {
                (Known::Unknown, _) | (_, Known::Unknown) => None,
                (new, old) => Some(new != old),
            })),
            Self::And(inner) => all(inner.iter().map(|one| one.judge(new, old))),
            Self::Or(inner) => any(inner.iter().map(|one| one.judge(new, old))),
            Self::Not(inner) => inner.judge(new, old).map(|holds| !holds),
            Self::Old(inner) => inner.judge(old, old),
        }
    }
}

impl Scalar {
    /// A string equals a number of the same value, so that one can be given with
    /// more digits than a number of JSON keeps.
    fn equals(&self, known: &Known) -> Option<bool> {
        match (self, known) {
            (_, Known::Unknown) => None,
            (Self::Boolean(value), Known::Boolean(known)) => Some(value == known),
            (Self::String(value), Known::String(known)) => Some(value == known),
            (Self::String(value), Known::Number(known)) => Some(is_same_number(value, known)),
            (Self::Number(value), Known::Number(known)) => {
                Some(is_same_number(&value.to_string(), known))
            }
            _ => Some(false),
        }
    }
}

fn is_same_number(one: &str, other: &str) -> bool {
    // `NaN` and the infinities have no digits to compare.
    one == other || Decimal::read(one).is_some_and(|one| Decimal::read(other) == Some(one))
}

fn all(mut judgements: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    judgements
        .try_fold(Some(true), |all, one| match one {
            Some(false) => Err(Some(false)),
            one => Ok(all.and(one)),
        })
        .unwrap_or_else(|decided| decided)
}

fn any(judgements: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(judgements.map(|one| one.map(|holds| !holds))).map(|none| !none)
}
