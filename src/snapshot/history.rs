//! What migration tools remember: rows that a snapshot carries, because a tool
//! that doesn't find them begins again from nothing.
//!
//! Whoever owns such a table has a say in what a query of it runs: casts to json, what indexes
//! compute, policies. So none is queried; COPY reads what is there and evaluates nothing.

use std::pin::pin;

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::{Client, Row, Transaction};

use super::rows::{self, Column};
use super::tools::KNOWN;
use crate::db::Ident;
use crate::error::{Error, Result};

/// The tables of migration tools.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub tables: Vec<Table>,
    pub unreadable: Vec<Unreadable>,
}

/// A table and its rows, each an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub rows: Vec<Value>,
}

/// A table that is there and may not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    pub name: String,
    /// The SQL that lets the control plane read it.
    pub remedy: String,
}

struct Found {
    name: String,
    columns: Vec<String>,
    remedy: Option<String>,
    relation: String,
    oid: u32,
}

/// Reads the tables of the tools that are known, and the `further` ones. Those of
/// stakeholders are read if they are asked for.
pub(super) async fn capture(transaction: &Transaction<'_>, further: &[String]) -> Result<History> {
    let (found, mut asked_for) = (candidates(transaction, further).await?, further.to_vec());
    let mut history = History::default();
    // Rows are the same text whoever reads them, and where a policy would choose among them it
    // is an error.
    let settings = "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD';
                    set local intervalstyle = 'postgres'; set local bytea_output = 'hex';
                    set local extra_float_digits = 3; set local row_security = off";
    transaction.simple_query(settings).await?;
    for table in found {
        let count = asked_for.len();
        asked_for.retain(|name| *name != table.name);
        if asked_for.len() == count && !is_of_a_tool(&table) {
            continue;
        }
        match table.remedy {
            Some(remedy) => history.unreadable.push(Unreadable { name: table.name, remedy }),
            None => history.tables.push(read(transaction, table).await?),
        }
    }
    if asked_for.is_empty() {
        return Ok(history);
    }
    let names = asked_for.join(", ");
    Err(Error::Conflict(format!("There is no table {names} to carry the rows of.")))
}

/// Every table whose name is known or asked for.
async fn candidates(transaction: &Transaction<'_>, further: &[String]) -> Result<Vec<Found>> {
    let known: Vec<&str> = KNOWN.iter().map(|known| known.table).collect();
    let rows = transaction
        .query(
            "select n.nspname || '.' || c.relname as name, format('%I.%I', n.nspname, c.relname) as relation,
                    c.oid,
                    array(
                      select a.attname::text from pg_catalog.pg_attribute a
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                    ) as columns,
                    case
                      when row_security_active(c.oid)
                        then format('ALTER TABLE %I.%I DISABLE ROW LEVEL SECURITY;', n.nspname, c.relname)
                      when not has_schema_privilege(n.oid, 'USAGE') or not has_table_privilege(c.oid, 'SELECT')
                        then format('GRANT USAGE ON SCHEMA %I TO %I; GRANT SELECT ON %I.%I TO %I;',
                                  n.nspname, current_user, n.nspname, c.relname, current_user)
                    end as remedy
             from pg_catalog.pg_class c
             join integratedb.snapshot_schemas s on s.schema = c.relnamespace
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where c.relkind = 'r'
               and (
                 n.nspname || '.' || c.relname = any ($2)
                 or c.relname = any ($1) and not exists (
                   select from integratedb.stakeholders h
                   where h.name in (n.nspname, pg_get_userbyid(c.relowner))
                 )
               )
             order by n.nspname collate \"C\", c.relname collate \"C\"",
            &[/* known */ &known, /* further */ &further],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Found {
            name: row.get("name"),
            relation: row.get("relation"),
            oid: row.get("oid"),
            columns: row.get("columns"),
            remedy: row.get("remedy"),
        })
        .collect())
}

fn is_of_a_tool(table: &Found) -> bool {
    let name = table.name.rsplit('.').next().unwrap_or_default();
    KNOWN.iter().filter(|known| known.table == name).any(|known| {
        let has = |column: &&str| table.columns.iter().any(|there| there == column);
        known.columns.iter().all(has)
            && (!known.is_all || known.columns.len() == table.columns.len())
    })
}

async fn read(transaction: &Transaction<'_>, table: Found) -> Result<Table> {
    let columns = columns(transaction, table.oid).await?;
    let names: Vec<String> = columns.iter().map(|column| Ident(&column.name).to_string()).collect();
    let copied = transaction
        .copy_out(&format!("copy {} ({}) to stdout", table.relation, names.join(", ")))
        .await?;
    let (mut copied, mut bytes) = (pin!(copied), Vec::new());
    while let Some(chunk) = copied.try_next().await? {
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(bytes).map_err(Error::internal)?;
    Ok(Table { name: table.name, rows: rows::read(&text, &columns) })
}

/// The columns whose values are stored by whoever writes a row.
async fn columns(transaction: &Transaction<'_>, relation: u32) -> Result<Vec<Column>> {
    let rows = transaction
        .query(
            "with recursive step as (
               select a.attnum, a.attname, a.atttypid as type
               from pg_catalog.pg_attribute a
               where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
               union all
               select s.attnum, s.attname, t.typbasetype
               from step s
               join pg_catalog.pg_type t on t.oid = s.type and t.typtype = 'd'
             )
             select s.attname::text as name, s.type
             from step s
             join pg_catalog.pg_type t on t.oid = s.type and t.typtype <> 'd'
             order by s.attnum",
            &[/* relation */ &relation],
        )
        .await?;
    let column = |row: &Row| Column { name: row.get("name"), type_oid: row.get("type") };
    Ok(rows.iter().map(column).collect())
}

/// Writes the rows of a table, and lets its sequences go on after them.
pub(super) async fn restore(client: &Client, table: &Table) -> Result<()> {
    let row = client
        .query_one(
            "select format('%I.%I', n.nspname, c.relname) as relation,
                    (
                      select string_agg(format('%I', a.attname), ', ')
                      from pg_catalog.pg_attribute a
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                    ) as columns,
                    array(
                      select format('select setval(%L, m) from (select max(%I) as m from %I.%I) t where m is not null',
                                    q.sequence, a.attname, n.nspname, c.relname)
                      from pg_catalog.pg_attribute a
                      cross join lateral pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) q (sequence)
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and q.sequence is not null
                    ) as sequences
             from pg_catalog.pg_class c
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where n.nspname || '.' || c.relname = $1",
            &[/* name */ &table.name],
        )
        .await?;
    let (relation, columns): (String, String) = (row.get("relation"), row.get("columns"));
    let sql = format!(
        "insert into {relation} ({columns}) overriding system value
         select {columns} from json_populate_recordset(null::{relation}, $1)"
    );
    client.execute(&sql, &[/* rows */ &Value::from(table.rows.clone())]).await?;
    for sequence in row.get::<_, Vec<String>>("sequences") {
        client.simple_query(&sequence).await?;
    }
    Ok(())
}
