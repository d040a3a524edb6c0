//! A snapshot: the schema of a database and the claims on it as one stable text,
//! which can be committed, compared, and loaded into a private Postgres. It holds
//! no data (but what migration tools remember, see [`history`]) and no secrets.

mod capture;
pub mod history;
mod load;
pub mod routes;
mod rows;
mod tools;

pub use capture::capture;
pub use load::{Unloaded, load, load_surroundings};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The version of the format that this program writes and reads.
const FORMAT: u32 = 1;

/// The kinds of objects, in the order in which they are written and made.
const KINDS: &[&str] = &[
    "role",
    "extension",
    "schema",
    "collation",
    "server",
    "type",
    "domain",
    "function",
    "procedure",
    "aggregate",
    "sequence",
    "table",
    "foreign table",
    "partition",
    "sequence owner",
    "constraint",
    "view",
    "materialized view",
    "index",
    "index partition",
    "foreign key",
    "statistics",
    "trigger",
    "rule",
    "policy",
];

/// The whole document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The version of the format.
    pub integratedb: u32,
    /// The major version of the server.
    pub postgres: i32,
    pub objects: Vec<Object>,
    /// What is there and not among the objects, as Postgres describes it.
    pub left_out: Vec<String>,
    pub history: history::History,
    pub stakeholders: Vec<Stakeholder>,
}

/// Something in the schema, and the statements that make it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    pub kind: String,
    pub name: String,
    #[serde(serialize_with = "as_lines", deserialize_with = "from_lines")]
    pub sql: String,
}

/// An application and what it claims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stakeholder {
    pub name: String,
    /// Its document, in terse form.
    pub claims: Value,
    /// The matches of what it listens to, in terse form; where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listens: Option<Value>,
}

/// Why a text is no snapshot that can be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error("it is no snapshot: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("it has format {0}, and this program knows {FORMAT}: use a newer program")]
    TooNew(u64),
}

impl Snapshot {
    /// Reads the bare document, or the answer of the API that has it under `data`.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let mut document: Value = serde_json::from_str(text)?;
        if let Some(data) = document.get_mut("data") {
            document = data.take();
        }
        match document["integratedb"].as_u64() {
            Some(format) if format > u64::from(FORMAT) => Err(Unusable::TooNew(format)),
            _ => Ok(serde_json::from_value(document)?),
        }
    }

    /// The text that is committed.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// The place of a kind in the order of making; the last for one nobody knows.
fn rank(kind: &str) -> usize {
    KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len())
}

/// A line of the statement is a line of the file, so that a column is a line of a diff.
fn as_lines<S: Serializer>(sql: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(sql.split('\n'))
}

fn from_lines<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Vec::<String>::deserialize(deserializer)?.join("\n"))
}
