//! Seven webhooks beside three in trouble: one that never answers, one that answers 500, one
//! that takes 200 ms. The floor is the seven alone, which is harder to hold than ten of which
//! all are well: three more that take everything cost the seven more than three that don't.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Result;
use crate::durable::Leading;
use crate::listeners::{Listeners, Manner};
use crate::orders::Orders;
use crate::pairs::median;
use crate::postgres::{Postgres, run};
use crate::table::{Table, Target, ms};

const TURNS: usize = 7;
const SEVEN: usize = 7;
/// How many rows are committed at once where it is counted how long they take.
const BURST: u32 = 5_000;
/// How many rows a second where it is counted how late each is, and how many in all.
const A_SECOND: u32 = 200;
const SEDATELY: u32 = 6 * A_SECOND;
const WRITERS: u32 = 4;

const SLOW: Manner = Manner::After(Duration::from_millis(200));

/// Who is there beside the seven.
const NOBODY: usize = 0;
const TROUBLED: usize = 1;
const HEALTHY: usize = 2;
const BESIDE: [&[Manner]; 3] = [&[], &[Manner::Never, Manner::Failing, SLOW], &[Manner::AtOnce; 3]];

pub async fn measure(postgres: &Postgres, table: &Table) -> Result<()> {
    let orders = Orders::start(postgres, "neighbours").await?;
    let leading = Leading::of(orders.api.app.clone()).until_ready(&orders).await?;
    let (mut rates, mut latencies) = (Vec::new(), Vec::new());
    for turn in 0..=TURNS {
        let (mut rate, mut latency) = ([0.0; 3], [[0.0; 2]; 3]);
        for step in 0..BESIDE.len() {
            // Whoever is first in one turn is last in the next.
            let who = if turn % 2 == 0 { step } else { BESIDE.len() - 1 - step };
            let listeners = Listeners::start(SEVEN, BESIDE[who])?;
            orders.put("notifications", &document(&listeners)).await?;
            burst(&orders, &listeners, 1).await?;
            rate[who] = f64::from(BURST) / burst(&orders, &listeners, BURST).await?.as_secs_f64();
            latency[who] = sedately(&orders, &listeners).await?;
        }
        if turn > 0 {
            rates.push(rate);
            latencies.push(latency);
        }
    }
    for (who, name) in [(TROUBLED, "3 in trouble"), (HEALTHY, "3 healthy")] {
        let target = |target| if who == TROUBLED { target } else { Target::None };
        let ratio = median(rates.iter().map(|rate| rate[who] / rate[NOBODY]));
        let [ours, floor] =
            [who, NOBODY].map(|who| format!("{:.0}", median(rates.iter().map(|rate| rate[who]))));
        let subject = format!("neighbours, 7 webhooks beside {name}, rows/s");
        table.line(&subject, &ours, &floor, ratio, target(Target::AtLeast(0.95)));
        for (share, percentile) in ["p50", "p99"].into_iter().enumerate() {
            let each = |who: usize| latencies.iter().map(move |latency| latency[who][share]);
            let ratio = median(each(who).zip(each(NOBODY)).map(|(ours, floor)| ours / floor));
            let [ours, floor] =
                [who, NOBODY].map(|who| ms(Duration::from_secs_f64(median(each(who)))));
            let subject = format!("neighbours, beside {name}, 200 rows/s, {percentile}");
            table.line(&subject, &ours, &floor, ratio, target(Target::AtMost(1.2)));
        }
    }
    leading.end(&orders).await?;
    orders.api.stop().await;
    Ok(())
}

/// Notifications to all of these, of all that happens. Each is a channel of its own, so
/// that none goes on where one of another turn was.
fn document(listeners: &Listeners) -> String {
    let channel = |port: &u16| {
        let url = format!("http://127.0.0.1:{port}/hook");
        format!(r#"{{"type":"WEBHOOK","name":"hook{port}","url":"{url}","timeout_ms":1000}}"#)
    };
    let channels: Vec<String> = listeners.ports.iter().map(channel).collect();
    let everything = r#"{"path":"public.orders","fields":["*"],"events":["*"],"channels":["*"]}"#;
    format!(r#"{{"match":[{everything}],"channels":[{}]}}"#, channels.join(","))
}

/// How long it takes from before a transaction of so many rows until the seven have all.
async fn burst(orders: &Orders, listeners: &Listeners, rows: u32) -> Result<Duration> {
    listeners.forget();
    let sql = format!(
        "insert into public.orders (quantity, status, note, price, placed_at)
         select number, 'placed', 'leave it at the door', 19.90, now()
         from generate_series(1, {rows}) number"
    );
    let since = Instant::now();
    run(&orders.sql, &sql).await?;
    listeners.until(rows as usize).await;
    Ok(since.elapsed())
}

/// How long after they were due rows arrive at the seven, in seconds: p50 and p99.
async fn sedately(orders: &Orders, listeners: &Listeners) -> Result<[f64; 2]> {
    listeners.forget();
    let begin = Instant::now() + Duration::from_millis(200);
    let mut writers = JoinSet::new();
    for first in 0..WRITERS {
        let client = orders.api.database.owner().await?;
        writers.spawn(write(client, first, begin));
    }
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    listeners.until(SEDATELY as usize).await;
    let mut late: Vec<f64> = listeners
        .arrivals()
        .iter()
        .map(|(number, at)| at.duration_since(due(begin, *number)).as_secs_f64())
        .collect();
    late.sort_by(f64::total_cmp);
    let at = |percent: usize| late.get(late.len() * percent / 100).copied();
    Ok([50, 99].map(|percent| at(percent).unwrap_or_default()))
}

/// When a row is due.
fn due(begin: Instant, number: u32) -> Instant {
    begin + Duration::from_secs(1) * number / A_SECOND
}

/// Every so manieth of the rows, each when it is due or as soon as it can.
async fn write(client: tokio_postgres::Client, first: u32, begin: Instant) -> Result<()> {
    let sql = "insert into public.orders (quantity, status, note) values ($1, 'placed', 'bench')";
    let insert = client.prepare(sql).await?;
    for number in (first..SEDATELY).step_by(WRITERS as usize) {
        tokio::time::sleep_until(due(begin, number).into()).await;
        client.execute(&insert, &[&i32::try_from(number)?]).await?;
    }
    Ok(())
}
