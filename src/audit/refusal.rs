//! Refused migrations. A refused transaction can keep nothing, so that it was refused is
//! heard of in another way (its number, at least, by `sql/seal_audit.sql`).

use serde_json::{Value, json};
use tokio_postgres::Transaction;

use super::actor::{Actor, Kind, Origin};
use super::event::{Event, Subject};
use super::record::record_from;
use crate::error::Result;

/// A migration that was refused.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Whose session it was.
    pub role: String,
    pub application: Option<String>,
    pub address: Option<String>,
    /// The database.
    pub database: String,
    /// When, in ISO 8601.
    pub at: String,
    /// Which claims it would have left unmet.
    pub unmet: Value,
}

/// Records a refusal, in the transaction that remembers that it was heard of.
pub async fn refusal(transaction: &Transaction<'_>, refusal: Refusal) -> Result<()> {
    let Refusal { role, application, address, database, at, unmet } = refusal;
    let actor = Actor { kind: Kind::Migration, id: None, name: Some(role) };
    let origin = Origin { address, request_id: None };
    let event = Event {
        action: "migration.refused",
        subject: Subject { kind: "database", id: None, name: Some(database) },
        before: None,
        after: Some(json!({ "at": at, "application": application, "unmet": unmet })),
    };
    record_from(transaction, &actor, &origin, event).await
}
