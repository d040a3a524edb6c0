//! What happened, and to what.

use serde_json::Value;

use crate::stakeholders::Stakeholder;
use crate::users::User;

/// A change that is to be recorded.
#[derive(Debug, Clone)]
pub struct Event {
    /// `<what>.<verb>`, such as `stakeholder.rename`.
    pub action: &'static str,
    pub subject: Subject,
    /// None: it wasn't there.
    pub before: Option<Value>,
    /// None: it is gone.
    pub after: Option<Value>,
}

/// What was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub kind: &'static str,
    pub id: Option<i64>,
    pub name: Option<String>,
}

impl Subject {
    pub fn new(kind: &'static str, id: i64, name: impl Into<String>) -> Self {
        Self { kind, id: Some(id), name: Some(name.into()) }
    }

    /// The only one of its kind, or one that isn't known.
    pub fn of(kind: &'static str) -> Self {
        Self { kind, id: None, name: None }
    }
}

impl Event {
    /// Whether anything is other than before.
    pub(super) fn is_change(&self) -> bool {
        self.before.is_none() || self.before != self.after
    }
}

impl From<&User> for Subject {
    fn from(user: &User) -> Self {
        Self::new("user", user.id, &user.username)
    }
}

impl From<&Stakeholder> for Subject {
    fn from(stakeholder: &Stakeholder) -> Self {
        Self::new("stakeholder", stakeholder.id, &stakeholder.name)
    }
}
