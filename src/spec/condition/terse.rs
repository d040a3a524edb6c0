//! A condition as briefly as it can be written.

use serde_json::{Map, Value, json};

use super::{Condition, Scalar};

impl Condition {
    pub(in crate::spec) fn terse(&self) -> Value {
        match self {
            Self::Eq(equals) => {
                let members = equals.iter().map(|one| (one.column.clone(), one.value.terse()));
                json!({"eq": members.collect::<Map<_, _>>()})
            }
            Self::In(several) => {
                let members = several.iter().map(|one| {
                    (one.column.clone(), one.values.iter().map(Scalar::terse).collect::<Value>())
                });
                json!({"in": members.collect::<Map<_, _>>()})
            }
            Self::IsNull(names) => json!({"is_null": columns(names)}),
            Self::Changed(names) => json!({"changed": columns(names)}),
            Self::And(inner) => json!({"and": inner.iter().map(Self::terse).collect::<Vec<_>>()}),
            Self::Or(inner) => json!({"or": inner.iter().map(Self::terse).collect::<Vec<_>>()}),
            Self::Not(inner) => json!({"not": inner.terse()}),
            Self::Old(inner) => json!({"old": inner.terse()}),
        }
    }
}

impl Scalar {
    fn terse(&self) -> Value {
        match self {
            Self::Boolean(value) => (*value).into(),
            Self::Number(value) => value.clone().into(),
            Self::String(value) => value.as_str().into(),
        }
    }
}

fn columns(names: &[String]) -> Value {
    match names {
        [single] => single.as_str().into(),
        several => several.into(),
    }
}
