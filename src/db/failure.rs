//! What a failure of Postgres means to us. Its text never leaves the building.

use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

use crate::error::{Error, causes};

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        if error.is_closed() {
            return Self::Unavailable(error.into());
        }
        let Some(db) = error.as_db_error() else {
            return Self::Unavailable(error.into());
        };
        match db.code() {
            code if *code == SqlState::LOCK_NOT_AVAILABLE => {
                Self::Busy("A running migration holds what this needs.")
            }
            code if is_contention(code) => Self::Busy("Another change of the schema was faster."),
            code if is_passing(code) => Self::Unavailable(error.into()),
            code if *code == SqlState::QUERY_CANCELED => {
                Self::Busy("This took longer than it may.")
            }
            // Two GRANTs on one table: Postgres has no other way to say it.
            code if *code == SqlState::INTERNAL_ERROR
                && db.message().contains("tuple concurrently") =>
            {
                Self::Busy("Another change of the same privileges was faster.")
            }
            _ => Self::Internal(error.into()),
        }
    }
}

/// Whether a code says that somebody else was in the way: the same may succeed in a moment.
pub fn is_contention(code: &SqlState) -> bool {
    [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
    ]
    .contains(code)
}

/// Whether a code says that Postgres is on its way down or up, or full.
pub fn is_passing(code: &SqlState) -> bool {
    ["08", "57P"].iter().any(|class| code.code().starts_with(class))
        || *code == SqlState::TOO_MANY_CONNECTIONS
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => match Self::from(error) {
                busy @ Self::Busy(_) => busy,
                // Whatever keeps us from connecting, the caller can only wait.
                Self::Internal(source) => Self::Unavailable(source),
                other => other,
            },
            other => Self::Unavailable(other.into()),
        }
    }
}

/// What of an unavailable database those may know who don't run it.
pub fn unavailability(source: &(dyn std::error::Error + 'static)) -> &'static str {
    std::iter::once(source).chain(causes(source)).find_map(known).unwrap_or(UNREACHED)
}

/// What is said where nothing more is known.
pub const UNREACHED: &str = "The database can't be reached just now.";

fn known(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if let Some(PoolError::Timeout(TimeoutType::Wait)) = cause.downcast_ref() {
        return Some("Every connection to the database is in use just now.");
    }
    let error = cause.downcast_ref::<tokio_postgres::Error>()?.as_db_error()?;
    let is_refused = error.code().code().starts_with("28");
    is_refused.then_some("The database refuses the log-in of the control plane's role.")
}

/// Says what breaking a constraint means.
pub trait OnConstraint<T> {
    /// Turns the breach of `constraint` into what it means; leaves all else.
    fn on_constraint(self, constraint: &str, meaning: impl FnOnce() -> Error) -> Result<T, Error>;
}

impl<T> OnConstraint<T> for Result<T, tokio_postgres::Error> {
    fn on_constraint(self, constraint: &str, meaning: impl FnOnce() -> Error) -> Result<T, Error> {
        self.map_err(|error| {
            let broken = error.as_db_error().and_then(tokio_postgres::error::DbError::constraint);
            if broken == Some(constraint) { meaning() } else { Error::from(error) }
        })
    }
}
