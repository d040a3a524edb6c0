//! What keeps an application from harming the others: how many connections it may have,
//! and how long it may take. Postgres keeps and enforces them, on each of the
//! stakeholder's roles.

mod replace;
pub mod routes;
mod store;

pub use replace::replace;
pub use store::of;

use serde::Serialize;

/// The guards of a stakeholder; none, where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Guards {
    /// Of each of its roles.
    pub connection_limit: Option<i32>,
    pub statement_timeout_ms: Option<i32>,
    pub lock_timeout_ms: Option<i32>,
    pub idle_in_transaction_timeout_ms: Option<i32>,
}

impl Guards {
    /// The timeouts with the settings of Postgres that they are, whose unit is the
    /// millisecond too.
    fn timeouts(&self) -> [(&'static str, Option<i32>); 3] {
        [
            ("statement_timeout", self.statement_timeout_ms),
            ("lock_timeout", self.lock_timeout_ms),
            ("idle_in_transaction_session_timeout", self.idle_in_transaction_timeout_ms),
        ]
    }
}
