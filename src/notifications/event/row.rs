//! A row that was changed, as far as Postgres told it.

use std::borrow::Cow;

use crate::changes::Shape;
use crate::changes::pgoutput::{Field, Identity, Old, Tuple};
use crate::changes::value::write_json;
use crate::spec::Known;

/// A row before and after a change.
pub struct Row<'a> {
    pub shape: &'a Shape,
    pub new: Option<Tuple<'a>>,
    pub old: Option<Old<'a>>,
}

impl<'a> Row<'a> {
    /// The value after the change. One that is stored out of line and did not change
    /// is told only where the old row is.
    pub fn new_field(&self, column: usize) -> Option<Field<'a>> {
        let field = self.new.as_ref()?.fields.get(column).copied()?;
        match (field, &self.old) {
            (Field::Unchanged, Some(Old::Row(old))) => old.fields.get(column).copied(),
            _ => Some(field),
        }
    }

    /// The value before the change, as far as it is known.
    pub fn old_field(&self, column: usize) -> Option<Field<'a>> {
        match &self.old {
            Some(Old::Row(old)) => old.fields.get(column).copied(),
            Some(Old::Key(old)) if self.is_key(column) => old.fields.get(column).copied(),
            _ => None,
        }
    }

    /// Whether the column belongs to the key that identifies rows.
    pub fn is_key(&self, column: usize) -> bool {
        self.shape.relation.columns.get(column).is_some_and(|column| column.is_key)
    }

    /// Whether rows have a key: else all their columns, or none, are one.
    pub fn has_key(&self) -> bool {
        matches!(self.shape.relation.identity, Identity::Default | Identity::Index)
    }

    /// The key's values as text.
    pub fn key(&self) -> impl Iterator<Item = &'a str> {
        let columns = 0..self.shape.relation.columns.len();
        let columns = columns.filter(|column| self.has_key() && self.is_key(*column));
        columns.filter_map(|column| {
            match self.new_field(column).or_else(|| self.old_field(column)) {
                Some(Field::Text(text)) => Some(text),
                _ => None,
            }
        })
    }

    /// What a condition may know of the value after the change.
    pub fn known_new(&self, name: &str, may: &[bool]) -> Known<'static> {
        self.column(name, may)
            .map_or(Known::Unknown, |column| self.known(column, self.new_field(column)))
    }

    /// What a condition may know of the value before the change. A key that isn't
    /// told is the same as after it.
    pub fn known_old(&self, name: &str, may: &[bool]) -> Known<'static> {
        self.column(name, may).map_or(Known::Unknown, |column| {
            let is_same_key = self.old.is_none() && self.has_key() && self.is_key(column);
            let same = if is_same_key { self.new_field(column) } else { None };
            self.known(column, self.old_field(column).or(same))
        })
    }

    fn column(&self, name: &str, may: &[bool]) -> Option<usize> {
        let column = self.shape.relation.columns.iter().position(|column| column.name == name)?;
        may.get(column).copied().unwrap_or_default().then_some(column)
    }

    fn known(&self, column: usize, field: Option<Field<'_>>) -> Known<'static> {
        let text = match field {
            Some(Field::Text(text)) => text,
            Some(Field::Null) => return Known::Null,
            _ => return Known::Unknown,
        };
        let mut json = String::new();
        write_json(self.shape.base_types[column], text, &mut json);
        match json.as_bytes().first() {
            Some(b'"') => match serde_json::from_str::<String>(&json) {
                Ok(text) => Known::String(Cow::Owned(text)),
                Err(_) => Known::Unknown,
            },
            Some(b'{' | b'[') => Known::Document(Cow::Owned(json)),
            Some(b't') => Known::Boolean(true),
            Some(b'f') => Known::Boolean(false),
            Some(b'n') => Known::Null,
            _ => Known::Number(Cow::Owned(json)),
        }
    }
}
