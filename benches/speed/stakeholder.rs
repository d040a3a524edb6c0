//! A new stakeholder over HTTP. The floor is the bare SQL of its steps on one connection.

use std::cell::Cell;
use std::time::Duration;

use crate::Result;
use crate::api::Api;
use crate::pairs::{Pairs, timed};
use crate::postgres::{Postgres, run};
use crate::table::{Table, Target};

pub async fn measure(postgres: &Postgres, table: &Table) -> Result<()> {
    let api = Api::start(postgres, "stakeholder").await?;
    let mut http = api.connect().await?;
    let sql = api.database.control().await?;
    run(
        &sql,
        "create table integratedb.bare (
           id bigint generated always as identity primary key,
           name name not null unique,
           deletion jsonb,
           inserted_at timestamptz not null default now(),
           updated_at timestamptz not null default now()
         )",
    )
    .await?;
    api.database.settle().await?;

    let verifier = postgres_protocol::password::scram_sha_256(b"thirty-two letters and digits ...");
    let (ours, floor) = (Cell::new(0), Cell::new(0));
    let next = |count: &Cell<u32>| count.replace(count.get() + 1);
    let pairs = Pairs::measure(
        Duration::from_secs(15),
        async || {
            let request = api.create_stakeholder(&format!("ours_{}", next(&ours)));
            timed(async { http.send(&request, "201").await.map(drop) }).await
        },
        async || {
            let role = format!("bare_{}", next(&floor));
            let statements = [
                "begin".to_owned(),
                format!("insert into integratedb.bare (name) values ('{role}') returning id"),
                format!("create role {role} login password '{verifier}'"),
                format!("grant {role} to current_user"),
                format!("create schema {role}"),
                format!("grant usage, create on schema {role} to {role}"),
                "commit".to_owned(),
            ];
            timed(async {
                for statement in &statements {
                    run(&sql, statement).await?;
                }
                Ok(())
            })
            .await
        },
    );
    pairs.await?.print(table, "stakeholder created over HTTP", Target::AtMost(1.5));
    api.stop().await;
    Ok(())
}
