//! Documents as the test means them, and the JSON that says so.

use serde_json::{Map, Value, json};

pub type Document = Vec<Match>;

/// One claim, met by any of its alternatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    pub optional: bool,
    pub alternatives: Vec<Alternative>,
}

/// A table; without one, every table of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    pub schema: String,
    pub table: Option<String>,
    pub planned: bool,
    pub columns: Columns,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    Every,
    Named(Vec<Field>),
}

/// A column, or one of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub optional: bool,
    pub options: Vec<Wanted>,
}

/// A column, and what is asked of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub name: String,
    pub type_name: Option<String>,
    pub min_length: Option<i64>,
    pub is_nullable: Option<bool>,
    pub planned: bool,
}

pub fn to_json(document: &[Match]) -> Value {
    document.iter().map(Match::to_json).collect()
}

impl Match {
    /// Its first alternative stands in the match itself.
    fn to_json(&self) -> Value {
        let mut alternatives = self.alternatives.iter().map(Alternative::members);
        let mut members = alternatives.next().expect("an alternative");
        if self.alternatives.len() > 1 {
            members.insert("alternatives".to_owned(), alternatives.map(Value::Object).collect());
        }
        flag(&mut members, "optional", self.optional);
        members.into()
    }
}

impl Alternative {
    fn members(&self) -> Map<String, Value> {
        let table = self.table.as_deref().unwrap_or("*");
        let fields = match &self.columns {
            Columns::Every => json!(["*"]),
            Columns::Named(fields) => fields.iter().map(Field::to_json).collect(),
        };
        let mut members = object([("path", json!(format!("{}.{table}", self.schema)))]);
        members.insert("fields".to_owned(), fields);
        flag(&mut members, "planned", self.planned);
        members
    }
}

impl Field {
    fn to_json(&self) -> Value {
        let mut members = match self.options.as_slice() {
            [only] => only.members(),
            options => {
                let options = options.iter().map(|option| Value::Object(option.members()));
                object([("alternatives", options.collect())])
            }
        };
        flag(&mut members, "optional", self.optional);
        match members.get("name") {
            Some(name) if members.len() == 1 => name.clone(),
            _ => members.into(),
        }
    }
}

impl Wanted {
    fn members(&self) -> Map<String, Value> {
        let mut members = object([("name", json!(self.name))]);
        let asked = [
            ("type", json!(self.type_name)),
            ("min_length", json!(self.min_length)),
            ("is_nullable", json!(self.is_nullable)),
        ];
        members.extend(object(asked).into_iter().filter(|(_, value)| !value.is_null()));
        flag(&mut members, "planned", self.planned);
        members
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn flag(members: &mut Map<String, Value>, name: &str, is_set: bool) {
    if is_set {
        members.insert(name.to_owned(), json!(true));
    }
}
