//! A table whose changes somebody hears of, and backlogs of changes to it.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use integratedb::changes::Lsn;
use tokio::process::Command;
use tokio_postgres::Client;

use crate::Result;
use crate::api::Api;
use crate::pairs::timed;
use crate::postgres::{Postgres, run};

const TABLE: &str = "create table public.orders (
    id bigint generated always as identity primary key, customer uuid, status text, quantity integer,
    price numeric(12, 2), note text, placed_at timestamptz
  )";

/// A row's values but for its id.
const VALUES: &str = "gen_random_uuid(), 'placed', 3, 19.90, 'leave it at the door', now()";

const COLUMNS: &str = "customer, status, quantity, price, note, placed_at";

/// Both publications of the stream, as `pg_recvlogical` is told of them.
const PUBLICATIONS: &str = "publication_names=integratedb,integratedb_inserts";

/// A server, the table, and a stakeholder that hears of all its columns.
pub struct Orders {
    pub api: Api,
    pub stakeholder: i64,
    pub sql: Client,
    pg_recvlogical: PathBuf,
}

impl Orders {
    /// A stakeholder with a channel of type SOCKET.
    pub async fn start(postgres: &Postgres, name: &str) -> Result<Self> {
        let api = Api::start(postgres, name).await?;
        run(&api.database.owner().await?, TABLE).await?;
        let stakeholder = api.stakeholder("listener").await?;
        let sql = api.database.superuser().await?;
        let orders =
            Self { pg_recvlogical: postgres.bin_dir.join("pg_recvlogical"), api, stakeholder, sql };
        let everything = r#""path":"public.orders","fields":["*"]"#;
        orders.put("claims", &format!(r#"{{"match":[{{{everything}}}]}}"#)).await?;
        let heard = format!(r#"{{{everything},"events":["*"],"channels":["*"]}}"#);
        let channels = r#"[{"type":"SOCKET"}]"#;
        let document = format!(r#"{{"match":[{heard}],"channels":{channels}}}"#);
        orders.put("notifications", &document).await?;
        Ok(orders)
    }

    /// Puts the stakeholder's claims or notifications.
    pub async fn put(&self, what: &str, document: &str) -> Result<()> {
        let path = format!("/stakeholders/{}/{what}", self.stakeholder);
        let request = self.api.request("PUT", &path, &format!(r#"{{"data":{document}}}"#));
        self.api.connect().await?.send(&request, "200").await?;
        Ok(())
    }

    /// Makes a slot, or removes it.
    pub async fn create_slot(&self, name: &str) -> Result<()> {
        let sql = "select pg_create_logical_replication_slot($1, 'pgoutput')";
        self.sql.execute(sql, &[&name]).await?;
        Ok(())
    }

    pub async fn copy_slot(&self, from: &str, to: &str) -> Result<()> {
        self.sql.execute("select pg_copy_logical_replication_slot($1, $2)", &[&from, &to]).await?;
        Ok(())
    }

    /// Removes a slot as soon as nobody reads it.
    pub async fn drop_slot(&self, name: &str) -> Result<()> {
        let sql = "select pg_drop_replication_slot(slot_name) from pg_replication_slots
                   where slot_name = $1 and active_pid is null";
        while self.sql.execute(sql, &[&name]).await? == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// So many transactions of one row each; answers where the last has ended.
    pub async fn commit_each(&self, rows: u32) -> Result<Lsn> {
        run(&self.sql, "set synchronous_commit = off").await?;
        let each = format!(
            "do $$ begin
               for each in 1..{rows} loop
                 insert into public.orders ({COLUMNS}) values ({VALUES});
                 commit;
               end loop;
             end $$"
        );
        run(&self.sql, &each).await?;
        self.end().await
    }

    /// One transaction of so many rows; answers where it has ended.
    pub async fn commit_all(&self, rows: u32) -> Result<Lsn> {
        let all = format!(
            "insert into public.orders ({COLUMNS}) select {VALUES} from generate_series(1, {rows})"
        );
        run(&self.sql, &all).await?;
        self.end().await
    }

    /// Where the log of Postgres ends, on disk, with something behind it by which a
    /// reader sees that it has come this far.
    async fn end(&self) -> Result<Lsn> {
        let end = self.sql.query_one("select pg_current_wal_insert_lsn()", &[]).await?.get(0);
        run(&self.sql, "set synchronous_commit = on").await?;
        run(&self.sql, "create table behind (); drop table behind; checkpoint").await?;
        Ok(end)
    }

    /// How long `pg_recvlogical` takes to receive what a slot has up to here, and
    /// throws it away.
    pub async fn receive(&self, slot: &str, upto: Lsn) -> Result<Duration> {
        let mut command = Command::new(&self.pg_recvlogical);
        command.args([
            "-d",
            &self.api.database.superuser,
            "-S",
            slot,
            "--start",
            "-f",
            "/dev/null",
        ]);
        command.args(["-o", "proto_version=1", "-o", PUBLICATIONS]);
        command.arg(format!("--endpos={upto}")).stdin(Stdio::null());
        timed(async {
            let output = command.output().await?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into());
            }
            Ok(())
        })
        .await
    }

    pub fn can_receive(&self) -> bool {
        self.pg_recvlogical.is_file()
    }
}
