//! Databases with claims: ten stakeholders that name every column of every table.

use integratedb::db;
use integratedb::spec::{Alternative, Column, Field, Match, Spec};
use tokio_postgres::types::Json;

use crate::Result;
use crate::postgres::{Database, Postgres, create_tables, number, run};

/// None of them claims more than 1,000 tables, at 100,000 columns.
const STAKEHOLDERS: u32 = 10;

/// A database in which this many columns are claimed and granted; made when first asked for.
pub async fn database(postgres: &mut Postgres, columns: u32) -> Result<Database> {
    if let Some(database) = postgres.claimed.get(&columns) {
        return Ok(database.clone());
    }
    let database = postgres.database(&format!("claimed_{columns}")).await?;
    fill(&database, &format!("s{columns}"), columns).await?;
    postgres.claimed.insert(columns, database.clone());
    Ok(database)
}

/// Makes tables, and stakeholders with this prefix that claim all of them.
pub async fn fill(database: &Database, prefix: &str, columns: u32) -> Result<()> {
    let mut control = database.control().await?;
    db::install(&mut control).await?;
    let tables = columns / 10;
    create_tables(&database.owner().await?, tables).await?;

    let each = tables / STAKEHOLDERS;
    for no in 0..STAKEHOLDERS {
        let name = format!("{prefix}_{no}");
        let create = format!(
            "create role {name} login;
             grant {name} to current_user;
             create schema {name};
             grant usage, create on schema {name} to {name};
             insert into integratedb.stakeholders (name) values ('{name}');
             select integratedb.take_fence()"
        );
        run(&control, &create).await?;
        let id = number(&control, "select max(id) from integratedb.stakeholders").await?;
        let spec = Spec { matches: (no * each + 1..=(no + 1) * each).map(whole_table).collect() };
        let store = "select integratedb.store_spec($1, 'claims', $2)";
        control.query(store, &[/* stakeholder */ &id, /* document */ &Json(spec)]).await?;
    }
    run(&control, "select integratedb_sync()").await?;
    check(&control, columns, tables).await?;
    database.settle().await
}

/// The claim of all ten columns of a table, by name.
fn whole_table(table: u32) -> Match {
    let field = |no| {
        let name = format!("c{no}");
        let column = Column {
            name,
            r#type: None,
            type_name: None,
            min_length: None,
            is_nullable: None,
            planned: false,
        };
        Field { optional: false, alternatives: vec![column] }
    };
    let alternative = Alternative {
        schema: "shop".to_owned(),
        table: Some(format!("t{table}")),
        every_column: false,
        planned: false,
        fields: (1..=10).map(field).collect(),
    };
    Match { optional: false, alternatives: vec![alternative], listens: None }
}

/// Checks that what is measured is there: claims, grants, and nothing left to look at.
async fn check(control: &tokio_postgres::Client, columns: u32, tables: u32) -> Result<()> {
    for (what, expected) in [
        ("claimed_columns where seen", columns),
        ("granted_columns where attnums = '{1,2,3,4,5,6,7,8,9,10}'", tables),
        ("watched_tables where digest is not null", tables),
    ] {
        let found = number(control, &format!("select count(*) from integratedb.{what}")).await?;
        if found != i64::from(expected) {
            return Err(format!("{found} {what} and not {expected}").into());
        }
    }
    Ok(())
}
