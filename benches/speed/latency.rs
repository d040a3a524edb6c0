//! From a commit to a client that listens over a websocket, at 1,000 transactions a
//! second. The floor is a bare replication client that receives the same commits at the
//! same time. Both count from when the transaction was due, not from when its turn
//! came, so that nothing is left out where something was late.

use std::sync::Arc;
use std::time::{Duration, Instant};

use integratedb::changes::pgoutput::{self, Field, Message};
use integratedb::changes::{Heard, Limits, Lsn, Wire};
use tokio::task::JoinSet;

use crate::Result;
use crate::durable::Leading;
use crate::listeners::number;
use crate::orders::Orders;
use crate::postgres::Postgres;
use crate::table::{Table, Target, ms};
use crate::websocket::Websocket;

const A_SECOND: u32 = 1_000;
const WARM_UP: u32 = 3 * A_SECOND;
const COMMITS: u32 = 20 * A_SECOND;
const WRITERS: u32 = 16;
const BARE: &str = "bare";
/// Which of the table's columns has the number of the transaction.
const NUMBER: usize = 3;

pub async fn measure(postgres: &Postgres, table: &Table) -> Result<()> {
    let orders = Orders::start(postgres, "latency").await?;
    let leading = Leading::of(orders.api.app.clone()).until_ready(&orders).await?;
    orders.create_slot(BARE).await?;
    let path = format!("/api/v1/stakeholders/{}/socket", orders.stakeholder);
    let websocket = Websocket::open(orders.api.address, &path, &orders.api.token).await?;
    let wire =
        Wire::open(&orders.api.database.superuser, BARE, Lsn(0), Limits::default().largest).await?;
    orders.api.database.settle().await?;

    let begin = Instant::now() + Duration::from_millis(500);
    let (ours, floor) = (tokio::spawn(over(websocket, begin)), tokio::spawn(bare(wire, begin)));
    let mut writers = JoinSet::new();
    for first in 0..WRITERS {
        let client = Arc::new(orders.api.database.owner().await?);
        writers.spawn(write(client, first, begin));
    }
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    let [ours, floor] = [ours.await??, floor.await??];
    for (name, percent, most) in [("p50", 50, 1.0), ("p99", 99, 10.0)] {
        let [ours, floor] = [percentile(&ours, percent), percentile(&floor, percent)];
        let more = (ours.as_secs_f64() - floor.as_secs_f64()) * 1e3;
        let subject = format!("latency, 1,000 commits a second, {name}, ms more");
        table.line(&subject, &ms(ours), &ms(floor), more, Target::AtMost(most));
    }
    leading.end(&orders).await?;
    orders.drop_slot(BARE).await?;
    orders.api.stop().await;
    Ok(())
}

/// When a transaction is due.
fn due(begin: Instant, number: u32) -> Instant {
    begin + Duration::from_secs(1) * number / A_SECOND
}

/// Every so manieth of the transactions, each when it is due or as soon as it can.
async fn write(client: Arc<tokio_postgres::Client>, first: u32, begin: Instant) -> Result<()> {
    let sql = "insert into public.orders (quantity, status, note) values ($1, 'placed', 'bench')";
    let insert = client.prepare(sql).await?;
    for number in (first..WARM_UP + COMMITS).step_by(WRITERS as usize) {
        tokio::time::sleep_until(due(begin, number).into()).await;
        client.execute(&insert, &[&i32::try_from(number)?]).await?;
    }
    Ok(())
}

/// How long after it was due each transaction arrived, of those that count.
#[derive(Default)]
struct Arrivals {
    count: u32,
    after: Vec<Duration>,
}

impl Arrivals {
    fn note(&mut self, number: u32, begin: Instant) {
        self.count += 1;
        if number >= WARM_UP {
            self.after.push(due(begin, number).elapsed());
        }
    }

    fn is_complete(&self) -> bool {
        self.count == WARM_UP + COMMITS
    }
}

async fn over(mut websocket: Websocket, begin: Instant) -> Result<Vec<Duration>> {
    let mut arrivals = Arrivals::default();
    while !arrivals.is_complete() {
        websocket
            .receive(|text| {
                if let Some(number) = number(text) {
                    arrivals.note(number, begin);
                }
            })
            .await?;
    }
    Ok(arrivals.after)
}

async fn bare(mut wire: Wire, begin: Instant) -> Result<Vec<Duration>> {
    let mut arrivals = Arrivals::default();
    while !arrivals.is_complete() {
        match wire.next().await? {
            Heard::Change(message) => {
                if let Message::Insert { new, .. } = pgoutput::decode(&message)?
                    && let Some(Field::Text(number)) = new.fields.get(NUMBER)
                {
                    arrivals.note(number.parse()?, begin);
                }
            }
            Heard::End { end } => wire.acknowledge(end),
            _ => {}
        }
    }
    Ok(arrivals.after)
}

fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times.get(times.len() * percent / 100).copied().unwrap_or_default()
}
