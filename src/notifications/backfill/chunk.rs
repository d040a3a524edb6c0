//! The transaction that reads some rows and leaves them in the stream.

use tokio_postgres::{Client, SimpleQueryMessage, Transaction};

use super::store::{self, Job, Step};
use super::table::Table;
use crate::changes::{Chunk, Shape, Snapshot, fields, log};
use crate::db::Ident;
use crate::error::{Error, Result};
use crate::notifications::{Hearing, event};
use crate::spec::Condition;

/// How many rows are read at most, and about how many bytes: a chunk is in memory as
/// a whole, here and where it comes by.
const ROWS: usize = 1000;
const BYTES: usize = 512 << 10;

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// So many rows; there may be more.
    Rows(usize),
    /// The end of the table.
    End,
    /// Nothing: the backfill was cancelled, or things have changed.
    Nothing,
}

/// The rows of a table from which on, which of its columns, and under which conditions.
pub struct Taking<'a> {
    pub job: &'a Job,
    pub hearing: &'a Hearing,
    pub asked: Option<&'a Condition>,
}

/// Reads the next rows of a table and leaves those that are asked for in the stream.
///
/// The table is locked, weakly, before the snapshot is taken and until the end: so its
/// shape stays as it is up to where the rows come by.
pub async fn take(client: &mut Client, taking: &Taking<'_>) -> Result<Taken> {
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
            "select pg_catalog.pg_current_snapshot()::text, pg_catalog.pg_current_xact_id()::text",
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
    let behind = match &job.last_key {
        Some(last) => format!(" where {}", behind(&transaction, &table, last).await?),
        None => String::new(),
    };
    let sql = query(&table, &name, &columns, &behind, most);
    let (mut rows, is_end) = fetch(&transaction, &sql, columns.len(), most).await?;
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
    if !store::step(&transaction, job, &step).await? {
        return Ok(Taken::Nothing);
    }
    if !rows.is_empty() {
        #[expect(clippy::cast_possible_truncation, reason = "the stream tells the last 32 bits")]
        let xid = xid as u32;
        let chunk = Chunk { xid, snapshot, relation: table.relation, columns, key, rows };
        let content = chunk.write(job.id, &job.key)?;
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
fn query(table: &Table, name: &str, columns: &[usize], behind: &str, most: usize) -> String {
    let list = |nos: &[usize]| quoted(table, nos).join(", ");
    let only = if table.is_partitioned { "" } else { "only " };
    format!(
        "declare backfill no scroll cursor for \
         select {} from {only}{name}{behind} order by {} limit {most}",
        list(columns),
        list(&table.key)
    )
}

fn quoted(table: &Table, columns: &[usize]) -> Vec<String> {
    columns.iter().map(|no| Ident(&table.relation.columns[*no].name).to_string()).collect()
}

/// The condition of a row behind a key.
async fn behind(client: &Transaction<'_>, table: &Table, last: &[String]) -> Result<String> {
    if last.len() != table.key.len() {
        return Err(Error::internal("the key of the table has changed"));
    }
    let values: Vec<String> = last.iter().map(|value| literal(value)).collect();
    Ok(comparison(&quoted(table, &table.key), &values, &table.orders_in(client).await?))
}

/// That columns are greater than values, by operators of the types' own order like that of
/// the rows: a search path would lead to any that match.
fn comparison(key: &[String], values: &[String], orders_in: &[String]) -> String {
    let operator = |no: usize, sign: &str| format!("operator({}.{sign})", Ident(&orders_in[no]));
    if orders_in.windows(2).all(|pair| pair[0] == pair[1]) {
        return format!("({}) {} ({})", key.join(", "), operator(0, ">"), values.join(", "));
    }
    // The same, as rows are compared by operators of one schema only.
    let compare = |no: usize, sign| format!("{} {} {}", key[no], operator(no, sign), values[no]);
    let last = key.len() - 1;
    (0..last).rev().fold(compare(last, ">"), |rest, no| {
        format!("{} and ({} or ({rest}))", compare(no, ">="), compare(no, ">"))
    })
}

/// A literal of no type yet, whatever `standard_conforming_strings` says.
fn literal(value: &str) -> String {
    format!("E'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

/// Reads rows until there are enough of them; answers whether there are no more. As
/// many at once as will fit, by what those before were like.
async fn fetch(
    transaction: &Transaction<'_>,
    sql: &str,
    columns: usize,
    most: usize,
) -> Result<(Vec<Vec<Option<String>>>, bool)> {
    transaction.simple_query(sql).await?;
    let mut rows: Vec<Vec<Option<String>>> = Vec::new();
    let (mut bytes, mut wanted) = (0, 1);
    while rows.len() < most && bytes < BYTES {
        let fetched = format!("fetch forward {wanted} from backfill");
        let before = rows.len();
        for message in transaction.simple_query(&fetched).await? {
            let SimpleQueryMessage::Row(row) = message else { continue };
            let values: Vec<_> = (0..columns).map(|no| row.get(no).map(str::to_owned)).collect();
            bytes += values.iter().flatten().map(String::len).sum::<usize>() + 8 * columns;
            rows.push(values);
        }
        if rows.len() - before < wanted {
            return Ok((rows, true));
        }
        let average = bytes / rows.len() + 1;
        wanted = (BYTES.saturating_sub(bytes) / average).clamp(1, (most - rows.len()).max(1));
    }
    Ok((rows, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_behind_a_key_are_found_by_the_operators_of_its_types() {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (key, values) = (texts(&["a", "b"]), texts(&["E'1'", "E'x'"]));
        assert_eq!(
            comparison(&key, &values, &texts(&["pg_catalog", "pg_catalog"])),
            "(a, b) operator(\"pg_catalog\".>) (E'1', E'x')"
        );
        assert_eq!(
            comparison(&key, &values, &texts(&["pg_catalog", "my types"])),
            "a operator(\"pg_catalog\".>=) E'1' and (a operator(\"pg_catalog\".>) E'1' \
             or (b operator(\"my types\".>) E'x'))"
        );
    }
}
