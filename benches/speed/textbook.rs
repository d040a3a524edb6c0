//! Validation the way textbooks have it: a look into `information_schema.columns` for each claimed
//! column. Compared is the CPU time of the backend, and not with a floor.
//!
//! As a statement a stakeholder, with a subquery written out for each column, most of the time is
//! spent planning them. As one correlated subquery, planned once, it is the least it can be.

use std::fs;
use std::process::Command;
use std::time::Duration;

use tokio_postgres::SimpleQueryMessage;

use crate::Result;
use crate::claimed;
use crate::postgres::{Postgres, execute, run};
use crate::table::{Table, Target, ms};
use crate::validate::VALIDATE;

const SUBJECT: &str = "textbook 10000, one table changed, CPU";
const VALIDATIONS: u32 = 200;

/// A subquery in an expression is run for each row; the planner can't make a join of it.
const CORRELATED: &str = "
    select count(*)
    from integratedb.watched_tables w
    join integratedb.claimed_tables ct on ct.watched_id = w.id
    join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    where (
      select i.data_type::text = cc.seen_type
      from information_schema.columns i
      where i.table_schema = w.schema_name
        and i.table_name = w.table_name
        and i.column_name = cc.column_name
      limit 1
    ) is not true";

/// The statements that count the missing columns of a stakeholder each.
const WRITTEN_OUT: &str = "
    select 'select 0' || string_agg(format(
        ' + (not exists (
            select from information_schema.columns i
            where i.table_schema = %L and i.table_name = %L
              and i.column_name = %L and i.data_type = %L
          ))::integer',
        w.schema_name, w.table_name, cc.column_name, cc.seen_type
      ), '')
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    join integratedb.watched_tables w on w.id = ct.watched_id
    group by c.stakeholder_id";

pub async fn measure(postgres: &mut Postgres, table: &Table) -> Result<()> {
    let database = claimed::database(postgres, 10_000).await?;
    let (control, owner) = (database.control().await?, database.owner().await?);
    let backends = (backend(&control).await?, backend(&owner).await?);
    let (Some(textbooks), Some(ours)) = backends else {
        table.skip(SUBJECT, "this system has no /proc/<pid>/stat");
        return Ok(());
    };

    let validate = owner.prepare(VALIDATE).await?;
    let mut cpu = 0.0;
    for _ in 0..VALIDATIONS {
        run(&owner, "begin").await?;
        run(&owner, "alter table shop.t1 add column c11 integer").await?;
        let before = ours.cpu()?;
        execute(&owner, &validate).await?;
        cpu += ours.cpu()? - before;
        run(&owner, "rollback").await?;
    }
    let ours = cpu / f64::from(VALIDATIONS);

    run(&control, "set jit = off; set max_parallel_workers_per_gather = 0").await?;
    let written_out = control.query(WRITTEN_OUT, &[]).await?;
    let written_out =
        written_out.iter().map(|row| row.try_get(0)).collect::<std::result::Result<Vec<_>, _>>()?;
    for (form, statements, target) in [
        ("written out", written_out, Target::AtLeast(1000.0)),
        ("correlated", vec![CORRELATED.to_owned()], Target::None),
    ] {
        let before = textbooks.cpu()?;
        for statement in statements {
            expect_nothing(&control, &statement).await?;
        }
        let textbook = textbooks.cpu()? - before;
        let [ours_ms, textbook_ms] = [ours, textbook].map(|cpu| ms(Duration::from_secs_f64(cpu)));
        let subject = format!("{SUBJECT}, {form}");
        table.line(&subject, &ours_ms, &textbook_ms, textbook / ours, target);
    }
    Ok(())
}

/// Runs a query, of one round trip, that must answer 0.
async fn expect_nothing(client: &tokio_postgres::Client, query: &str) -> Result<()> {
    for message in client.simple_query(query).await? {
        if let SimpleQueryMessage::Row(row) = message
            && row.get(0) != Some("0")
        {
            return Err("the textbook finds faults where there are none".into());
        }
    }
    Ok(())
}

/// The process behind a session.
struct Backend {
    pid: i32,
    ticks_a_second: f64,
}

async fn backend(client: &tokio_postgres::Client) -> Result<Option<Backend>> {
    let pid = client.query_one("select pg_backend_pid()", &[]).await?.try_get(0)?;
    let said = Command::new("getconf").arg("CLK_TCK").output()?.stdout;
    let ticks_a_second = String::from_utf8(said)?.trim().parse()?;
    let backend = Backend { pid, ticks_a_second };
    Ok(backend.cpu().is_ok().then_some(backend))
}

impl Backend {
    /// The seconds of CPU it has used, in user space and in the kernel (proc(5), fields 14 and 15).
    fn cpu(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let (_, fields) = stat.rsplit_once(") ").ok_or("no name in stat")?;
        let ticks: std::result::Result<Vec<f64>, _> =
            fields.split(' ').skip(11).take(2).map(str::parse).collect();
        Ok(ticks?.iter().sum::<f64>() / self.ticks_a_second)
    }
}
