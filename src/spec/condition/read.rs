//! The reading of a condition, and the faults that a JSON Schema can't find in it.

use serde_json::{Map, Value};

use super::decimal::Decimal;
use super::{Condition, Equal, OneOf, Scalar};
use crate::spec::Fault;
use crate::spec::check::{escape, fault};
use crate::spec::message::too_long;

/// How deep conditions may stand in each other.
const LEVELS: usize = 16;

/// How many conditions, columns and values one may be made of: each is looked at
/// for each change.
const PARTS: usize = 1000;

/// How many digits of a number are kept for certain, unless it is a 64 bit integer.
const DIGITS: usize = f64::DIGITS as usize;

/// What a document says in place of a condition.
#[derive(Debug, Default)]
pub(in crate::spec) struct Reading {
    /// `None` where it isn't one.
    pub condition: Option<Condition>,
    pub mentions: Vec<Mention>,
    pub faults: Vec<Fault>,
}

/// A column that a condition is about, and where it says so.
#[derive(Debug)]
pub(in crate::spec) struct Mention {
    pub column: String,
    pub pointer: String,
}

#[derive(Clone, Copy)]
struct Place<'a> {
    pointer: &'a str,
    level: usize,
}

impl Place<'_> {
    fn within<'a>(&self, pointer: &'a str) -> Place<'a> {
        Place { pointer, level: self.level + 1 }
    }
}

impl Reading {
    /// Reads a condition, as far as it is one.
    pub(in crate::spec) fn of(value: &Value, pointer: &str) -> Self {
        let mut reader = Reader::default();
        let condition = reader.condition(value, Place { pointer, level: 1 });
        let Reader { mentions, mut faults, parts } = reader;
        if parts > PARTS {
            faults.push(fault(format!("A condition has at most {PARTS} parts."), pointer));
        }
        Self { condition, mentions, faults }
    }
}

#[derive(Default)]
struct Reader {
    mentions: Vec<Mention>,
    faults: Vec<Fault>,
    parts: usize,
}

impl Reader {
    /// What stands beside its first member is read for its faults.
    fn condition(&mut self, value: &Value, place: Place) -> Option<Condition> {
        if place.level > LEVELS {
            let message = format!("A condition has at most {LEVELS} levels, and this is one more.");
            self.fault(message, place.pointer);
            return None;
        }
        self.parts += 1;
        let members = value.as_object().into_iter().flatten();
        let mut read = Vec::new();
        for (key, value) in members {
            let pointer = format!("{}/{}", place.pointer, escape(key));
            read.push(self.member(key, value, place.within(&pointer)));
        }
        read.into_iter().next().flatten()
    }

    fn member(&mut self, key: &str, value: &Value, place: Place) -> Option<Condition> {
        match key {
            "eq" => {
                let equals = members(value, place.pointer).map(|(column, value, pointer)| {
                    self.column(column, &pointer);
                    let value = self.scalar(value, &pointer)?;
                    Some(Equal { column: column.to_owned(), value })
                });
                every(equals).map(Condition::Eq)
            }
            "in" => {
                let several = members(value, place.pointer).map(|(column, values, pointer)| {
                    self.column(column, &pointer);
                    let values = items(values, &pointer);
                    let values = values.map(|(value, pointer)| self.scalar(value, &pointer));
                    Some(OneOf { column: column.to_owned(), values: every(values)? })
                });
                every(several).map(Condition::In)
            }
            "is_null" => self.columns(value, place.pointer).map(Condition::IsNull),
            "changed" => self.columns(value, place.pointer).map(Condition::Changed),
            "and" => self.conditions(value, place).map(Condition::And),
            "or" => self.conditions(value, place).map(Condition::Or),
            "not" => self.condition(value, place).map(Box::new).map(Condition::Not),
            "old" => self.condition(value, place).map(Box::new).map(Condition::Old),
            _ => None,
        }
    }

    fn conditions(&mut self, value: &Value, place: Place) -> Option<Vec<Condition>> {
        let inner = items(value, place.pointer);
        every(
            inner.map(|(value, pointer)| {
                self.condition(value, Place { pointer: &pointer, ..place })
            }),
        )
    }

    fn columns(&mut self, value: &Value, pointer: &str) -> Option<Vec<String>> {
        if let Some(name) = value.as_str() {
            self.column(name, pointer);
            return Some(vec![name.to_owned()]);
        }
        let names = items(value, pointer).map(|(name, pointer)| {
            let name = name.as_str()?;
            self.column(name, &pointer);
            Some(name.to_owned())
        });
        every(names)
    }

    fn column(&mut self, name: &str, pointer: &str) {
        self.parts += 1;
        if let Some(message) = too_long(name) {
            self.fault(message, pointer);
            return;
        }
        // What is no name the schema tells of.
        if name.is_empty() || name.contains('\0') {
            return;
        }
        self.mentions.push(Mention { column: name.to_owned(), pointer: pointer.to_owned() });
    }

    fn scalar(&mut self, value: &Value, pointer: &str) -> Option<Scalar> {
        self.parts += 1;
        match value {
            Value::Bool(value) => Some(Scalar::Boolean(*value)),
            Value::String(text) => Some(Scalar::String(text.clone())),
            Value::Number(number) => {
                let text = number.to_string();
                let digits = Decimal::read(&text).map_or(0, |read| read.significant_digits());
                if number.is_f64() && digits > DIGITS {
                    let message = format!(
                        "JSON keeps no more than {DIGITS} digits of such a number; \
                         write it as a string."
                    );
                    self.fault(message, pointer);
                }
                Some(Scalar::Number(number.clone()))
            }
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn fault(&mut self, message: impl Into<String>, pointer: &str) {
        self.faults.push(fault(message.into(), pointer));
    }
}

/// All of them, if each is one. Those behind the first that isn't are read too.
fn every<T>(read: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    read.collect::<Vec<_>>().into_iter().collect()
}

fn items<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a Value, String)> {
    let items = value.as_array().map_or(&[][..], Vec::as_slice).iter().enumerate();
    items.map(move |(no, item)| (item, format!("{pointer}/{no}")))
}

fn members<'a>(
    value: &'a Value,
    pointer: &str,
) -> impl Iterator<Item = (&'a str, &'a Value, String)> {
    let members = value.as_object().into_iter().flat_map(Map::iter);
    members.map(move |(key, value)| (key.as_str(), value, format!("{pointer}/{}", escape(key))))
}
