//! The transaction that leaves some rows in the stream, which a [`Reader`] has read as it
//! sees them.

use std::pin::pin;
use std::time::Duration;

use tokio_postgres::{Client, Transaction};

use super::reader::Reader;
use super::store::{self, Job, Step};
use super::table::Table;
use crate::changes::{Chunk, Shape, Snapshot, fields, log};
use crate::db::Ident;
use crate::error::{Error, Result};
use crate::notifications::{Hearing, event};
use crate::spec::Condition;

/// How many rows are read at most.
const ROWS: usize = 1000;

/// How often Postgres hears of a transaction that waits for the reader, or it would end it.
const BEAT: Duration = Duration::from_secs(10);

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// So many rows; there may be more.
    Rows(usize),
    /// The end of the table.
    End,
    /// Nothing: the backfill was cancelled, or things have changed.
    Nothing,
    /// Nothing, and it would be no better another time: why.
    Refused(String),
}

/// The rows of a table from which on, which of its columns, and under which conditions.
pub struct Taking<'a> {
    pub job: &'a Job,
    pub hearing: &'a Hearing,
    pub asked: Option<&'a Condition>,
    /// How many bytes may be left in the stream at once.
    pub largest: usize,
}

/// Reads the next rows of a table and leaves those that are asked for in the stream.
///
/// The table is locked, weakly, before the snapshot is taken and until the end: so its
/// shape stays as it is up to where the rows come by. Who reads has a session of its own, as
/// a role of its own, and sees what this transaction sees.
pub async fn take(client: &mut Client, reader: &Reader, taking: &Taking<'_>) -> Result<Taken> {
    let Taking { job, hearing, .. } = taking;
    let Some(shape) = shape(client, hearing).await? else { return Ok(Taken::Nothing) };
    let transaction = client
        .build_transaction()
        .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
        .start()
        .await?;
    let name = format!("{}.{}", Ident(&hearing.schema), Ident(&hearing.table));
    transaction.simple_query(&format!("lock table {name} in access share mode")).await?;
    let seen = transaction
        .query_one(
            "select pg_catalog.pg_current_snapshot()::text, pg_catalog.pg_current_xact_id()::text,
                    pg_catalog.pg_export_snapshot()",
            &[],
        )
        .await?;
    let snapshot: Snapshot = seen.get::<_, &str>(0).parse().map_err(Error::internal)?;
    let xid: u64 = seen.get::<_, &str>(1).parse().map_err(Error::internal)?;
    let table = Table::describe(&transaction, &hearing.schema, &hearing.table).await?;
    let Some(table) = table.filter(|table| table.relation == shape.relation) else {
        // It was altered just now.
        return Ok(Taken::Nothing);
    };
    let columns = columns(&table, hearing);
    // Ten times a second, so that the pace is an even one.
    let most = usize::try_from(job.rows_per_second / 10).unwrap_or(ROWS).clamp(1, ROWS);
    let cursor = cursor(&table, &name, &columns, job.last_key.as_deref(), most)?;
    let read = reader.read(seen.get(2), &cursor, columns.len(), most);
    let (mut rows, is_end) = match while_open(&transaction, read).await? {
        Ok(fetched) => fetched,
        Err(why) => {
            // Unless it is because nobody can see any more what this transaction sees.
            transaction.simple_query("").await?;
            return Ok(Taken::Refused(why));
        }
    };
    let count = rows.len();
    let key: Vec<usize> = table
        .key
        .iter()
        .filter_map(|key| columns.iter().position(|column| column == key))
        .collect();
    let last_key = rows.last().and_then(|row| key.iter().map(|no| row[*no].clone()).collect());
    let conditions = [hearing.listens.condition.as_ref(), taking.asked];
    let conditions: Vec<&Condition> = conditions.into_iter().flatten().collect();
    rows.retain(|row| {
        let fields = fields(&shape.relation, &columns, row);
        event::is_asked_for(&shape, fields, &hearing.columns, &conditions)
    });
    let step = Step { read: count, told: rows.len(), last_key, is_end };
    let (rested, stepped) = tokio::join!(reader.rest(), store::step(&transaction, job, &step));
    rested?;
    if !stepped? {
        return Ok(Taken::Nothing);
    }
    if !rows.is_empty() {
        #[expect(clippy::cast_possible_truncation, reason = "the stream tells the last 32 bits")]
        let xid = xid as u32;
        let chunk = Chunk { xid, snapshot, relation: table.relation, columns, key, rows };
        let content = chunk.write(job.id, &job.key)?;
        if content.len() > taking.largest {
            let bytes = content.len();
            return Ok(Taken::Refused(format!(
                "a row takes {bytes} bytes, which is larger than CHANGES_LARGEST_MB"
            )));
        }
        transaction
            .execute(
                "select pg_catalog.pg_logical_emit_message(true, $1::text, $2::bytea)",
                &[/* prefix */ &Chunk::PREFIX, /* content */ &content],
            )
            .await?;
    }
    transaction.commit().await?;
    Ok(if is_end { Taken::End } else { Taken::Rows(count) })
}

/// How the table looks, with the types beneath domains. Kept in a transaction of its
/// own: the one who reads the stream may want to keep the same.
async fn shape(client: &Client, hearing: &Hearing) -> Result<Option<std::sync::Arc<Shape>>> {
    let table = Table::describe(client, &hearing.schema, &hearing.table).await?;
    let Some(table) = table else { return Ok(None) };
    let message = crate::changes::pgoutput::encode_relation(&table.relation);
    log::keep_shape(client, &message.map_err(Error::internal)?).await.map(Some)
}

/// The key, and what may be told; in the order of the table.
fn columns(table: &Table, hearing: &Hearing) -> Vec<usize> {
    let columns = table.relation.columns.iter().enumerate();
    let read = columns.filter(|(no, column)| {
        table.key.contains(no) || hearing.columns.iter().any(|name| *name == column.name)
    });
    read.map(|(no, _)| no).collect()
}

/// A cursor over the rows behind a key. Values are read as text by the simple
/// protocol: a cast to text isn't what the stream tells, of a boolean for one.
fn cursor(
    table: &Table,
    name: &str,
    columns: &[usize],
    last_key: Option<&[String]>,
    most: usize,
) -> Result<String> {
    let quoted = |no: &usize| Ident(&table.relation.columns[*no].name).to_string();
    let list = |nos: &[usize]| nos.iter().map(quoted).collect::<Vec<_>>().join(", ");
    let key = list(&table.key);
    let behind = match last_key {
        Some(before) if before.len() == table.key.len() => {
            let values: Vec<String> = before.iter().map(|value| literal(value)).collect();
            format!(" where ({key}) > ({})", values.join(", "))
        }
        Some(_) => return Err(Error::internal("the key of the table has changed")),
        None => String::new(),
    };
    let only = if table.is_partitioned { "" } else { "only " };
    Ok(format!(
        "declare backfill no scroll cursor for \
         select {} from {only}{name}{behind} order by {key} limit {most}",
        list(columns)
    ))
}

/// A literal of no type yet, whatever `standard_conforming_strings` says.
fn literal(value: &str) -> String {
    format!("E'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

/// Does what another session has to do while a transaction waits for it.
async fn while_open<T>(
    transaction: &Transaction<'_>,
    doing: impl Future<Output = Result<T>>,
) -> Result<T> {
    let mut doing = pin!(doing);
    loop {
        tokio::select! {
            done = &mut doing => return done,
            () = tokio::time::sleep(BEAT) => drop(transaction.simple_query("").await?),
        }
    }
}
