//! The specification: the tables and columns a stakeholder depends on, as
//! written, in full, and as briefly as it can be said; and the same for what it
//! listens to.

use serde::{Deserialize, Serialize};
use serde_json::Value;

mod check;
mod condition;
mod contract;
mod message;
mod notifications;
mod parse;
mod pointers;
mod terse;
mod types;

pub use condition::{Condition, Equal, Known, OneOf, Scalar};
pub use notifications::{
    Address, AlertKind, AlertKinds, Alerts, Channel, ChannelNames, ChannelSettings, Event, Events,
    Listens, Notifications, Redis, RedisTarget, Webhook, parse_notifications,
};
pub use parse::whole_number;
pub use pointers::Pointers;
pub use terse::{all_in_sql, in_sql, quoted};
pub use types::canonical_type;

/// The full form of a specification: every shorthand spelled out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    #[serde(rename = "match")]
    pub matches: Vec<Match>,
}

impl Spec {
    /// The positions of the matches that stand in an earlier specification too,
    /// word for word.
    pub fn unchanged_since(&self, earlier: &Self) -> Vec<usize> {
        let is_unchanged = |claim: &Match| earlier.matches.contains(claim);
        let positions = self.matches.iter().enumerate();
        positions.filter(|(_, claim)| is_unchanged(claim)).map(|(position, _)| position).collect()
    }
}

/// One claim, met by any of its alternatives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    pub optional: bool,
    pub alternatives: Vec<Alternative>,
    /// What is listened to, in notifications; claims listen to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listens: Option<Listens>,
}

/// A table, or all the tables of a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    pub schema: String,
    /// `None` is every table of the schema.
    pub table: Option<String>,
    pub every_column: bool,
    pub planned: bool,
    /// Empty where every column is meant.
    pub fields: Vec<Field>,
}

/// One claimed column, met by any of its alternatives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub optional: bool,
    pub alternatives: Vec<Column>,
}

/// A column and what is required of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    /// As written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// The same by its canonical name, see [`canonical_type`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
    /// In characters, or the numeric precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_nullable: Option<bool>,
    pub planned: bool,
}

/// Something wrong with a document, for a person to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    pub message: String,
    /// A JSON pointer into the document as a URI fragment, without percent encoding: `#/match/0`.
    pub pointer: String,
}

/// As the API shows it: `[message, pointer]`.
impl Serialize for Fault {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.message, &self.pointer).serialize(serializer)
    }
}

/// Parses a document to its full form, and keeps where in the document each part stands.
///
/// # Errors
///
/// Everything that is wrong with the document, in its order: what is wrong with
/// a value comes after what is wrong inside it.
pub fn parse(document: &Value) -> Result<(Spec, Pointers), Vec<Fault>> {
    let breaches = contract::Contract::Claims.breaches(document);
    let (spec, pointers) = parse::read(document);
    let found = [
        check::identifiers(&spec, &pointers),
        check::existence(&spec, &pointers),
        check::repetition(&spec, &pointers),
    ];
    let faults = breaches.with(found.concat());
    if faults.is_empty() { Ok((spec, pointers)) } else { Err(check::in_order(faults, document)) }
}
