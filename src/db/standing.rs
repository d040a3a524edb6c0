//! Whether what is installed in a database and this program fit together: what every
//! command asks before it works there.

use std::cmp::Ordering;

use tokio_postgres::GenericClient;

use super::{InstallError, newest_migration};
use crate::error::{Error, Result};

/// How a database stands to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is installed in it.
    Absent,
    /// A newer program was at it: its version.
    Newer(i32),
    /// An earlier program was at it, and this one has yet to bring it up to date.
    Older,
    /// What is installed there can be worked with.
    Fit,
}

/// Finds out.
pub async fn standing(client: &impl GenericClient) -> Result<Standing> {
    let is_installed = "select to_regclass('integratedb.migrations') is not null";
    if !client.query_one(is_installed, &[]).await?.get::<_, bool>(0) {
        return Ok(Standing::Absent);
    }
    let version = "select coalesce(max(version), 0) from integratedb.migrations";
    let found: i32 = client.query_one(version, &[]).await?.get(0);
    Ok(match found.cmp(&newest_migration()) {
        Ordering::Greater => Standing::Newer(found),
        Ordering::Less => Standing::Older,
        Ordering::Equal => Standing::Fit,
    })
}

/// Why nothing is done where a newer program was.
pub fn too_new(found: i32) -> InstallError {
    InstallError::TooNew { found, known: newest_migration() }
}

/// Fails where a newer program was: what this one did could be wrong there.
pub async fn refuse_newer(client: &impl GenericClient) -> Result<()> {
    match standing(client).await? {
        Standing::Newer(found) => Err(Error::internal(too_new(found))),
        _ => Ok(()),
    }
}

/// The same, and fails where nothing is installed: says what to run.
pub async fn require_installation(client: &impl GenericClient) -> Result<()> {
    match standing(client).await? {
        Standing::Absent => {}
        Standing::Newer(found) => return Err(Error::internal(too_new(found))),
        Standing::Older | Standing::Fit => return Ok(()),
    }
    let database = client.query_one("select current_database()::text", &[]).await?;
    Err(Error::internal(format!(
        "IntegrateDB isn't installed in the database {}: `integratedb migrate` does it",
        database.get::<_, &str>(0)
    )))
}

/// The same, and fails where the tables have other numbers than the registry knows, as it was
/// restored from a dump: claims and grants would be held against tables that they aren't of.
pub async fn require_learned(client: &impl GenericClient) -> Result<()> {
    require_installation(client).await?;
    // An earlier program had no such function.
    let can_tell = "select to_regprocedure('integratedb.is_restored()') is not null";
    if !client.query_one(can_tell, &[]).await?.get::<_, bool>(0)
        || !client.query_one("select integratedb.is_restored()", &[]).await?.get::<_, bool>(0)
    {
        return Ok(());
    }
    Err(Error::internal(
        "the database was restored from a dump, and its tables are known by numbers that they had \
         before: `integratedb migrate`, or a start of the server, learns the new ones",
    ))
}
