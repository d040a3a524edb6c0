//! A condition: what must hold of a row, before or after a change, for the change
//! to be told.

use serde::{Deserialize, Serialize};
use serde_json::Number;

mod decimal;
mod judge;
mod read;
mod terse;

pub use judge::Known;
pub(super) use read::{Mention, Reading};

/// A predicate over the values of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Each column has its value.
    Eq(Vec<Equal>),
    /// Each column has one of its values.
    In(Vec<OneOf>),
    /// All of these columns are null.
    IsNull(Vec<String>),
    /// Any of these columns has another value than before.
    Changed(Vec<String>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    /// This held of the row before the change. Contains neither `Changed` nor `Old`.
    Old(Box<Condition>),
}

/// A column and the value it has to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Equal {
    pub column: String,
    pub value: Scalar,
}

/// A column and the values of which it has to have one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneOf {
    pub column: String,
    pub values: Vec<Scalar>,
}

/// A value, as events show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    Boolean(bool),
    Number(Number),
    String(String),
}

impl Condition {
    /// The columns it reads, in the order of their first mention; with each,
    /// whether it reads the value before the change.
    #[must_use]
    pub fn columns(&self) -> Vec<(&str, bool)> {
        let mut columns = Vec::new();
        self.collect(false, &mut columns);
        columns
    }

    fn collect<'a>(&'a self, is_old: bool, columns: &mut Vec<(&'a str, bool)>) {
        let mut read = |column: &'a str, needs_old: bool| match columns
            .iter_mut()
            .find(|(known, _)| *known == column)
        {
            Some((_, known)) => *known |= needs_old,
            None => columns.push((column, needs_old)),
        };
        match self {
            Self::Eq(equals) => equals.iter().for_each(|one| read(&one.column, is_old)),
            Self::In(several) => several.iter().for_each(|one| read(&one.column, is_old)),
            Self::IsNull(names) => names.iter().for_each(|name| read(name, is_old)),
            Self::Changed(names) => names.iter().for_each(|name| read(name, true)),
            Self::And(inner) | Self::Or(inner) => {
                for one in inner {
                    one.collect(is_old, columns);
                }
            }
            Self::Not(inner) => inner.collect(is_old, columns),
            Self::Old(inner) => inner.collect(true, columns),
        }
    }
}
