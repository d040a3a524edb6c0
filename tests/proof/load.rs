//! The writers: transactions of every kind, as fast as the channels are told of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use integratedb::db::connection;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use tokio::task::JoinHandle;

use crate::ear::Ear;
use crate::support::Client;

const WRITERS: u64 = 4;
const TABLES: [&str; 3] = ["proof.orders", "proof.items", "proof.\"Odd Ones\""];

/// Rows that everybody changes.
const HOT: i64 = 40;

/// How many rows a big transaction has.
const BIG: usize = 10_000;

/// How far the slowest channel may be behind before nobody writes more.
const BEHIND: u64 = 40_000;

pub struct Load {
    writers: Vec<JoinHandle<()>>,
    watcher: JoinHandle<()>,
    tally: Arc<Tally>,
}

/// What the writers did, as far as they know.
#[derive(Default)]
pub struct Tally {
    is_over: AtomicBool,
    pub committed: AtomicU64,
    pub rolled_back: AtomicU64,
    /// Nobody knows how these ended.
    pub interrupted: AtomicU64,
    pub big: AtomicU64,
    /// Whether the channels are to be waited for.
    is_far_ahead: AtomicBool,
}

impl Load {
    /// Begins to write.
    pub async fn begin(url: &str, seed: u64, ears: &[Ear]) -> Self {
        let client = connection::connect_as_is(url).await.expect("a connection");
        for table in TABLES.into_iter().chain(["proof.tallies"]) {
            let (columns, values) =
                if table == "proof.tallies" { ("id, n", "n, 0") } else { ("id", "n") };
            let sql = format!(
                "insert into {table} ({columns}) select {values} from generate_series(1, {HOT}) n"
            );
            client.simple_query(&sql).await.expect("rows");
        }
        let tally = Arc::new(Tally::default());
        let writers = (0..WRITERS).map(|no| {
            let writer = Writer {
                url: url.to_owned(),
                random: StdRng::seed_from_u64(seed.wrapping_add(no)),
                tally: Arc::clone(&tally),
            };
            tokio::spawn(writer.write())
        });
        let writers = writers.collect();
        let watcher = tokio::spawn(watch(url.to_owned(), ears.to_vec(), Arc::clone(&tally)));
        Self { writers, watcher, tally }
    }

    /// Lets everybody finish what they are at.
    pub async fn end(self) -> Arc<Tally> {
        self.tally.is_over.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.expect("a writer");
        }
        self.watcher.abort();
        self.tally
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |what: &AtomicU64| what.load(Ordering::Relaxed);
        let (committed, big) = (count(&self.committed), count(&self.big));
        write!(
            f,
            "{committed} transactions ({big} big), {} rolled back, {} interrupted",
            count(&self.rolled_back),
            count(&self.interrupted)
        )
    }
}

struct Writer {
    url: String,
    random: StdRng,
    tally: Arc<Tally>,
}

/// What became of a transaction.
enum End {
    Committed,
    RolledBack,
    /// The connection broke.
    Unknown,
}

impl Writer {
    async fn write(mut self) {
        let mut client = None;
        while !self.tally.is_over.load(Ordering::Relaxed) {
            let Some(open) = &client else {
                client = connection::connect_as_is(&self.url).await.ok();
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            if self.tally.is_far_ahead.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
            let (script, is_big) = self.transaction();
            let count = match run(open, &script).await {
                End::Committed => {
                    self.tally.big.fetch_add(u64::from(is_big), Ordering::Relaxed);
                    &self.tally.committed
                }
                End::RolledBack => &self.tally.rolled_back,
                End::Unknown => {
                    client = None;
                    &self.tally.interrupted
                }
            };
            count.fetch_add(1, Ordering::Relaxed);
            // As applications do, it rests a little.
            let rest = self.random.random_range(0..20);
            tokio::time::sleep(Duration::from_millis(rest)).await;
        }
    }

    /// Statements of one transaction, and whether it is a big one.
    fn transaction(&mut self) -> (Vec<String>, bool) {
        let begin = || "begin".to_owned();
        match self.random.random_range(0..200) {
            0 => {
                let (big, end) = (self.big(), self.end());
                (vec![begin(), big, end], true)
            }
            1..40 => (vec![self.insert()], false),
            40..80 => (vec![self.update()], false),
            80..100 => (vec![self.delete()], false),
            100..130 => {
                // What is undone inside of it, and what comes after.
                let mut script = vec![begin(), self.change(), "savepoint one".to_owned()];
                script.extend([self.change(), "savepoint two".to_owned(), self.change()]);
                let target = ["one", "two"].choose(&mut self.random).expect("a name");
                script.extend([format!("rollback to {target}"), self.change(), self.end()]);
                (script, false)
            }
            _ => {
                let count = self.random.random_range(2..20);
                let mut script = vec![begin()];
                script.extend((0..count).map(|_| self.change()));
                if self.random.random_ratio(2, 3) {
                    let tally = self.random.random_range(1..=3);
                    script.push(format!("update proof.tallies set n = n + 1 where id = {tally}"));
                }
                script.push(self.end());
                (script, false)
            }
        }
    }

    fn end(&mut self) -> String {
        let ends = ["commit", "commit", "commit", "commit", "rollback"];
        (*ends.choose(&mut self.random).expect("an end")).to_owned()
    }

    fn change(&mut self) -> String {
        match self.random.random_range(0..10) {
            0..4 => self.insert(),
            4..8 => self.update(),
            _ => self.delete(),
        }
    }

    fn table(&mut self) -> &'static str {
        TABLES.choose(&mut self.random).expect("a table")
    }

    /// No number is given twice, so that a row is deleted once.
    fn insert(&mut self) -> String {
        let (table, length) = (self.table(), self.random.random_range(0..300));
        format!(
            "insert into {table} (id, note) values (nextval('proof.ids'), repeat('x', {length}))"
        )
    }

    fn update(&mut self) -> String {
        let (table, id) = (self.table(), self.random.random_range(1..=HOT));
        format!("update {table} set note = 'changed' where id = {id}")
    }

    fn delete(&mut self) -> String {
        let table = self.table();
        format!(
            "delete from {table} where id in
               (select id from {table} where id > {HOT} order by id limit 2 for update skip locked)"
        )
    }

    fn big(&mut self) -> String {
        let table = self.table();
        match self.random.random_range(0..3) {
            0 => format!(
                "delete from {table} where id in (select id from {table} where id > {HOT}
                   order by id limit {BIG} for update skip locked)"
            ),
            _ => format!(
                "insert into {table} (id, note)
                 select nextval('proof.ids'), repeat('x', 50) from generate_series(1, {BIG})"
            ),
        }
    }
}

async fn run(client: &Client, script: &[String]) -> End {
    for sql in script {
        if let Err(error) = client.simple_query(sql).await {
            if error.is_closed() || error.as_db_error().is_none() {
                return End::Unknown;
            }
            // A deadlock, or the server is going down.
            return match client.simple_query("rollback").await {
                Ok(_) => End::RolledBack,
                Err(_) => End::Unknown,
            };
        }
    }
    match script.last() {
        Some(last) if last == "rollback" => End::RolledBack,
        _ => End::Committed,
    }
}

/// Compares what was committed with what the channels have told of it.
async fn watch(url: String, ears: Vec<Ear>, tally: Arc<Tally>) {
    let mut client = None;
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let Some(open) = &client else {
            client = connection::connect_as_is(&url).await.ok();
            continue;
        };
        let committed = open.query_one("select count(*) from proof.truth", &[]).await;
        let Ok(committed) = committed.map(|row| row.get::<_, i64>(0)) else {
            client = None;
            continue;
        };
        let told = ears.iter().map(|ear| ear.heard().facts.len()).min().unwrap_or_default();
        let behind = u64::try_from(committed).unwrap_or_default().saturating_sub(told as u64);
        tally.is_far_ahead.store(behind > BEHIND, Ordering::Relaxed);
    }
}
