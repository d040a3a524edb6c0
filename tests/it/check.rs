//! `integratedb check`: the real program, with psql as the migration command.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::program::program;
use crate::support::{Stakeholder, TestApp, eventually, run};

/// A snapshot in a file, of a database in which `reporting` and `billing` claim.
struct Bench {
    folder: PathBuf,
    reporting: Stakeholder,
    billing: Stakeholder,
}

/// What a check said and how it ended.
struct Said {
    status: Option<i32>,
    report: String,
    errors: String,
}

impl Bench {
    async fn set(schema: &str, reporting: Value, billing: Value) -> Self {
        let app = TestApp::start().await;
        run(&app.database.owner().await, schema).await;
        let stakeholders = (app.stakeholder("reporting").await, app.stakeholder("billing").await);
        app.claim(&stakeholders.0, &reporting).await;
        app.claim(&stakeholders.1, &billing).await;
        let folder = std::env::temp_dir().join(&stakeholders.0.name);
        std::fs::create_dir(&folder).unwrap();
        let answer = app.get("/snapshot").await.expect(200);
        std::fs::write(folder.join("integratedb.json"), answer.body.to_string()).unwrap();
        Self { folder, reporting: stakeholders.0, billing: stakeholders.1 }
    }

    /// A shop with orders that both read.
    async fn shop() -> Self {
        Self::set(
            "create table orders (id int primary key, product_id bigint not null, note text);
             create table other (id int)",
            json!([{ "path": "public.orders", "fields": ["id", "product_id"] }]),
            json!([{ "path": "public.orders", "fields": ["id"] }, { "path": "public.other", "optional": true }]),
        )
        .await
    }

    fn settings() -> Vec<(&'static str, String)> {
        let bin_dir = integratedb::config::postgres_bin_dir();
        let bin_dir = bin_dir.map(|folder| folder.to_string_lossy().into_owned());
        let path = "/usr/local/bin:/usr/bin:/bin".to_owned();
        let settings = [("PATH", path), ("PGSERVICE", "nowhere".to_owned())];
        settings.into_iter().chain(bin_dir.map(|folder| ("POSTGRES_BIN_DIR", folder))).collect()
    }

    async fn check(&self, options: &[&str], command: &[&str]) -> Said {
        let settings = Self::settings();
        let settings: Vec<_> =
            settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let arguments = [&["check"], options, &["--"], command].concat();
        let mut program = program(&arguments, &settings);
        let output = program.current_dir(&self.folder).output().await.expect("the program");
        Said {
            status: output.status.code(),
            report: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Checks SQL, each statement a transaction unless it says otherwise.
    async fn psql(&self, options: &[&str], sql: &str) -> Said {
        std::fs::write(self.folder.join("migration.sql"), sql).unwrap();
        let psql = ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-f", "migration.sql"];
        self.check(options, &psql).await
    }

    async fn json(&self, sql: &str) -> (Option<i32>, Value) {
        let said = self.psql(&["--format", "json"], sql).await;
        let report = serde_json::from_str(&said.report);
        (said.status, report.unwrap_or_else(|_| panic!("{}{}", said.report, said.errors)))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn a_migration_that_takes_nothing_away_is_fine() {
    let bench = Bench::shop().await;
    let said = bench.psql(&[], "create table third (id int); select 'printed'").await;
    assert_eq!(said.status, Some(0), "{}{}", said.report, said.errors);
    assert_eq!(said.report, "Of 2 claims, none is broken.\n");
    assert!(said.errors.contains("printed"), "{}", said.errors);
}

#[tokio::test]
async fn every_broken_claim_of_the_whole_run_is_reported_like_a_compiler_does() {
    let bench = Bench::shop().await;
    let said = bench
        .psql(
            &[],
            "alter table orders alter product_id drop not null;
             alter table orders rename id to nr;
             select integratedb_validate_migration();
             alter table orders rename product_id to product",
        )
        .await;
    assert_eq!(said.status, Some(1), "{}{}", said.report, said.errors);
    for stakeholder in [&bench.reporting, &bench.billing] {
        let line = format!("error: {} needs public.orders.", stakeholder.name);
        assert!(said.report.contains(&line), "{}", said.report);
    }
    for words in [
        &format!("  --> public.orders.id, existence, claimed by {}\n", bench.billing.name),
        "   = it is called nr now\n",
        "   = since transaction 1 of the command: alter table orders alter product_id drop not null\n",
        "   = since transaction 2 of the command: alter table orders rename id to nr\n",
        "ACCESS EXCLUSIVE on public.orders blocks reading by billing_",
        "Of 2 claims, 2 would be broken.\n",
    ] {
        assert!(said.report.contains(words), "{words} in {}", said.report);
    }
}

#[tokio::test]
async fn a_claim_that_is_met_again_at_the_end_would_still_have_been_refused_in_between() {
    let bench = Bench::shop().await;
    let migration = "alter table orders rename note to remark;
         alter table orders rename product_id to p;
         alter table orders rename p to product_id";
    let (status, report) = bench.json(migration).await;
    let broken = &report["broken"][0];
    assert_eq!((status, &report["verdict"]), (Some(1), &json!("broken")), "{report}");
    assert_eq!(report["broken"].as_array().unwrap().len(), 1);
    assert_eq!(broken["stakeholder"], json!(bench.reporting.name));
    assert_eq!((&broken["transaction"], &broken["is_met_at_the_end"]), (&json!(2), &json!(true)));

    let (status, report) = bench.json(&format!("begin; {migration}; commit")).await;
    assert_eq!((status, &report["broken"]), (Some(0), &json!([])), "{report}");
    let asks = migration.replacen("p;", "p; select integratedb_validate_migration();", 1);
    let (status, report) = bench.json(&format!("begin; {asks}; commit")).await;
    assert_eq!(status, Some(1), "{report}");
}

#[tokio::test]
async fn a_command_that_fails_is_said_with_what_it_broke_until_then() {
    let bench = Bench::shop().await;
    let migration = "alter table orders drop column product_id; select 1 / 0";
    let said = bench.psql(&[], migration).await;
    assert_eq!(said.status, Some(2), "{}", said.report);
    assert!(said.errors.contains("division by zero"), "{}", said.errors);
    let end = "The command failed (exit status: 3). Of 2 claims, 1 would be broken.\n";
    assert!(said.report.ends_with(end), "{}", said.report);
    // What was rolled back broke nothing.
    let said = bench.psql(&[], &format!("begin; {migration}; commit")).await;
    assert_eq!(said.status, Some(2));
    assert!(said.report.contains("none is broken"), "{}", said.report);

    let said = bench.check(&[], &["no-such-program"]).await;
    assert_eq!(said.status, Some(2));
    assert!(said.report.contains("could not be started (no-such-program: "), "{}", said.report);
    let said = bench.check(&["--snapshot", "nowhere.json"], &["true"]).await;
    assert_eq!((said.status, said.report.as_str()), (Some(2), ""));
    assert!(said.errors.contains("nowhere.json: "), "{}", said.errors);
}

#[tokio::test]
async fn locks_that_make_readers_wait_are_named_with_the_readers() {
    let bench = Bench::set(
        "create table orders (id int primary key, n int, day date) partition by list (id);
         create table one partition of orders for values in (1);
         create table things (id int, n int); create view seen as select id from things;
         create table calm (id int); create table nobodys (id int)",
        json!([{ "path": "public.orders", "fields": ["id"] }, { "path": "public.calm" }]),
        json!([{ "path": "public.seen" }]),
    )
    .await;
    let (status, report) = bench
        .json(
            "create index on calm (id); alter table calm add check (id > 0);
             alter table things alter n type bigint;
             alter table one alter n set default 1;
             alter table nobodys add n int;
             create index concurrently things_id on things (id);
             reindex table concurrently things; drop index concurrently things_id;
             alter table orders detach partition one concurrently;
             create type mood as enum ('a'); alter type mood add value 'b'; vacuum full nobodys;
             begin; lock table orders in exclusive mode; create index on one (n); commit",
        )
        .await;
    assert_eq!(status, Some(0), "{report}");
    let locks: Vec<String> = report["locks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lock| {
            let text = |key: &str| lock[key].as_str().unwrap().to_owned();
            let reader = lock["readers"][0].as_str().unwrap().split('_').next().unwrap().to_owned();
            format!(
                "{} {} {reader} {} {}",
                text("path"),
                text("mode"),
                lock["blocks_reading"],
                lock["rewrites"]
            )
        })
        .collect();
    assert_eq!(
        locks,
        [
            "public.calm ACCESS EXCLUSIVE reporting true false",
            "public.one ACCESS EXCLUSIVE reporting true false",
            "public.orders EXCLUSIVE reporting false false",
            "public.things ACCESS EXCLUSIVE billing true true",
        ],
        "{report}"
    );
}

#[tokio::test]
async fn a_claim_that_was_unmet_before_is_told_apart() {
    let bench = Bench::shop().await;
    let file = bench.folder.join("integratedb.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"id\",\"product_id\"", "\"id\",\"gone\"")).unwrap();
    let said = bench.psql(&[], "alter table orders drop column product_id").await;
    assert_eq!(said.status, Some(0), "{}{}", said.report, said.errors);
    assert!(
        said.report.contains("   = it was unmet before the command began\n"),
        "{}",
        said.report
    );
    assert!(said.report.ends_with("Of 2 claims, none is broken.\n"), "{}", said.report);
    // What it lacks more is the command's doing.
    let (status, report) =
        bench.json("alter table orders drop product_id; alter table orders drop id").await;
    assert_eq!(status, Some(1), "{report}");
    assert_eq!(report["already_unmet"].as_array().map(Vec::len), Some(1));
    let broken = report["broken"].as_array().unwrap();
    let mine = broken.iter().find(|one| one["stakeholder"] == json!(bench.reporting.name)).unwrap();
    assert_eq!((broken.len(), &mine["transaction"]), (2, &json!(2)), "{report}");
    let statement = mine["statement"].as_str().unwrap();
    assert!(statement.contains("drop id"), "{statement}");
}

#[tokio::test]
async fn what_cannot_be_judged_passes_for_nothing() {
    let bench = Bench::shop().await;
    let file = bench.folder.join("integratedb.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("id integer not null", "id nowhere.type not null")).unwrap();
    let said = bench.psql(&[], "alter table other add x int").await;
    assert_eq!(said.status, Some(2), "{}{}", said.report, said.errors);
    let lacks = "warning: The table public.orders of the snapshot could not be made here: ";
    assert!(said.report.contains(lacks), "{}", said.report);
    assert!(said.report.contains("warning: 2 claims can't be judged"), "{}", said.report);
}

#[tokio::test]
async fn migrations_that_build_everything_are_judged_at_their_end() {
    let bench = Bench::shop().await;
    let build = "create table orders (id int primary key); create table other (id int);
                 alter table orders add product_id bigint not null";
    let said = bench.psql(&["--empty"], build).await;
    assert_eq!(said.status, Some(0), "{}{}", said.report, said.errors);
    let said = bench.psql(&["--empty"], "create table orders (id int primary key)").await;
    assert_eq!(said.status, Some(1), "{}{}", said.report, said.errors);
    assert!(said.report.ends_with("Of 2 claims, 1 would be broken.\n"), "{}", said.report);
}

#[tokio::test]
async fn a_report_can_be_read_by_the_pages_of_ci() {
    let bench = Bench::shop().await;
    let file = bench.folder.join("integratedb.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace(
        "{\"path\":\"public.orders\",\"fields\":[\"id\"]}",
        "{\"path\":\"public.<&\\u0001>\"}",
    );
    std::fs::write(&file, text).unwrap();
    let migration = "alter table orders drop column product_id";

    let options = ["--format", "junit", "--output", "report.xml"];
    let said = bench.psql(&options, migration).await;
    assert_eq!((said.status, said.report.as_str()), (Some(1), ""), "{}", said.errors);
    let xml = std::fs::read_to_string(bench.folder.join("report.xml")).unwrap();
    let mut reader = quick_xml::Reader::from_str(&xml);
    let mut elements = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element) => {
                elements.push(element.name().as_ref().to_owned());
            }
            _ => {}
        }
    }
    assert_eq!(
        elements.join(" "),
        "testsuites testsuite testcase testcase skipped testcase failure system-out"
    );
    assert!(xml.contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""), "{xml}");
    assert!(xml.contains("name=\"match 0: public.&lt;&amp;\u{fffd}&gt;\""), "{xml}");
    let name = &bench.reporting.name;
    assert!(
        xml.contains(&format!("<testcase classname=\"{name}\" name=\"match 0: public.orders\">")),
        "{xml}"
    );

    let said = bench.psql(&["--format", "sarif"], migration).await;
    let log: Value = serde_json::from_str(&said.report).unwrap();
    assert_eq!((said.status, &log["version"]), (Some(1), &json!("2.1.0")));
    let (driver, results) = (&log["runs"][0]["tool"]["driver"], &log["runs"][0]["results"]);
    assert_eq!(driver["name"], "integratedb check");
    let results: Vec<String> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            assert!(result["message"]["text"].is_string(), "{result}");
            let place = &result["locations"][0];
            assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "integratedb.json");
            let name = &place["logicalLocations"][0]["fullyQualifiedName"];
            [&result["ruleId"], &result["level"], name].map(|text| text.as_str().unwrap()).join(" ")
        })
        .collect();
    assert_eq!(
        results,
        [
            "broken-claim error public.orders.product_id",
            "unmet-claim warning public.<&\u{1}>",
            "blocked-readers warning public.orders",
        ]
    );
}

#[tokio::test]
async fn a_check_that_is_told_to_end_ends_the_command_and_leaves_nothing() {
    let bench = Bench::shop().await;
    let script = "echo $PGPORT > started.new; mv started.new started; sleep 1000 & wait";
    let settings = Bench::settings();
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut program = program(&["check", "--", "sh", "-c", script], &settings);
    let pipe = std::process::Stdio::piped;
    let check = program.current_dir(&bench.folder).stdout(pipe()).stderr(pipe()).spawn().unwrap();
    let started = bench.folder.join("started");
    eventually("for the command to run", async || started.exists()).await;
    let id = check.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().await.unwrap().success());
    // Ends when nobody holds the other end any more, and so the last of the command has ended.
    let ended = tokio::time::timeout(Duration::from_mins(1), check.wait_with_output()).await;
    let output = ended.expect("an end of the command").unwrap();
    assert_eq!(output.status.code(), Some(2));
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.starts_with("The command was interrupted."), "{report}");
    let port: u16 = std::fs::read_to_string(started).unwrap().trim().parse().unwrap();
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
}
