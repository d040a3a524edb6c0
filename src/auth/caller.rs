//! Who is behind a token or a key.

use serde::Serialize;

use super::secret::{Purpose, Secret};
use super::{NOT_VALID, login};
use crate::App;
use crate::error::{Error, Result};
use crate::stakeholders::{self, Stakeholder};
use crate::users::{Role, User};
use crate::{keys, tokens};

/// Who is behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Somebody without a token, where a route admits such.
    Nobody,
    User(User),
    /// A program, by a key that acts as people of a role do.
    Key {
        id: i64,
        name: String,
        role: Role,
    },
    /// An application, by a key or a token of its stakeholder.
    Stakeholder {
        id: i64,
        by: Own,
    },
}

/// With what an application shows that it is the stakeholder's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// Good for all that is the stakeholder's own.
    Key { id: i64, name: String },
    /// Good for streams.
    Token { id: i64, name: String },
}

impl Caller {
    /// The role it has; nobody and applications have none.
    pub fn role(&self) -> Option<Role> {
        match self {
            Self::User(user) => Some(user.role),
            Self::Key { role, .. } => Some(*role),
            Self::Nobody | Self::Stakeholder { .. } => None,
        }
    }
}

/// Whose token or key this is.
pub async fn identify(app: &App, text: &str) -> Result<Caller> {
    let Some((purpose, secret)) = Secret::read(text) else {
        return Ok(Caller::User(login::identify(app, text).await?));
    };
    let client = app.pool.get().await?;
    let caller = match purpose {
        Purpose::Token => tokens::identify(&client, &secret).await?,
        Purpose::Key => keys::identify(&client, &secret).await?,
    };
    caller.ok_or(Error::Unauthenticated(NOT_VALID))
}

/// Who somebody is, as they are told.
#[derive(Debug, Serialize)]
pub struct Description {
    /// `user`, `key` or `token`.
    pub kind: &'static str,
    pub id: i64,
    pub name: String,
    pub role: Option<Role>,
    /// Whose key or token it is, if it is a stakeholder's.
    pub stakeholder: Option<Stakeholder>,
}

/// Tells somebody who they are.
pub async fn describe(app: &App, caller: &Caller) -> Result<Description> {
    let (kind, id, name) = match caller.clone() {
        Caller::Nobody => return Err(Error::Unauthenticated(NOT_VALID)),
        Caller::User(user) => ("user", user.id, user.username),
        Caller::Key { id, name, .. } | Caller::Stakeholder { by: Own::Key { id, name }, .. } => {
            ("key", id, name)
        }
        Caller::Stakeholder { by: Own::Token { id, name }, .. } => ("token", id, name),
    };
    let stakeholder = match caller {
        Caller::Stakeholder { id, .. } => {
            Some(stakeholders::store::by_id(&app.pool.get().await?, *id).await?)
        }
        _ => None,
    };
    Ok(Description { kind, id, name, role: caller.role(), stakeholder })
}
