//! Validation the way textbooks have it: for each claimed column, a look into
//! `information_schema.columns`. Here the CPU time of the backend is compared, not against a floor.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::Result;
use crate::claimed;
use crate::postgres::{Postgres, execute, number, run};
use crate::table::{Table, Target, ms};
use crate::validate::VALIDATE;

const SUBJECT: &str = "textbook 10000, one table changed, CPU";
const VALIDATIONS: u32 = 200;

/// A subquery in an expression is run for each row; the planner can't make a join of it.
const TEXTBOOK: &str = "
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

pub async fn measure(postgres: &mut Postgres, table: &Table) -> Result<()> {
    let database = claimed::database(postgres, 10_000).await?;
    let (control, owner) = (database.control().await?, database.owner().await?);
    let backends = (backend(&control).await?, backend(&owner).await?);
    let (Some(textbooks), Some(ours)) = backends else {
        table.skip(SUBJECT, "this system has no /proc/<pid>/stat");
        return Ok(());
    };

    let validate = owner.prepare(VALIDATE).await?;
    let before = ours.cpu()?;
    for _ in 0..VALIDATIONS {
        run(&owner, "begin").await?;
        run(&owner, "alter table shop.t1 add column c11 integer").await?;
        execute(&owner, &validate).await?;
        run(&owner, "rollback").await?;
    }
    let ours = (ours.cpu()? - before) / VALIDATIONS;

    run(&control, "set jit = off; set max_parallel_workers_per_gather = 0").await?;
    let before = textbooks.cpu()?;
    if number(&control, TEXTBOOK).await? != 0 {
        return Err("the textbook finds faults where there are none".into());
    }
    let textbook = textbooks.cpu()? - before;

    let ratio = textbook.as_secs_f64() / ours.as_secs_f64();
    table.line(SUBJECT, &ms(ours), &ms(textbook), ratio, Target::AtLeast(1000.0));
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
    /// The CPU time it has used, in user space and in the kernel (proc(5), fields 14 and 15).
    fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let (_, fields) = stat.rsplit_once(") ").ok_or("no name in stat")?;
        let ticks: std::result::Result<Vec<f64>, _> =
            fields.split(' ').skip(11).take(2).map(str::parse).collect();
        Ok(Duration::from_secs_f64(ticks?.iter().sum::<f64>() / self.ticks_a_second))
    }
}
