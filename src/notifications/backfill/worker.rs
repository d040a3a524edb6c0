//! One backfill, kept going until it is done, cancelled or can't be done: whatever
//! ends it, it goes on where it was.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio_postgres::Client;

use super::chunk::{self, Taken, Taking};
use super::pace::Pace;
use super::reader::Reader;
use super::store::{self, Job, NextTable, Slot};
use super::table::Table;
use crate::App;
use crate::db::connection;
use crate::error::{Error, Result, chain};
use crate::notifications::{Hearing, Hearings};

/// What was read is on disk when it is committed, since only then does the stream tell it,
/// and waits for no standby.
const SETTINGS: &str = "-c synchronous_commit=local -c lock_timeout=2s \
                        -c idle_in_transaction_session_timeout=30s";

/// How often is looked again for what others have to do first.
const LOOK: Duration = Duration::from_millis(100);

/// Works until there is nothing more to do here.
pub async fn run(app: App, id: i64, epoch: i64) {
    let patience = ExponentialBuilder::new()
        .with_jitter()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(30))
        .without_max_times();
    let mut delays = patience.build();
    loop {
        let mut worker =
            Worker { app: app.clone(), id, epoch, waited: None, has_read: false, reader: None };
        let outcome = worker.attempt().await;
        worker.dismiss().await;
        let Err(error) = outcome else { return };
        log_interruption(id, &error);
        if worker.has_read {
            delays = patience.build();
        }
        tokio::time::sleep(delays.next().unwrap_or(Duration::from_secs(30))).await;
    }
}

fn log_interruption(id: i64, error: &(dyn std::error::Error + 'static)) {
    let error = chain(error);
    tracing::warn!(id, error, "a backfill was interrupted; it goes on where it was");
}

struct Worker {
    app: App,
    id: i64,
    epoch: i64,
    /// The table whose writers have been waited for.
    waited: Option<i32>,
    has_read: bool,
    /// Who reads the table.
    reader: Option<Reader>,
}

impl Worker {
    async fn attempt(&mut self) -> Result<()> {
        let url = self.app.changes.url();
        let mut client = connection::connect_with(url, SETTINGS, "integratedb backfill").await?;
        let mut pace = Pace::new(self.app.changes.tail.head());
        while let Some(job) = store::job(&client, self.id, self.epoch).await? {
            match (job.slot, &job.table) {
                (Slot::Missing, _) => tokio::time::sleep(LOOK).await,
                (Slot::Another(lsn), _) => store::begin(&mut client, self.id, lsn).await?,
                (Slot::Same, Some(table)) => {
                    self.read(&mut client, &mut pace, &job, table).await?;
                }
                (Slot::Same, None) => {
                    pace.settle(&client).await?;
                    if store::finish(&client, &job, None).await? {
                        tracing::info!(id = self.id, "a backfill is done");
                        return self.make_room(&client).await;
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads some rows of a table.
    async fn read(
        &mut self,
        client: &mut Client,
        pace: &mut Pace,
        job: &Job,
        table: &NextTable,
    ) -> Result<()> {
        let hearing = match self.hearing(job, table).await? {
            Ok(hearing) => hearing,
            Err(why) => return self.fail(client, job, table, &why).await,
        };
        let described = Table::describe(&*client, &table.schema, &table.table).await?;
        let obstacle = match &described {
            Some(described) => described.obstacle(),
            None => Some("is gone".to_owned()),
        };
        let (Some(described), None) = (described, &obstacle) else {
            let why = obstacle.unwrap_or_default();
            return self.fail(client, job, table, &why).await;
        };
        if job.last_key.as_ref().is_some_and(|last| last.len() != described.key.len()) {
            return self.fail(client, job, table, "has another key than before").await;
        }
        if job.last_key.is_none() && self.waited != Some(table.no) {
            wait_for_writers(client, described.relation.id).await?;
            self.waited = Some(table.no);
        }
        let (asked, largest) = (job.condition.as_ref(), self.app.changes.largest_left());
        let reader = match self.reader(job, table, &described).await? {
            Ok(reader) => reader,
            Err(why) => return self.fail(client, job, table, &why).await,
        };
        pace.wait().await?;
        let taking = Taking { job, hearing: &hearing, asked, largest };
        match chunk::take(client, reader, &taking).await? {
            Taken::Rows(count) => {
                self.has_read = true;
                pace.rest(client, count, job.rows_per_second).await
            }
            Taken::End => {
                self.dismiss().await;
                Ok(())
            }
            Taken::Nothing => {
                tokio::time::sleep(LOOK).await;
                Ok(())
            }
            Taken::Refused(why) => self.fail(client, job, table, &why).await,
        }
    }

    /// Who reads the table; or why nobody can.
    async fn reader(
        &mut self,
        job: &Job,
        table: &NextTable,
        described: &Table,
    ) -> Result<Result<&Reader, String>> {
        if !self.reader.as_ref().is_some_and(|reader| reader.is_for(table, described)) {
            self.dismiss().await;
            match Reader::begin(&self.app, job, table, described).await? {
                Ok(reader) => self.reader = Some(reader),
                Err(why) => return Ok(Err(why)),
            }
        }
        let nobody = || Error::internal("nobody reads the table");
        self.reader.as_ref().map(Ok).ok_or_else(nobody)
    }

    /// Ends the session that reads, and its role; if that fails, housekeeping does it later.
    async fn dismiss(&mut self) {
        let Some(reader) = self.reader.take() else { return };
        if let Err(error) = reader.end(&self.app).await {
            let error = chain(&error);
            tracing::warn!(id = self.id, error, "the role that read for a backfill is left");
        }
    }

    /// What the stakeholder hears of the table by the match; or why nothing.
    async fn hearing(&self, job: &Job, table: &NextTable) -> Result<Result<Hearing, String>> {
        if !job.has_channel {
            return Ok(Err("none of its channels is there any more".to_owned()));
        }
        let ear = self.app.hearings.borrow().of(job.stakeholder);
        if let Some(hearing) = find(&ear.hearings, job.match_no, table) {
            return Ok(Ok(hearing));
        }
        let client = self.app.pool.get().await?;
        let ear = Hearings::now(&client).await?.of(job.stakeholder);
        Ok(find(&ear.hearings, job.match_no, table).ok_or_else(|| {
            "is no longer named by that match, or none of it may be told any more".to_owned()
        }))
    }

    async fn fail(&self, client: &Client, job: &Job, table: &NextTable, why: &str) -> Result<()> {
        let why = format!("{}.{}: {why}", table.schema, table.table);
        tracing::warn!(id = self.id, why, "a backfill has failed");
        store::finish(client, job, Some(&why)).await?;
        self.make_room(client).await
    }

    /// Lets the next one begin.
    async fn make_room(&self, client: &Client) -> Result<()> {
        client.execute("update integratedb.stream set revision = revision + 1", &[]).await?;
        self.app.changes.stir();
        Ok(())
    }
}

/// What is heard of the table by the match, all its alternatives together.
fn find(hearings: &[Hearing], match_no: i32, table: &NextTable) -> Option<Hearing> {
    let named = hearings.iter().filter(|hearing| {
        hearing.match_no == match_no
            && hearing.schema == table.schema
            && hearing.table == table.table
    });
    named.cloned().reduce(|mut all, other| {
        all.columns.extend(other.columns);
        all
    })
}

/// Waits for the transactions that were writing to the table. What one of them had
/// changed before the table was published is told by nobody, so it has to be seen.
async fn wait_for_writers(client: &Client, relation: u32) -> Result<()> {
    let first = store::writers(client, relation).await?;
    loop {
        let now =
            if first.is_empty() { Vec::new() } else { store::writers(client, relation).await? };
        if !now.iter().any(|writer| first.contains(writer)) {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}
