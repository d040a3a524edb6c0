//! Who may do what: the only place that decides.

use super::caller::{Caller, Own};
use crate::error::{Error, Result};
use crate::users::Role;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anyone,
    /// Whoever brings any token or key that is good.
    Anybody,
    /// People and keys of this role, or of one that has all that it has.
    Role(Role),
    /// The same, or anyone while there is no user yet.
    FirstOr(Role),
    /// The same, or the user whose path it is.
    SelfOr(Role),
    /// The same, or the stakeholder whose path it is, by a key of its own.
    OwnOr(Role),
    /// The same, or the stakeholder by a token. Either may also be the parameter
    /// `access_token` of the query (RFC 6750, section 2.3), since browsers can set no
    /// header where they open a stream.
    StreamOr(Role),
}

impl Access {
    /// Who may open a stream, and keep it open. It shows data, as only operators see it.
    pub const STREAM: Self = Self::StreamOr(Role::Operator);

    /// Lets a caller in who may, where `{id}` in the path is this. The key or token of
    /// another stakeholder gets the answer that stakeholders get that aren't there, so
    /// that it tells nothing.
    pub fn admit(self, caller: &Caller, id: Option<i64>) -> Result<()> {
        let role = match self {
            Self::Anyone | Self::Anybody => return Ok(()),
            Self::Role(role)
            | Self::FirstOr(role)
            | Self::SelfOr(role)
            | Self::OwnOr(role)
            | Self::StreamOr(role) => role,
        };
        match caller {
            // Whether the door for the first user is open was asked before.
            Caller::Nobody if matches!(self, Self::FirstOr(_)) => Ok(()),
            Caller::Nobody => Err(Error::Unauthenticated(MISSING)),
            Caller::User(user) if matches!(self, Self::SelfOr(_)) && id == Some(user.id) => Ok(()),
            Caller::User(_) | Caller::Key { .. } if caller.role() >= Some(role) => Ok(()),
            Caller::User(user) => Err(takes(role, &format!("yours is {}", user.role))),
            Caller::Key { role: has, .. } => Err(takes(role, &format!("the key's is {has}"))),
            Caller::Stakeholder { id: own, by } => {
                match (self, by) {
                    (Self::OwnOr(_), Own::Key { .. }) | (Self::StreamOr(_), _) => {
                        if id == Some(*own) { Ok(()) } else { Err(Error::NotFound) }
                    }
                    (_, Own::Key { .. }) => Err(takes(
                        role,
                        "the key is a stakeholder's, for its own claims and notifications",
                    )),
                    (_, Own::Token { .. }) => {
                        Err(takes(role, "the token is a stakeholder's, for its streams"))
                    }
                }
            }
        }
    }
}

/// What is said to whoever brings nothing.
pub const MISSING: &str = "The header Authorization: Bearer <token> is missing.";

fn takes(role: Role, but: &str) -> Error {
    Error::Forbidden(format!("This takes the role {role}; {but}."))
}
