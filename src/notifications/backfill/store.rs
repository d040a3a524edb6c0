//! Backfills in the registry.

use deadpool_postgres::GenericClient;
use rand::RngExt;
use serde_json::Value;
use tokio_postgres::{Client, Transaction};

use super::ask::Asking;
use crate::changes::Lsn;
use crate::db::Page;
use crate::error::{Error, Result};
use crate::spec::Condition;

/// What a worker has to do next.
#[derive(Debug)]
pub struct Job {
    pub id: i64,
    pub stakeholder: i64,
    pub match_no: i32,
    pub condition: Option<Condition>,
    pub rows_per_second: i32,
    /// What is read is signed with.
    pub key: Vec<u8>,
    /// Whether a channel is left that it could be told through.
    pub has_channel: bool,
    /// Through which replication slot it goes.
    pub slot: Slot,
    /// The table to read; none: all have been read.
    pub table: Option<NextTable>,
    pub last_key: Option<Vec<String>>,
    pub epoch: i64,
}

/// The replication slot that a backfill goes through, by where it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// There is none yet.
    Missing,
    /// The one that all went through so far.
    Same,
    /// Another one, and what went through the one before may be lost.
    Another(Lsn),
}

/// A table that is being read.
#[derive(Debug)]
pub struct NextTable {
    pub no: i32,
    pub schema: String,
    pub table: String,
    pub chunks: i64,
}

/// How far a chunk has come.
#[derive(Debug)]
pub struct Step {
    pub read: usize,
    pub told: usize,
    pub last_key: Option<Vec<String>>,
    pub is_end: bool,
}

/// Adds a backfill of these tables: schema, name and how many rows, more or less.
pub async fn insert(
    client: &impl GenericClient,
    stakeholder: i64,
    asking: &Asking,
    tables: &[(String, String, Option<i64>)],
) -> Result<i64> {
    let key: [u8; 32] = rand::rng().random();
    let condition = asking.condition.as_ref().map(serde_json::to_value).transpose();
    let row = client
        .query_one(
            "with backfill as (
               insert into integratedb.backfills
                 (stakeholder_id, match_no, written, condition, channels, rows_per_second, key)
               values ($1, $2, $3, $4, $5, $6, $7)
               returning id
             ), named as (
               insert into integratedb.backfill_tables (backfill_id, no, schema_name, table_name, rows_estimated)
               select b.id, t.no, t.schema_name, t.table_name, t.rows_estimated
               from backfill b
               cross join unnest($8::text[], $9::text[], $10::bigint[])
                 with ordinality t (schema_name, table_name, rows_estimated, no)
             )
             select id from backfill",
            &[
                /* stakeholder_id */ &stakeholder,
                /* match_no */ &asking.match_no,
                /* written */ &asking.written,
                /* condition */ &condition.map_err(Error::internal)?,
                /* channels */ &Vec::from(asking.channels.clone()),
                /* rows_per_second */ &asking.rows_per_second,
                /* key */ &key.as_slice(),
                /* schema_names */ &tables.iter().map(|(schema, ..)| schema).collect::<Vec<_>>(),
                /* table_names */ &tables.iter().map(|(_, table, _)| table).collect::<Vec<_>>(),
                /* rows_estimated */ &tables.iter().map(|(.., rows)| *rows).collect::<Vec<_>>(),
            ],
        )
        .await?;
    Ok(row.get("id"))
}

/// The backfills of a stakeholder with their progress, as the API shows them, the
/// newest first; or just this one.
pub async fn list(
    client: &impl GenericClient,
    stakeholder: i64,
    id: Option<i64>,
    (page, limit): (Page, i64),
) -> Result<Vec<Value>> {
    let rows = client
        .query(
            include_str!("list.sql"),
            &[
                /* stakeholder */ &stakeholder,
                /* id */ &id,
                /* before */ &page.before,
                /* limit */ &limit,
            ],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Cancels a backfill, if it runs; answers whether it did.
pub async fn cancel(client: &impl GenericClient, stakeholder: i64, id: i64) -> Result<bool> {
    let cancelled = client
        .execute(
            "update integratedb.backfills set state = 'cancelled', finished_at = now()
             where id = $1 and stakeholder_id = $2 and state = 'running'",
            &[/* id */ &id, /* stakeholder */ &stakeholder],
        )
        .await?;
    Ok(cancelled == 1)
}

/// The oldest that run, so many at most.
pub async fn running(client: &impl GenericClient, most: i64) -> Result<Vec<i64>> {
    let sql = "select id from integratedb.backfills where state = 'running' order by id limit $1";
    let rows = client.query(sql, &[/* most */ &most]).await?;
    Ok(rows.iter().map(|row| row.get("id")).collect())
}

/// What is to be done next for a backfill; nothing if it no longer runs, or another
/// instance leads by now.
pub async fn job(client: &Client, id: i64, epoch: i64) -> Result<Option<Job>> {
    let sql = include_str!("job.sql");
    let row = client.query_opt(sql, &[/* id */ &id, /* epoch */ &epoch]).await?;
    let Some(row) = row else { return Ok(None) };
    let condition: Option<Value> = row.get("condition");
    let table = row.get::<_, Option<i32>>("no").map(|no| NextTable {
        no,
        schema: row.get("schema_name"),
        table: row.get("table_name"),
        chunks: row.get("chunks"),
    });
    let (went, goes): (Option<Lsn>, Option<Lsn>) = (row.get("went_through"), row.get("slot_lsn"));
    Ok(Some(Job {
        id,
        stakeholder: row.get("stakeholder_id"),
        match_no: row.get("match_no"),
        condition: condition.map(serde_json::from_value).transpose().map_err(Error::internal)?,
        rows_per_second: row.get("rows_per_second"),
        key: row.get("key"),
        has_channel: row.get("has_channel"),
        slot: match goes {
            None => Slot::Missing,
            Some(_) if goes == went => Slot::Same,
            Some(lsn) => Slot::Another(lsn),
        },
        table,
        last_key: row.get("last_key"),
        epoch,
    }))
}

/// Begins anew, through another slot: what went through the one before may be lost.
pub async fn begin(client: &mut Client, id: i64, slot: Lsn) -> Result<()> {
    let transaction = client.transaction().await?;
    transaction
        .execute(
            "update integratedb.backfills set slot_lsn = $2 where id = $1",
            &[/* id */ &id, /* slot_lsn */ &slot],
        )
        .await?;
    transaction
        .execute(
            "update integratedb.backfill_tables
             set last_key = null, rows_read = 0, rows_told = 0, started_at = null, finished_at = null
             where backfill_id = $1",
            &[/* id */ &id],
        )
        .await?;
    Ok(transaction.commit().await?)
}

/// Remembers how far a table is read, unless somebody else has done so, or things are
/// no longer as they were; answers whether it did.
pub async fn step(transaction: &Transaction<'_>, job: &Job, step: &Step) -> Result<bool> {
    let Some(table) = &job.table else { return Ok(false) };
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let stepped = transaction
        .execute(
            "update integratedb.backfill_tables t
             set last_key = coalesce($5, t.last_key), chunks = t.chunks + 1,
                 rows_read = t.rows_read + $6, rows_told = t.rows_told + $7,
                 started_at = coalesce(t.started_at, now()),
                 finished_at = case when $8 then now() end
             from integratedb.backfills b, integratedb.stream s
             where t.backfill_id = $1 and t.no = $2 and t.chunks = $3
               and b.id = t.backfill_id and b.state = 'running'
               and s.epoch = $4 and s.slot_lsn = b.slot_lsn",
            &[
                /* backfill */ &job.id,
                /* no */ &table.no,
                /* chunks */ &table.chunks,
                /* epoch */ &job.epoch,
                /* last_key */ &step.last_key,
                /* read */ &number(step.read),
                /* told */ &number(step.told),
                /* is_end */ &step.is_end,
            ],
        )
        .await?;
    Ok(stepped == 1)
}

/// Ends a backfill: done, if all went through the slot that is there; or failed, with
/// why. Answers whether it did.
pub async fn finish(client: &Client, job: &Job, error: Option<&str>) -> Result<bool> {
    let finished = client
        .execute(
            "update integratedb.backfills b
             set state = case when $3::text is null then 'done' else 'failed' end, error = $3::text,
                 finished_at = now()
             from integratedb.stream s
             where b.id = $1 and b.state = 'running' and s.epoch = $2
               and (s.slot_lsn = b.slot_lsn or $3::text is not null)",
            &[/* id */ &job.id, /* epoch */ &job.epoch, /* error */ &error],
        )
        .await?;
    Ok(finished == 1)
}

/// The transactions that are writing to a table.
pub async fn writers(client: &Client, relation: u32) -> Result<Vec<String>> {
    let sql = include_str!("writers.sql");
    let rows = client.query(sql, &[/* relation */ &relation]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
