//! The validation of a migration, by how many columns are claimed and what has changed. The floor
//! reads the columns of the same tables from the catalog and sends nothing.

use std::time::Duration;

use tokio_postgres::{Client, Statement};

use crate::Result;
use crate::claimed;
use crate::pairs::{Pairs, timed};
use crate::postgres::{Database, Postgres, execute, run};
use crate::table::{Table, Target, ms};

pub const VALIDATE: &str = "select integratedb_validate_migration()";

/// `offset 0` keeps the planner from dropping what is only counted.
const FLOOR: &str = "
    select count(*), count(nspname), count(relname), count(attname), count(type), count(attnotnull)
    from (
      select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('shop') and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and a.attnum > 0 and not a.attisdropped
      offset 0
    ) columns";

/// What the transaction that is validated did before.
#[derive(Debug, Clone, Copy)]
enum Change {
    Nothing,
    OneTable,
    Everything,
}

impl Change {
    const ALL: [Self; 3] = [Self::Nothing, Self::OneTable, Self::Everything];

    fn in_words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing changed",
            Self::OneTable => "one table changed",
            Self::Everything => "everything changed",
        }
    }

    fn sql(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::OneTable => Some("alter table shop.t1 add column c11 integer"),
            Self::Everything => Some("update integratedb.watched_tables set digest = null"),
        }
    }
}

/// A session with both statements prepared.
struct Session {
    client: Client,
    validate: Statement,
    floor: Statement,
}

impl Session {
    async fn begin(client: Client) -> Result<Self> {
        // Compiling the floor would only make it slower; the engine never compiles.
        run(&client, "set jit = off").await?;
        let (validate, floor) = (client.prepare(VALIDATE).await?, client.prepare(FLOOR).await?);
        Ok(Self { client, validate, floor })
    }

    /// How long the validation takes, without what comes before and after.
    async fn validation_after(&self, change: Change) -> Result<Duration> {
        let Some(sql) = change.sql() else {
            return timed(execute(&self.client, &self.validate)).await;
        };
        run(&self.client, "begin").await?;
        run(&self.client, sql).await?;
        let time = timed(execute(&self.client, &self.validate)).await?;
        run(&self.client, "rollback").await?;
        if matches!(change, Change::Everything) {
            run(&self.client, "vacuum integratedb.watched_tables").await?;
        }
        Ok(time)
    }

    async fn measure(&self, change: Change) -> Result<Pairs> {
        Pairs::measure(
            Duration::from_secs(8),
            async || self.validation_after(change).await,
            async || timed(execute(&self.client, &self.floor)).await,
        )
        .await
    }
}

pub async fn measure(postgres: &mut Postgres, table: &Table) -> Result<()> {
    let mut smaller: Option<(u32, Vec<Pairs>)> = None;
    for columns in [1_000, 10_000, 100_000] {
        let database = claimed::database(postgres, columns).await?;
        let mut measured = Vec::new();
        for change in Change::ALL {
            // The registry is the control plane's.
            let session = Session::begin(match change {
                Change::Everything => database.control().await?,
                Change::Nothing | Change::OneTable => database.owner().await?,
            });
            let pairs = session.await?.measure(change).await?;
            let target = match change {
                Change::Nothing | Change::OneTable if columns == 10_000 => Target::AtMost(3.0),
                _ => Target::None,
            };
            pairs.print(table, &format!("validate {columns}, {}", change.in_words()), target);
            measured.push(pairs);
        }
        if columns == 10_000 {
            compare(table, &measured[0], &measured[1]);
            first_call(&database, table).await?;
        }
        if let Some((fewer, before)) = smaller {
            let target = if columns == 100_000 { Target::AtMost(1.2) } else { Target::None };
            for ((change, before), now) in Change::ALL.iter().zip(&before).zip(&measured) {
                let subject = format!("growth {fewer} to {columns}, {}", change.in_words());
                let each = |before: Duration, now: Duration| {
                    (by_column(before, fewer), by_column(now, columns))
                };
                let (ours, floor) =
                    (each(before.ours(), now.ours()), each(before.floor(), now.floor()));
                let in_words = |(before, now): (f64, f64)| format!("{before:.0} → {now:.0} ns");
                let ratio = ours.1 / ours.0;
                table.line(&subject, &in_words(ours), &in_words(floor), ratio, target);
            }
        }
        smaller = Some((columns, measured));
    }
    Ok(())
}

/// What no change costs beside a change of one table.
fn compare(table: &Table, nothing: &Pairs, one_table: &Pairs) {
    let (nothing, one_table) = (nothing.ours(), one_table.ours());
    let ratio = nothing.as_secs_f64() / one_table.as_secs_f64();
    let subject = "validate 10000, nothing beside one table";
    table.line(subject, &ms(nothing), &ms(one_table), ratio, Target::AtMost(1.0));
}

/// The first call of a session, in which nothing is planned or cached: what a migration sees.
async fn first_call(database: &Database, table: &Table) -> Result<()> {
    let pairs = Pairs::measure(
        Duration::from_secs(4),
        async || {
            let client = database.owner().await?;
            run(&client, "begin").await?;
            run(&client, "alter table shop.t1 add column c11 integer").await?;
            timed(run(&client, VALIDATE)).await
        },
        async || {
            let client = database.owner().await?;
            run(&client, "set jit = off").await?;
            timed(run(&client, FLOOR)).await
        },
    );
    pairs.await?.print(table, "validate 10000, the first call of a session", Target::None);
    Ok(())
}

/// Nanoseconds for each column.
fn by_column(time: Duration, columns: u32) -> f64 {
    time.as_secs_f64() * 1e9 / f64::from(columns)
}
