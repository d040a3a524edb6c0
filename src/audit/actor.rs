//! Who is behind a change, and from where.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::auth::{Caller, Own};

tokio::task_local! {
    /// Who acts in this task. Where nobody is set, the program acts by itself.
    pub static ACTOR: Arc<Attribution>;
}

/// What kinds of actors there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    User,
    Key,
    Stakeholder,
    Token,
    /// Somebody with a shell.
    Command,
    /// The program, by itself.
    System,
    /// A session of Postgres that is not ours.
    Migration,
    /// Somebody who has shown nothing.
    Nobody,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub kind: Kind,
    /// Of those that the registry knows.
    pub id: Option<i64>,
    pub name: Option<String>,
}

/// Where it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// An IP address, or the name of the machine that a command ran on.
    pub address: Option<String>,
    pub request_id: Option<String>,
}

/// To whom the changes of a task are put down.
#[derive(Debug)]
pub struct Attribution {
    pub actor: Actor,
    pub origin: Origin,
    has_recorded: AtomicBool,
}

impl Kind {
    /// As the audit has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Key => "key",
            Self::Stakeholder => "stakeholder",
            Self::Token => "token",
            Self::Command => "command",
            Self::System => "system",
            Self::Migration => "migration",
            Self::Nobody => "nobody",
        }
    }
}

impl Actor {
    /// One that the registry knows.
    pub fn known(kind: Kind, id: i64, name: impl Into<String>) -> Self {
        Self { kind, id: Some(id), name: Some(name.into()) }
    }

    /// One of whom nothing else is known.
    pub fn of(kind: Kind) -> Self {
        Self { kind, id: None, name: None }
    }
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        match caller {
            Caller::Nobody => Self::of(Kind::Nobody),
            Caller::User(user) => Self::known(Kind::User, user.id, &user.username),
            Caller::Key { id, name, .. }
            | Caller::Stakeholder { by: Own::Key { id, name }, .. } => {
                Self::known(Kind::Key, *id, name)
            }
            Caller::Stakeholder { by: Own::Token { id, name }, .. } => {
                Self::known(Kind::Token, *id, name)
            }
        }
    }
}

impl Attribution {
    pub fn new(actor: Actor, origin: Origin) -> Self {
        Self { actor, origin, has_recorded: AtomicBool::new(false) }
    }

    /// Whoever runs this program, by the operating system's account of it.
    pub fn command() -> Self {
        let name = whoami::username().ok();
        let address = whoami::hostname().ok();
        let actor = Actor { kind: Kind::Command, id: None, name };
        Self::new(actor, Origin { address, request_id: None })
    }

    /// Puts down to them what is done meanwhile; answers too whether anything was
    /// recorded, and so waits to be sealed.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> (T, bool) {
        let shared = Arc::new(self);
        let outcome = ACTOR.scope(Arc::clone(&shared), work).await;
        (outcome, shared.has_recorded.load(Ordering::Relaxed))
    }

    /// Who acts in this task.
    pub(super) fn current() -> Arc<Self> {
        let system = || Arc::new(Self::new(Actor::of(Kind::System), Origin::default()));
        ACTOR.try_with(Arc::clone).unwrap_or_else(|_| system())
    }

    pub(super) fn note(&self) {
        self.has_recorded.store(true, Ordering::Relaxed);
    }
}

/// The same work for another task, put down to whoever acts in this one.
pub fn carry<W: Future>(work: W) -> impl Future<Output = W::Output> {
    ACTOR.scope(Attribution::current(), work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn outside_of_every_scope_the_program_acts() {
        assert_eq!(Attribution::current().actor, Actor::of(Kind::System));
        let root = Actor::known(Kind::User, 1, "root");
        let attribution = Attribution::new(root.clone(), Origin::default());
        let (actor, has_recorded) =
            attribution.scope(async { Attribution::current().actor.clone() }).await;
        assert_eq!((actor, has_recorded), (root, false));
        let token = Attribution::new(Actor::of(Kind::Token), Origin::default());
        let carried = async {
            let kind = carry(async { Attribution::current().actor.kind });
            tokio::spawn(kind).await.unwrap()
        };
        assert_eq!(token.scope(carried).await.0, Kind::Token);
        let ((), has_recorded) =
            Attribution::command().scope(async { Attribution::current().note() }).await;
        assert!(has_recorded);
    }
}
