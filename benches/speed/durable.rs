//! Changes out of a backlog through the log to a channel that counts them: everything
//! is in the log, and told. The floor is `pg_recvlogical` on the same backlog.

use std::cell::Cell;
use std::time::{Duration, Instant};

use integratedb::App;
use integratedb::changes::{Lsn, leader};
use integratedb::notifications::{Deliveries, Heard, subscribe};
use tokio::task::JoinHandle;

use crate::Result;
use crate::orders::Orders;
use crate::pairs::Rates;
use crate::postgres::{Postgres, number};
use crate::table::{Table, Target};

const SUBJECT: &str = "durable, 200,000 transactions, changes/s";
const ROWS: u32 = 200_000;
const TURNS: usize = 3;
const FLOOR: &str = "floor";

pub async fn measure(postgres: &Postgres, table: &Table) -> Result<()> {
    let orders = Orders::start(postgres, "durable").await?;
    if !orders.can_receive() {
        table.skip(SUBJECT, "pg_recvlogical is not installed beside postgres");
        return Ok(());
    }
    Leading::of(orders.api.instance()?).until_ready(&orders).await?.end(&orders).await?;
    let rate = |took: Duration| f64::from(ROWS) / took.as_secs_f64();
    let end = Cell::new(Lsn(0));
    let rates = Rates::measure(
        TURNS,
        async || {
            orders.create_slot(FLOOR).await?;
            end.set(orders.commit_each(ROWS).await?);
            Ok(rate(count(&orders).await?))
        },
        async || {
            let took = orders.receive(FLOOR, end.get()).await?;
            orders.drop_slot(FLOOR).await?;
            Ok(rate(took))
        },
    );
    rates.await?.print(table, SUBJECT, Target::AtLeast(0.25));
    orders.api.stop().await;
    Ok(())
}

/// How long an instance takes to put the backlog into the log and tell all of it.
async fn count(orders: &Orders) -> Result<Duration> {
    let app = orders.api.instance()?;
    let before = number(&orders.sql, "select count(*) from integratedb.log").await?;
    let mut subscription = subscribe(&app, orders.stakeholder, "SOCKET", None).await?;
    let (mut heard, mut events) = (0, Vec::new());
    let since = Instant::now();
    let leading = Leading::of(app);
    while heard < ROWS as usize {
        match subscription.next(&mut events).await {
            Heard::Events => heard += events.drain(..).count(),
            Heard::Cut(cut) => return Err(format!("cut after {heard} events: {cut:?}").into()),
        }
    }
    let took = since.elapsed();
    leading.end(orders).await?;
    let logged = number(&orders.sql, "select count(*) from integratedb.log").await? - before;
    if logged != i64::from(ROWS) {
        return Err(format!("{logged} changes are in the log").into());
    }
    Ok(took)
}

/// An instance that reads the stream.
pub struct Leading {
    app: App,
    task: JoinHandle<()>,
}

impl Leading {
    pub fn of(app: App) -> Self {
        let leading = app.clone();
        let task = tokio::spawn(async move {
            leader::run(&leading.changes, Deliveries::new(leading.clone(), leading.pool.clone()))
                .await;
        });
        Self { app, task }
    }

    /// Waits until its slot is there and it reads.
    pub async fn until_ready(self, orders: &Orders) -> Result<Self> {
        let mut head = self.app.changes.tail.head();
        head.wait_for(|head| head.is_leading).await?;
        let reads = "select count(*) from pg_replication_slots where active";
        while number(&orders.sql, reads).await? == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(self)
    }

    /// Ends it, and waits until Postgres knows.
    pub async fn end(self, orders: &Orders) -> Result<()> {
        self.task.abort();
        drop(self.task.await);
        let sessions = "select count(*) from pg_stat_activity
                        where application_name = 'integratedb stream'";
        while number(&orders.sql, sessions).await? > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}
