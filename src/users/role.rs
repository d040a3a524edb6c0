//! What somebody may do.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The roles of people and keys, each with all that those before it have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads everything but secrets and data.
    Viewer,
    /// Changes stakeholders, what they claim and hear, and their credentials.
    Operator,
    /// Changes users and all keys.
    Admin,
}

impl Role {
    /// All of them, the weakest first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// Its name, as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let role = Self::ALL.into_iter().find(|role| role.as_str() == text.trim());
        role.ok_or("must be viewer, operator or admin")
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
