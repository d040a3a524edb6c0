//! The session that rows of a table are read in, as a role of its own ([`super::role`]).

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::role;
use super::store::{Job, NextTable};
use super::table::Table;
use crate::App;
use crate::db::{Ident, connection, is_passing};
use crate::error::{Error, Result, causes};

/// How values are written, as in the stream. A policy that hides rows is an error. Nobody is
/// waited for long: a migration that came in between waits for the transaction beside this
/// one, which waits for this.
const SETTINGS: &str = "-c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=3 \
                        -c bytea_output=hex -c row_security=off -c lock_timeout=500ms \
                        -c default_transaction_read_only=on -c statement_timeout=300s \
                        -c idle_in_transaction_session_timeout=300s";

/// How long a chunk may take. The session's own timeout is no more than its code lets it be.
const PATIENCE: Duration = Duration::from_mins(5);

/// About how many bytes are read at most: a chunk is in memory as a whole, here and where
/// it comes by.
const BYTES: usize = 512 << 10;

/// A session that may read one table.
pub struct Reader {
    /// Which table of the backfill.
    no: i32,
    relation: u32,
    role: String,
    client: Client,
}

/// Rows, and whether there are no more.
pub type Fetched = (Vec<Vec<Option<String>>>, bool);

impl Reader {
    /// Makes the role and logs in; or says why the server doesn't let it in.
    pub async fn begin(
        app: &App,
        job: &Job,
        next: &NextTable,
        table: &Table,
    ) -> Result<Result<Self, String>> {
        let (role, password) = role::create(app, job.id, table).await?;
        let (url, name) = (app.changes.url(), "integratedb backfill reader");
        let connected = connection::connect_as(url, (&role, &password), SETTINGS, name).await;
        let client = match connected {
            Ok(client) => client,
            Err(error) => {
                let pool = app.pool.get().await?;
                // Another instance, that took the backfill over, may have dropped it.
                let is_there = role::exists(&pool, &role).await?;
                role::drop(&pool, &role).await?;
                return match shut_out(&error, &role).filter(|_| is_there) {
                    Some(why) => Ok(Err(why)),
                    None => Err(error),
                };
            }
        };
        // Where the operators are that compare keys: those of an extension may be anywhere.
        let schemas = table.operators.iter().map(|schema| format!("{}, ", Ident(schema)));
        let schemas = schemas.collect::<String>();
        let path = format!("set search_path = pg_catalog, {schemas}pg_temp");
        client.simple_query(&path).await?;
        Ok(Ok(Self { no: next.no, relation: table.relation.id, role, client }))
    }

    /// Whether it is this table that it may read.
    pub fn is_for(&self, next: &NextTable, table: &Table) -> bool {
        self.no == next.no && self.relation == table.relation.id
    }

    /// Reads rows with a cursor called `backfill`, as another transaction sees them; or says
    /// why they can't be read.
    pub async fn read(
        &self,
        snapshot: &str,
        cursor: &str,
        columns: usize,
        most: usize,
    ) -> Result<Result<Fetched, String>> {
        let begin = format!(
            "begin isolation level repeatable read, read only;
             set transaction snapshot '{snapshot}'; {cursor}"
        );
        match timeout(PATIENCE, self.fetch(&begin, columns, most)).await {
            Ok(Ok(Some(fetched))) => Ok(Ok(fetched)),
            Ok(Ok(None)) => Ok(Err("has code that meddles with how it is read".to_owned())),
            Ok(Err(error)) => lasting(&error).map_or_else(|| Err(error.into()), |why| Ok(Err(why))),
            Err(_) => Ok(Err(too_long())),
        }
    }

    /// Ends the transaction that has read.
    pub async fn rest(&self) -> Result<()> {
        self.client.simple_query("rollback").await?;
        Ok(())
    }

    /// Reads rows until there are enough of them. As many at once as will fit, by what those
    /// before were like. Nothing, if what comes isn't what was asked for.
    async fn fetch(
        &self,
        begin: &str,
        columns: usize,
        most: usize,
    ) -> Result<Option<Fetched>, tokio_postgres::Error> {
        let mut rows: Vec<Vec<Option<String>>> = Vec::new();
        let (mut bytes, mut wanted) = (0, 1);
        let mut statements = format!("{begin}; fetch forward 1 from backfill");
        while rows.len() < most && bytes < BYTES {
            let before = rows.len();
            for message in self.client.simple_query(&statements).await? {
                let SimpleQueryMessage::Row(row) = message else { continue };
                let values =
                    (0..columns).map(|no| row.try_get(no).map(|text| text.map(str::to_owned)));
                let Ok(values) = values.collect::<Result<Vec<_>, _>>() else { return Ok(None) };
                bytes += values.iter().flatten().map(String::len).sum::<usize>() + 8 * columns;
                rows.push(values);
            }
            if rows.len() - before < wanted {
                return Ok(Some((rows, true)));
            }
            let average = bytes / rows.len() + 1;
            wanted = (BYTES.saturating_sub(bytes) / average).clamp(1, (most - rows.len()).max(1));
            statements = format!("fetch forward {wanted} from backfill");
        }
        Ok(Some((rows, false)))
    }

    /// Ends the session and drops the role.
    pub async fn end(self, app: &App) -> Result<()> {
        let Self { role, client, .. } = self;
        drop(client);
        role::drop(&app.pool.get().await?, &role).await
    }
}

fn too_long() -> String {
    let minutes = PATIENCE.as_secs() / 60;
    format!("took longer than {minutes} minutes to read some rows of it")
}

/// Why a role is not let in, unless that may be otherwise in a moment.
fn shut_out(error: &Error, role: &str) -> Option<String> {
    let source = causes(error).find_map(|cause| cause.downcast_ref::<tokio_postgres::Error>());
    let code = source?.as_db_error()?.code();
    let refusals = [
        SqlState::INVALID_PASSWORD,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        SqlState::INSUFFICIENT_PRIVILEGE,
    ];
    refusals.contains(code).then(|| {
        format!(
            "is read as a role of its own ({role}), which the server doesn't let in: allow roles \
             that begin with integratedb_backfill_ to connect from where IntegrateDB does, with a \
             password (pg_hba.conf, scram-sha-256)"
        )
    })
}

/// Why rows can't be read, unless that may be otherwise in a moment. Postgres's words may be
/// those of the table's owner.
fn lasting(error: &tokio_postgres::Error) -> Option<String> {
    let code = error.as_db_error()?.code();
    let is_in_short_supply = ["40", "53", "58"].iter().any(|class| code.code().starts_with(class));
    if is_passing(code) || is_in_short_supply || *code == SqlState::LOCK_NOT_AVAILABLE {
        return None;
    }
    Some(match code {
        code if *code == SqlState::QUERY_CANCELED => too_long(),
        code if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            "can't be read by the role that was granted SELECT on it for that: row level \
             security is in force, the grant was taken away, or code of its owner is refused \
             what it does"
                .to_owned()
        }
        code => format!(
            "can't be read: what belongs to it, such as the check of a type or a function in an \
             index, fails with SQLSTATE {}",
            code.code()
        ),
    })
}
