//! What can go wrong, as far as a caller would act differently. Nothing here
//! knows HTTP.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::spec::Fault;
use crate::version::Version;

/// The result of everything below the edge.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done. In every case nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No token, or one that is not good any more.
    #[error("unauthenticated: {0}")]
    Unauthenticated(&'static str),
    /// A username and password, or a refresh token, that don't fit.
    #[error("wrong credentials")]
    WrongCredentials,
    /// Somebody who is known, and may not do this: what it takes.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// Too many attempts: for how long there are no more.
    #[error("too many attempts, for {seconds} s")]
    TooMany { seconds: u64 },
    #[error("not found")]
    NotFound,
    /// The same, where what is missing isn't plain from the question: in words for a person.
    #[error("not found: {0}")]
    Missing(String),
    /// Fields that can't be taken as they are.
    #[error("{0}")]
    Invalid(FieldErrors),
    /// A document that its JSON Schema doesn't allow.
    #[error("invalid document: {0:?}")]
    InvalidDocument(Vec<Fault>),
    /// A document that the database doesn't fit: the tree of the same shape as
    /// the claims, and the same faults as a list.
    #[error("the database doesn't match: {faults:?}")]
    Mismatch { claims: Value, faults: Vec<Fault> },
    /// What stands against it, in words for a person.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The same request, under the same key, is still being worked on.
    #[error("the same request is still running")]
    Running,
    /// A change of the schema that would leave claims unmet: which, a line each.
    #[error("would break claims: {0}")]
    WouldBreak(String),
    /// It is not of a version that the caller expects any more; it is of this one.
    #[error("outdated: it is now {0:?}")]
    Outdated(Version),
    /// Somebody else is at it; the same request may succeed in a moment.
    #[error("busy: {0}")]
    Busy(&'static str),
    /// Postgres can't be reached.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A fault of ours, or of the installation.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Messages by field, `{"username": ["can't be blank"]}`.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldErrors(BTreeMap<String, Vec<String>>);

impl std::fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines = self.0.iter().flat_map(|(field, messages)| {
            messages.iter().map(move |message| format!("{field} {message}"))
        });
        f.write_str(&lines.collect::<Vec<_>>().join("; "))
    }
}

impl FieldErrors {
    /// Says what is wrong with a field.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.entry(field.to_owned()).or_default().push(message.into());
    }

    /// Says what is wrong with the one field that is.
    pub fn of(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Takes a field's value, or remembers what is wrong with it.
    pub fn keep<T>(&mut self, field: &str, value: Result<T, impl Into<String>>) -> Option<T> {
        value.map_err(|message| self.add(field, message)).ok()
    }

    /// Fails if anything was added.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }
}

impl Error {
    /// A fault that nobody outside can do anything about.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// One field that can't be taken as it is.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::of(field, message))
    }
}

/// An error and what led to it, in one line that says nothing twice.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// What it all began with, in words.
pub fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}

/// What led to an error, the nearest first.
pub fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |cause| cause.source())
}
