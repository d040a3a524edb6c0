//! What people ask before and after a migration: what is there, who depends on what,
//! what is unmet, which grants differ, what has happened.

mod dependencies;
mod dependent;
mod drift;
mod journal;
mod refusals;
mod relations;
pub mod routes;
mod unmet;

pub use dependencies::{Asked, dependencies};
pub use dependent::{Dependent, Impact, impact};
pub use drift::{Drift, Kind, drift, repair};
pub use journal::{Entry, journal};
pub use refusals::{Refusals, refusals};
pub use relations::{Relation, relations};
pub use unmet::{Unmet, unmet};

use serde::de::DeserializeOwned;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::error::{Error, Result};

/// The rows of a query whose first column is a JSON object.
async fn rows<T: DeserializeOwned>(
    client: &Client,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<T>> {
    let rows = client.query(sql, parameters).await?;
    let values = rows.into_iter().map(|row| serde_json::from_value(row.get(0)));
    values.collect::<Result<_, _>>().map_err(Error::internal)
}
