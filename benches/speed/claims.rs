//! Replacing no claims by claims on 100 tables of ten columns, over HTTP. The floor is the GRANTs
//! alone: one a table, in one transaction, sent as one text.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Result;
use crate::api::Api;
use crate::pairs::{Pairs, timed};
use crate::postgres::{Postgres, create_tables, number, run};
use crate::table::{Table, Target};

const TABLES: u32 = 100;
const COLUMNS: [&str; 10] = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10"];

pub async fn measure(postgres: &Postgres, table: &Table) -> Result<()> {
    let api = Api::start(postgres, "claims").await?;
    create_tables(&api.database.owner().await?, TABLES).await?;
    let path = format!("/stakeholders/{}/claims", api.stakeholder("ours").await?);
    api.stakeholder("bare").await?;
    api.database.settle().await?;
    let mut http = api.connect().await?;
    let sql = api.database.control().await?;

    let matches: Vec<Value> = (1..=TABLES)
        .map(|no| json!({ "path": format!("shop.t{no}"), "fields": COLUMNS }))
        .collect();
    let claims = api.request("PUT", &path, &json!({ "data": { "match": matches } }).to_string());
    let no_claims = api.request("PUT", &path, r#"{"data":{"match":[]}}"#);
    let (grant, revoke) = (each_table("grant", "to"), each_table("revoke", "from"));
    let pairs = Pairs::measure(
        Duration::from_secs(15),
        async || {
            let time = timed(async { http.send(&claims, "200").await.map(drop) }).await?;
            expect_readable(&sql, "ours").await?;
            http.send(&no_claims, "200").await?;
            Ok(time)
        },
        async || {
            let time = timed(run(&sql, &grant)).await?;
            expect_readable(&sql, "bare").await?;
            run(&sql, &revoke).await?;
            Ok(time)
        },
    );
    pairs.await?.print(table, "claims on 100 tables put over HTTP", Target::AtMost(2.0));
    api.stop().await;
    Ok(())
}

/// The transaction that gives or takes SELECT on all the columns of all the tables.
fn each_table(verb: &str, preposition: &str) -> String {
    let columns = COLUMNS.join(", ");
    let statement = |no| format!("{verb} select ({columns}) on shop.t{no} {preposition} bare;\n");
    let statements: String = (1..=TABLES).map(statement).collect();
    format!("begin;\n{statements}commit")
}

/// Checks that all the columns were granted.
async fn expect_readable(sql: &tokio_postgres::Client, role: &str) -> Result<()> {
    let readable = format!(
        "select count(*) from pg_catalog.pg_attribute a
         cross join lateral pg_catalog.aclexplode(a.attacl) acl
         where a.attacl is not null and acl.grantee = '{role}'::regrole"
    );
    match number(sql, &readable).await? {
        1000 => Ok(()),
        found => Err(format!("{role} may read {found} columns and not 1000").into()),
    }
}
