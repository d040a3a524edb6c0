//! The gate beside `pg_dump`, `pg_restore` and `psql`, which have to be where the
//! server's programs are.

use std::path::PathBuf;
use std::process::Output;

use integratedb::config;
use integratedb::embedded::locate;
use tokio::process::Command;

use crate::gate::{behind_the_gate, unmet};
use crate::scene::readable;
use crate::support::{Database, column, run, unique};

/// A schema with a bit of everything in it.
const CRM: &str = "
    create schema crm;
    create type crm.mood as enum ('good', 'bad');
    create domain crm.email as text check (value like '%@%');
    create sequence crm.numbers;
    create table crm.people (
      id int primary key default nextval('crm.numbers'), email crm.email not null, mood crm.mood
    );
    create table crm.calls (
      at date, person int references crm.people, note text
    ) partition by range (at);
    create table crm.calls_2026 partition of crm.calls for values from ('2026-01-01') to ('2027-01-01');
    create index on crm.calls (person);
    create view crm.happy as select id, email from crm.people where mood = 'good';
    create materialized view crm.counted as select person, count(*) from crm.calls group by person;
    create function crm.twice(n int) returns int language sql as 'select n * 2';
    create function crm.touch() returns trigger language plpgsql as 'begin return new; end';
    create trigger touch before update on crm.people for each row execute function crm.touch();
    insert into crm.people (email, mood) values ('a@b', 'good'), ('c@d', 'bad');
    insert into crm.calls values ('2026-02-03', 1, 'said yes')";

/// A file that goes with its test.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        Self(std::env::temp_dir().join(unique("dump")))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// Runs a program of Postgres that is of one version with the server.
async fn tool(name: &str, arguments: &[&str]) -> Output {
    let server = locate(config::postgres_bin_dir().as_deref()).await.expect("a server");
    let program = server.bin_dir.join(name);
    assert!(program.is_file(), "{} is missing: install PostgreSQL's client", program.display());
    Command::new(program).args(arguments).output().await.expect("a program")
}

async fn succeeds(name: &str, arguments: &[&str]) {
    let output = tool(name, arguments).await;
    assert!(output.status.success(), "{name} {arguments:?}: {}", output.stderr.escape_ascii());
}

#[tokio::test]
async fn an_unrelated_schema_is_restored_past_the_gate() {
    let (app, owner, reporting) = behind_the_gate().await;
    let source = Database::create().await;
    run(&source.owner().await, CRM).await;
    let (from, to) = (source.url("app_owner", None), app.database.url("app_owner", None));
    let (archive, script) = (File::new(), File::new());
    succeeds("pg_dump", &["-Fc", "-n", "crm", "-f", archive.path(), &from]).await;
    succeeds("pg_dump", &["-n", "crm", "-f", script.path(), &from]).await;

    let restores: [&[&str]; 3] = [
        &["--exit-on-error"],
        &["--clean", "--if-exists", "--single-transaction"],
        &["--clean", "--if-exists", "--exit-on-error"],
    ];
    for options in restores {
        let arguments = [options, &["-d", &to, archive.path()]].concat();
        succeeds("pg_restore", &arguments).await;
        let note = "select note from crm.calls join crm.happy on id = person";
        assert_eq!(column(&owner, note).await, ["said yes"], "{options:?}");
    }
    run(&owner, "drop schema crm cascade").await;
    succeeds("pg_restore", &["--jobs", "2", "-d", &to, archive.path()]).await;
    run(&owner, "drop schema crm cascade").await;
    succeeds("psql", &["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script.path(), &to]).await;

    assert_eq!(column(&owner, "select count(*) from crm.counted").await, ["1"]);
    assert!(unmet(&app).await.is_empty());
    assert_eq!(readable(&app.connect_as(&reporting).await, "public.orders").await, ["id", "name"]);
}

#[tokio::test]
async fn a_claimed_table_is_restored_in_one_transaction_and_may_be_read_again() {
    let (app, owner, reporting) = behind_the_gate().await;
    run(&owner, "insert into orders values (1, 'a')").await;
    let url = app.database.url("app_owner", None);
    let archive = File::new();
    let dump = ["-Fc", "--no-privileges", "-t", "public.orders", "-f", archive.path(), &url];
    succeeds("pg_dump", &dump).await;

    let bit_by_bit = ["--clean", "--if-exists", "--exit-on-error", "-d", &url, archive.path()];
    let refused = tool("pg_restore", &bit_by_bit).await;
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("IntegrateDB.InvalidMigration"), "{said}");
    assert!(said.contains("public.orders\n"), "{said}");

    let at_once = ["--clean", "--if-exists", "--single-transaction", "-d", &url, archive.path()];
    succeeds("pg_restore", &at_once).await;
    let client = app.connect_as(&reporting).await;
    assert_eq!(column(&client, "select name from orders").await, ["a"]);
}
