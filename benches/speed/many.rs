//! A thousand stakeholders with a hundred claimed columns each, made by the API: how quick
//! what people look at stays. The floor reads the claimed columns once.

use std::time::Duration;

use crate::Result;
use crate::api::Api;
use crate::pairs::{Pairs, timed};
use crate::postgres::{Postgres, create_tables, number};
use crate::table::{Table, Target};

const STAKEHOLDERS: u32 = 1_000;
const TABLES: u32 = 1_000;
/// Each of ten columns.
const TABLES_EACH: u32 = 10;
const TURN: Duration = Duration::from_secs(2);

/// What people look at, and how the page and the client ask for it.
const QUESTIONS: &[(&str, &str)] = &[
    ("1,000 stakeholders: list them", "/stakeholders"),
    ("1,000 stakeholders: a page of 100", "/stakeholders?limit=100"),
    ("1,000 stakeholders: the claims of one", "/stakeholders/500/claims"),
    ("1,000 stakeholders: who needs a column", "/impact?path=shop.t500.c5"),
    ("1,000 stakeholders: who needs anything of a schema", "/impact?path=shop"),
    ("1,000 stakeholders: what is unmet", "/unmet"),
    ("1,000 stakeholders: where grants differ", "/drift"),
    ("1,000 stakeholders: the picture", "/dependencies"),
];

pub async fn measure(postgres: &Postgres, table: &Table) -> Result<()> {
    let api = Api::start(postgres, "many").await?;
    create_tables(&api.database.owner().await?, TABLES).await?;
    let mut connection = api.connect().await?;
    for no in 0..STAKEHOLDERS {
        connection.send(&api.create_stakeholder(&format!("many_{no}")), "201").await?;
        let path = format!("/stakeholders/{}/claims", no + 1);
        connection.send(&api.request("PUT", &path, &claims(no)), "200").await?;
    }
    let control = api.database.control().await?;
    let claimed = "select count(*) from integratedb.claimed_columns";
    let found = number(&control, claimed).await?;
    if found != i64::from(STAKEHOLDERS * TABLES_EACH * 10) {
        return Err(format!("{found} claimed columns").into());
    }
    api.database.settle().await?;
    for (subject, path) in QUESTIONS {
        let request = api.request("GET", path, "");
        let pairs = Pairs::measure(
            TURN,
            async || timed(async { connection.send(&request, "200").await.map(drop) }).await,
            async || timed(number(&control, claimed)).await,
        )
        .await?;
        pairs.print(table, subject, Target::None);
    }
    api.stop().await;
    Ok(())
}

/// All columns of ten tables, which others claim as well.
fn claims(no: u32) -> String {
    let matches: Vec<String> = (0..TABLES_EACH)
        .map(|step| {
            let table = (no * 7 + step * 91) % TABLES + 1;
            let columns: Vec<String> = (1..=10).map(|column| format!(r#""c{column}""#)).collect();
            format!(r#"{{"path":"shop.t{table}","fields":[{}]}}"#, columns.join(","))
        })
        .collect();
    format!(r#"{{"data":{{"match":[{}]}}}}"#, matches.join(","))
}
