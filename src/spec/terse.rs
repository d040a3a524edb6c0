//! The terse form: a document that says the same with nothing that goes without saying.

use serde_json::{Map, Value, json};

use super::{Alternative, Column, Field, Match, Spec};

impl Spec {
    /// Writes the specification as the shortest document that parses to it.
    #[must_use]
    pub fn terse(&self) -> Value {
        json!({ "match": self.matches.iter().map(Match::terse).collect::<Vec<_>>() })
    }
}

impl Match {
    fn terse(&self) -> Value {
        let mut object = match self.alternatives.as_slice() {
            [single] => single.terse(),
            several => alternatives(several.iter().map(Alternative::terse)),
        };
        if let Some(listens) = &self.listens {
            listens.add_to(&mut object);
        }
        set_flag(&mut object, "optional", self.optional);
        object.into()
    }
}

impl Alternative {
    fn terse(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("path".to_owned(), self.path().into());
        if self.every_column {
            object.insert("fields".to_owned(), json!(["*"]));
        } else if !self.fields.is_empty() {
            object.insert("fields".to_owned(), self.fields.iter().map(Field::terse).collect());
        }
        set_flag(&mut object, "planned", self.planned);
        object
    }

    /// Writes the path, with quotes only where it needs them.
    #[must_use]
    pub fn path(&self) -> String {
        let schema = quoted(&self.schema);
        match self.table.as_deref() {
            None => format!("{schema}.*"),
            Some("*") => format!("{schema}.\"*\""),
            Some(table) => format!("{schema}.{}", quoted(table)),
        }
    }
}

impl Field {
    fn terse(&self) -> Value {
        let mut object = match self.alternatives.as_slice() {
            [single] if single.is_only_a_name() && !self.optional => {
                return single.name.as_str().into();
            }
            [single] => single.terse(),
            several => alternatives(several.iter().map(Column::terse_alternative)),
        };
        set_flag(&mut object, "optional", self.optional);
        object.into()
    }
}

impl Column {
    /// Whether a plain string says it all. The string `*` would say something else.
    fn is_only_a_name(&self) -> bool {
        let Self { name, r#type, type_name: _, min_length, is_nullable, planned } = self;
        let said = r#type.is_some() || min_length.is_some() || is_nullable.is_some() || *planned;
        !said && name != "*"
    }

    fn terse_alternative(&self) -> Value {
        if self.is_only_a_name() { self.name.as_str().into() } else { self.terse().into() }
    }

    fn terse(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("name".to_owned(), self.name.as_str().into());
        let said = [
            ("type", self.r#type.as_deref().map(Value::from)),
            ("min_length", self.min_length.map(Value::from)),
            ("is_nullable", self.is_nullable.map(Value::from)),
        ];
        for (property, value) in said {
            object.extend(value.map(|value| (property.to_owned(), value)));
        }
        set_flag(&mut object, "planned", self.planned);
        object
    }
}

fn alternatives<T: Into<Value>>(several: impl Iterator<Item = T>) -> Map<String, Value> {
    Map::from_iter([("alternatives".to_owned(), several.collect())])
}

fn set_flag(object: &mut Map<String, Value>, property: &str, value: bool) {
    if value {
        object.insert(property.to_owned(), true.into());
    }
}

/// Writes an identifier as SQL has it, with quotes only where it needs them.
#[must_use]
pub fn in_sql(identifier: &str) -> String {
    let is_plain = |c: char| c == '_' || c.is_ascii_digit() || c.is_lowercase();
    let is_digit = |c: char| c.is_ascii_digit();
    if identifier.chars().all(is_plain) && !identifier.starts_with(is_digit) {
        return identifier.to_owned();
    }
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// The same of several, with commas between.
#[must_use]
pub fn all_in_sql(identifiers: &[impl AsRef<str>]) -> String {
    let identifiers = identifiers.iter().map(|identifier| in_sql(identifier.as_ref()));
    identifiers.collect::<Vec<_>>().join(", ")
}

/// Writes an identifier as paths have it, with quotes only where it needs them.
#[must_use]
pub fn quoted(identifier: &str) -> String {
    if identifier.contains(['.', '"']) {
        format!("\"{}\"", identifier.replace('"', "\"\""))
    } else {
        identifier.to_owned()
    }
}
