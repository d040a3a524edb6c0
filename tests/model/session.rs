//! A session that migrates: statements with their outcomes.

use tokio_postgres::Statement;
use tokio_postgres::error::{DbError, SqlState};

use crate::catalog::Catalog;
use crate::journal::Journal;
use crate::support::Client;

pub const LEVELS: [&str; 3] = ["read committed", "repeatable read", "serializable"];

/// What the engine says to a migration that would break a claim.
pub const REFUSED: &str = "P0001";

/// How Postgres refuses statements that don't fit the database as it is.
const MISFITS: [&str; 15] = [
    "0A000", // a column that a view uses gets no other type
    "2BP01", // something depends on it
    "3F000", // no such schema
    "42704", // no such type
    "42701", // such a column is there
    "42703", // no such column
    "42710", // such a type is there
    "42804", // a partition of other types
    "42809", // no table, or no view
    "42846", // no cast
    "42P01", // no such table
    "42P06", // such a schema is there
    "42P07", // such a table is there
    "42P16", // a partition's inherited column
    "42P17", // partitions that overlap
];

/// How Postgres ends one of several that are at work on the same things.
const COLLISIONS: [&str; 3] = ["40001", "40P01", "23505"];

pub struct Session {
    client: Client,
    journal: Journal,
    name: String,
    /// Whether others are at work.
    is_alone: bool,
    look: Statement,
}

impl Session {
    pub async fn new(client: Client, journal: Journal, name: &str, is_alone: bool) -> Self {
        let look = client.prepare("select state from model.catalog").await.expect("a statement");
        Self { client, journal, name: name.to_owned(), is_alone, look }
    }

    /// Runs a statement; answers the SQLSTATE of an error that may happen.
    pub async fn run(&self, sql: &str) -> Result<(), String> {
        let Err(error) = self.client.simple_query(sql).await else {
            self.journal.note(&self.name, sql, "done");
            return Ok(());
        };
        let error = error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error}"));
        let (code, message) = (error.code().code(), error.message());
        self.journal.note(&self.name, sql, &format!("{code} {message}"));
        self.journal.count(code);
        let may_be = code == REFUSED && message == "IntegrateDB.InvalidMigration"
            || MISFITS.contains(&code)
            || !self.is_alone && is_a_collision(error);
        self.journal.insist(may_be, || format!("{sql}\n{error:?}"));
        Err(code.to_owned())
    }

    /// Runs a statement that can't fail.
    pub async fn must(&self, sql: &str) {
        if let Err(code) = self.run(sql).await {
            self.journal.fail(&format!("{sql}: {code}"));
        }
    }

    /// The database as this session sees it.
    pub async fn look(&self) -> Catalog {
        let row = self.client.query_one(&self.look, &[]).await.expect("a catalog");
        Catalog::parse(row.get(0))
    }
}

/// Postgres has no better word than XX000 where two statements change the same
/// privileges, or one looks at a table that another drops. It may say so to a
/// statement, and not to a validation.
fn is_a_collision(error: &DbError) -> bool {
    let is_ours = error.where_().is_some_and(|place| place.contains("integratedb"));
    COLLISIONS.contains(&error.code().code())
        || *error.code() == SqlState::INTERNAL_ERROR && !is_ours
}
