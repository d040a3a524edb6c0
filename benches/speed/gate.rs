//! The gate, by what a transaction does. The floor is the same in a database without a gate.

use std::time::Duration;

use integratedb::gate;
use tokio_postgres::Client;

use crate::Result;
use crate::claimed;
use crate::pairs::{Pairs, timed};
use crate::postgres::{Postgres, run};
use crate::table::{Table, Target};

/// Columns that are claimed, none of them in what is measured.
const CLAIMED: u32 = 1_000;

/// What the gate may add to a statement.
const AIM: Duration = Duration::from_micros(300);

/// Four statements that meet it, on a table of their own.
const DDL: [&str; 4] = [
    "create table shop.g_{no} (id int)",
    "alter table shop.g_{no} add note text",
    "create view shop.v_{no} as select id from shop.g_{no}",
    "drop table shop.g_{no} cascade",
];

/// How often those are run in a turn.
const REPEATS: u32 = 25;

/// How many transactions without any there are in a turn.
const TRANSACTIONS: u32 = 500;

pub async fn measure(postgres: &Postgres, table: &Table) -> Result<()> {
    let (gated, open) = (session(postgres, "gated", true), session(postgres, "open", false));
    let (gated, open) = (gated.await?, open.await?);

    let ddl: Vec<String> = (1..=REPEATS)
        .flat_map(|no| DDL.map(|statement| statement.replace("{no}", &no.to_string())))
        .collect();
    // Rolled back, so that nothing is validated: that is measured for itself.
    let in_one = format!("begin; {}; rollback", ddl.join("; "));
    let statements = each(&gated, &open, &in_one, 4 * REPEATS).await?;
    statements.print(table, "gate, a DDL statement", Target::None);
    let ratio = statements.added.as_secs_f64() / AIM.as_secs_f64();
    let subject = "gate, added to it, beside the aim";
    table.line(subject, &us(statements.added), &us(AIM), ratio, Target::AtMost(1.0));

    let commit = "begin; create table shop.g (id int); drop table shop.g; commit";
    let commits = each(&gated, &open, commit, 1).await?;
    commits.print(table, &format!("gate, to COMMIT, {CLAIMED} columns claimed"), Target::None);

    let insert = "begin; insert into shop.t1 (c1, c2, c5) values (1, 'a', now()); rollback";
    let data = [insert; TRANSACTIONS as usize].join("; ");
    let transactions = each(&gated, &open, &data, TRANSACTIONS).await?;
    transactions.print(table, "gate, a transaction without DDL", Target::AtMost(1.05));
    Ok(())
}

/// A session of the owner in a database of its own, behind a gate or not.
async fn session(postgres: &Postgres, name: &str, is_gated: bool) -> Result<Client> {
    let database = postgres.database(name).await?;
    claimed::fill(&database, name, CLAIMED).await?;
    if is_gated {
        gate::enable(&mut database.superuser().await?).await?;
    }
    database.owner().await
}

/// What one of many things takes that a text does.
struct Each {
    gated: Duration,
    open: Duration,
    added: Duration,
    ratio: f64,
}

impl Each {
    fn print(&self, table: &Table, subject: &str, target: Target) {
        table.line(subject, &us(self.gated), &us(self.open), self.ratio, target);
    }
}

async fn each(gated: &Client, open: &Client, sql: &str, things: u32) -> Result<Each> {
    let pairs = Pairs::measure(
        Duration::from_secs(8),
        async || timed(run(gated, sql)).await,
        async || timed(run(open, sql)).await,
    );
    let pairs = pairs.await?;
    Ok(Each {
        gated: pairs.ours() / things,
        open: pairs.floor() / things,
        added: pairs.added() / things,
        ratio: pairs.ratio(),
    })
}

/// A time in microseconds.
fn us(time: Duration) -> String {
    format!("{:.0} µs", time.as_secs_f64() * 1e6)
}
