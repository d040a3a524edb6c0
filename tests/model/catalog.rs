//! The database as the model knows it: schemas, tables, columns, and who may use
//! and read them. Read by `history.sql`, which asks the engine nothing.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A schema and a name in it.
pub type Path = (String, String);

/// Everything at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    pub schemas: BTreeMap<String, Schema>,
    pub relations: BTreeMap<Path, Relation>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Schema {
    name: String,
    /// The roles with USAGE.
    pub users: Vec<String>,
}

/// A table, partitioned table, view or materialized view.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Relation {
    oid: String,
    pub schema: String,
    pub name: String,
    /// As in `pg_class.relkind`.
    pub kind: char,
    /// Of a partition.
    pub parent: Option<Path>,
    /// The roles that may read all of it.
    pub readers: Vec<String>,
    pub columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Column {
    pub name: String,
    r#type: Path,
    modifier: i64,
    is_not_null: bool,
    domain: Option<Domain>,
    pub readers: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Domain {
    r#type: Path,
    modifier: i64,
    is_not_null: bool,
}

impl Catalog {
    pub fn parse(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Lists {
            schemas: Vec<Schema>,
            relations: Vec<Relation>,
        }
        let Lists { schemas, relations } = serde_json::from_str(text).expect("a catalog");
        Self {
            schemas: schemas.into_iter().map(|schema| (schema.name.clone(), schema)).collect(),
            relations: relations.into_iter().map(|table| (table.path(), table)).collect(),
        }
    }

    pub fn relation(&self, schema: &str, table: &str) -> Option<&Relation> {
        self.relations.get(&(schema.to_owned(), table.to_owned()))
    }
}

impl Relation {
    pub fn path(&self) -> Path {
        (self.schema.clone(), self.name.clone())
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    pub fn is_nullable(&self) -> bool {
        !self.is_not_null && !self.domain.as_ref().is_some_and(|domain| domain.is_not_null)
    }

    /// The name of its type; a domain's is that of the type it rests on.
    pub fn type_name(&self) -> String {
        let (schema, name) = self.base().0;
        match name.as_str() {
            "int4" => "integer".to_owned(),
            "int8" => "bigint".to_owned(),
            "varchar" => "character varying".to_owned(),
            "_text" => "text[]".to_owned(),
            "text" | "numeric" => name.clone(),
            _ => format!("{schema}.{name}"),
        }
    }

    /// The type as a column of a new table takes it.
    pub fn declared(&self) -> String {
        let (schema, name) = &self.r#type;
        match (name.as_str(), self.length()) {
            ("varchar", Some(length)) => format!("varchar({length})"),
            ("numeric", Some(length)) => format!("numeric({length}, 2)"),
            _ => format!("{schema}.{name}"),
        }
    }

    /// The character length or numeric precision, if there is a limit.
    pub fn length(&self) -> Option<i64> {
        let ((_, name), modifier) = self.base();
        match name.as_str() {
            "int4" => Some(32),
            "int8" => Some(64),
            "varchar" if modifier >= 0 => Some(modifier - 4),
            "numeric" if modifier >= 0 => Some(((modifier - 4) >> 16) & 0xffff),
            _ => None,
        }
    }

    /// Whether a document may call its type so.
    pub fn is_called(&self, written: &str) -> bool {
        let own = |(schema, name): &Path| name == written || format!("{schema}.{name}") == written;
        match written {
            "int" | "int4" => self.type_name() == "integer",
            "varchar" => self.type_name() == "character varying",
            "ARRAY" => self.type_name() == "text[]",
            "USER-DEFINED" => self.is_of_a_type_of_ones_own(),
            _ if self.type_name() == written => true,
            _ if self.domain.is_some() => own(&self.r#type),
            _ => self.is_of_a_type_of_ones_own() && own(&self.r#type),
        }
    }

    fn is_of_a_type_of_ones_own(&self) -> bool {
        self.base().0.0 != "pg_catalog"
    }

    fn base(&self) -> (&Path, i64) {
        match &self.domain {
            Some(domain) => (&domain.r#type, domain.modifier),
            None => (&self.r#type, self.modifier),
        }
    }
}
