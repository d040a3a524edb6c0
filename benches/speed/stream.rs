//! Changes out of a backlog, decoded and made into events that go nowhere. The floor is
//! `pg_recvlogical`, which receives the same from a slot of its own and decodes nothing.

use std::time::{Duration, Instant};

use integratedb::changes::{Limits, Lsn, Position, Reader, Wire};
use integratedb::notifications::Hearings;
use integratedb::notifications::event::Projector;

use crate::Result;
use crate::orders::Orders;
use crate::pairs::Rates;
use crate::postgres::Postgres;
use crate::table::{Table, Target};

const SMALL: u32 = 200_000;
const LARGE: u32 = 500_000;
const TURNS: usize = 5;
const BACKLOG: &str = "backlog";
const TURN: &str = "turn";

pub async fn measure(postgres: &Postgres, table: &Table) -> Result<()> {
    let orders = Orders::start(postgres, "stream").await?;
    if !orders.can_receive() {
        table.skip("decode and project", "pg_recvlogical is not installed beside postgres");
        return Ok(());
    }
    orders.create_slot(BACKLOG).await?;
    let end = orders.commit_each(SMALL).await?;
    let subject = "decode and project, 200,000 transactions, changes/s";
    compare(&orders, (SMALL, end), table, subject, Target::AtLeast(0.6)).await?;

    orders.drop_slot(BACKLOG).await?;
    orders.create_slot(BACKLOG).await?;
    let end = orders.commit_all(LARGE).await?;
    let subject = "decode and project, one of 500,000 rows, changes/s";
    compare(&orders, (LARGE, end), table, subject, Target::AtLeast(0.5)).await?;
    orders.drop_slot(BACKLOG).await?;
    orders.api.stop().await;
    Ok(())
}

async fn compare(
    orders: &Orders,
    (rows, end): (u32, Lsn),
    table: &Table,
    subject: &str,
    target: Target,
) -> Result<()> {
    let rate = |took: Duration| f64::from(rows) / took.as_secs_f64();
    let rates = Rates::measure(
        TURNS,
        async || {
            orders.copy_slot(BACKLOG, TURN).await?;
            let took = project(orders, rows, end).await?;
            orders.drop_slot(TURN).await?;
            Ok(rate(took))
        },
        async || {
            orders.copy_slot(BACKLOG, TURN).await?;
            let took = orders.receive(TURN, end).await?;
            orders.drop_slot(TURN).await?;
            Ok(rate(took))
        },
    );
    rates.await?.print(table, subject, target);
    Ok(())
}

/// How long it takes to make events of all changes.
async fn project(orders: &Orders, rows: u32, end: Lsn) -> Result<Duration> {
    let client = orders.api.database.control().await?;
    let ear = Hearings::load(&orders.api.app.pool.get().await?, 0).await?.of(orders.stakeholder);
    let source = "urn:integratedb:stream".into();
    let mut projector = Projector::new(source, orders.stakeholder, "SOCKET", ear);
    let mut reader = Reader::begin(&client, Position::default(), Lsn(0)).await?;
    let mut told = 0;
    let since = Instant::now();
    let mut wire =
        Wire::open(&orders.api.database.superuser, TURN, Lsn(0), Limits::default().largest).await?;
    while reader.read() < end {
        reader.take(wire.next().await?).await?;
        reader.take_already(&mut wire).await?;
        for entry in reader.give().entries {
            let event = projector.project(&entry, None)?.ok_or("a change is told to nobody")?;
            told += u32::from(std::hint::black_box(event).body.len() > 100);
        }
    }
    let took = since.elapsed();
    if told != rows {
        return Err(format!("{told} events were made of {rows} changes").into());
    }
    Ok(took)
}
