//! Claims and migrations at the same time: two that contradict each other never
//! both commit, whatever the order and the isolation level.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::future::{join, join_all};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::{Barrier, Notify};

use crate::scene::{Scene, readable};
use crate::support::{Client, column, run};

const LEVELS: [&str; 3] = ["read committed", "repeatable read", "serializable"];
const VALIDATE: &str = "select integratedb_validate_migration()";
/// Takes the snapshot, at the levels that keep one.
const LOOK: &str = "select count(*) from pg_class";
/// How many statements a migration is.
const STEPS: usize = 5;

#[tokio::test]
async fn a_claim_and_a_migration_that_contradict_each_other_never_both_commit() {
    let mut race = Race::start().await;
    for round in 0..240 {
        let table = format!("r{round}");
        let create = format!("create table {table} (id int, name varchar(40) not null)");
        run(&race.scene.owner, &create).await;
        let ddl = race.choose(&[
            format!("alter table {table} drop column name"),
            format!("alter table {table} rename name to title"),
            format!("alter table {table} alter name type text"),
            format!("drop table {table}"),
            format!("alter table {table} rename to was_{table}"),
            format!("drop table {table}; create table {table} (id int)"),
        ]);
        let path = format!("public.{table}");
        race.round(
            &ddl,
            json!([{ "path": path, "fields": [{ "name": "name", "type": "varchar" }] }]),
        )
        .await;
    }
    race.conclude();
}

#[tokio::test]
async fn nor_do_they_if_the_migration_takes_no_lock_on_the_table() {
    let mut race = Race::start().await;
    race.is_lockable = false;
    for round in 0..180 {
        let create = format!(
            "create schema s{round};
             create type mood_{round} as enum ('sad');
             create domain code_{round} as text not null;
             create table s{round}.a (m mood_{round}, c code_{round})"
        );
        run(&race.scene.owner, &create).await;
        let ddl = race.choose(&[
            format!("alter schema s{round} rename to was_s{round}"),
            format!("alter type mood_{round} rename to feeling_{round}"),
            format!("alter domain code_{round} drop not null"),
        ]);
        let fields = json!([
            { "name": "m", "type": format!("mood_{round}") },
            { "name": "c", "is_nullable": false },
        ]);
        race.round(&ddl, json!([{ "path": format!("s{round}.a"), "fields": fields }])).await;
    }
    race.conclude();
}

#[tokio::test]
async fn nor_do_they_if_what_is_claimed_is_a_view() {
    let mut race = Race::start().await;
    race.is_lockable = false;
    for round in 0..120 {
        let create = format!(
            "create table t{round} (id int, name text);
             create view v{round} as select id, name from t{round};
             create materialized view m{round} as select id, name from t{round}"
        );
        run(&race.scene.owner, &create).await;
        let kind = race.choose(&["view v".to_owned(), "materialized view m".to_owned()]);
        let ddl = race.choose(&[
            format!("drop {kind}{round}"),
            format!("alter {kind}{round} rename to was_{round}"),
            format!("alter {kind}{round} rename column name to title"),
        ]);
        let path = format!("public.{}{round}", &kind[kind.len() - 1..]);
        race.round(&ddl, json!([{ "path": path, "fields": ["name"] }])).await;
    }
    race.conclude();
}

#[tokio::test]
async fn two_migrations_that_each_drop_one_alternative_never_both_commit() {
    let mut race = Race::start().await;
    let other = race.scene.app.database.owner().await;
    for round in 0..120 {
        let tables = [format!("a{round}"), format!("b{round}")];
        for table in &tables {
            run(&race.scene.owner, &format!("create table {table} (x int)")).await;
        }
        let alternatives =
            tables.each_ref().map(|table| json!({ "path": format!("public.{table}") }));
        race.scene.claim(json!([{ "alternatives": alternatives }])).await;

        let levels = [race.level(), race.level()];
        // They meet after the snapshot, after the change, or never.
        let meeting = race.random.random_range(0..3);
        let barrier = Barrier::new(2);
        let migrate = async |client: &Client, no: usize| {
            let begin = format!("begin isolation level {}; {LOOK}", levels[no]);
            let drop = format!("drop table {}", tables[no]);
            for (step, sql) in [begin.as_str(), &drop, VALIDATE, "commit"].iter().enumerate() {
                attempt(client, sql).await?;
                if step == meeting && meeting < 2 {
                    barrier.wait().await;
                }
            }
            Ok(())
        };
        let (one, two) = join(migrate(&race.scene.owner, 0), migrate(&other, 1)).await;
        let failures: Vec<String> = [one, two].into_iter().filter_map(Result::err).collect();
        let context = format!("round {round} of seed {}: {levels:?}, meeting {meeting}", race.seed);
        assert_eq!(failures.len(), 1, "{context}: {failures:?}");
        assert!(["P0001", "40001"].contains(&failures[0].as_str()), "{context}: {failures:?}");
        assert_eq!(race.scene.unmet().await, [""; 0], "{context}");
    }
}

#[tokio::test]
async fn a_migration_of_several_tables_is_never_the_victim_of_a_claim() {
    let scene = Scene::after("create table a (x int); create table b (x int)").await;
    let superuser = scene.app.database.superuser().await;
    let migrator = &scene.owner;
    let claims =
        json!([{ "path": "public.a", "fields": ["*"] }, { "path": "public.b", "fields": ["*"] }]);
    for (round, (first, second)) in [("a", "b"), ("b", "a")].iter().enumerate() {
        let go = Notify::new();
        let done = Cell::new(false);
        let put = async {
            go.notified().await;
            let answer = scene.app.put_claims(&scene.reporting, &claims).await;
            done.set(true);
            answer.status
        };
        let migrate = async {
            run(migrator, &format!("begin; alter table {first} add y{round} int")).await;
            go.notify_one();
            wait_for_the_claim(&superuser, &done).await;
            // By now the claim has looked for a deadlock, and won't look again: from
            // here on it would be the migration that finds one.
            tokio::time::sleep(Duration::from_millis(1300)).await;
            run(migrator, &format!("alter table {second} add y{round} int; {VALIDATE}; commit"))
                .await;
        };
        let (status, ()) = join(put, migrate).await;
        assert!([200, 503].contains(&status), "{status}");
        scene.claim(claims.clone()).await;
        assert_eq!(scene.readable("public.a").await.len(), round + 2);
        assert_eq!(scene.readable("public.b").await.len(), round + 2);
    }
}

#[tokio::test]
async fn claims_of_many_stakeholders_on_the_same_tables_all_succeed_and_grant_exactly_what_they_say()
 {
    let mut race = Race::start().await;
    let columns = ["w", "x", "y", "z"];
    for table in ["a", "b", "c"] {
        run(&race.scene.owner, &format!("create table {table} (w int, x int, y int, z int)")).await;
    }
    let mut stakeholders = Vec::new();
    for _ in 0..6 {
        let stakeholder = race.scene.app.stakeholder("many").await;
        let client = race.scene.app.connect_as(&stakeholder).await;
        stakeholders.push((stakeholder, client));
    }
    for _ in 0..8 {
        let wanted: Vec<BTreeMap<&str, Vec<&str>>> = stakeholders
            .iter()
            .map(|_| {
                let mut some =
                    || columns.into_iter().filter(|_| race.random.random_bool(0.5)).collect();
                ["c", "a", "b"].map(|table| (table, some())).into_iter().collect()
            })
            .collect();
        let puts = stakeholders.iter().zip(&wanted).map(async |((stakeholder, _), wanted)| {
            let matches: Vec<Value> = wanted
                .iter()
                .rev()
                .map(|(table, fields)| json!({ "path": format!("public.{table}"), "fields": fields }))
                .collect();
            race.scene.app.put_claims(stakeholder, &json!(matches)).await.status
        });
        let statuses = join_all(puts).await;
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}, seed {}", race.seed);
        for ((_, client), wanted) in stakeholders.iter().zip(&wanted) {
            for (table, fields) in wanted {
                let readable = readable(client, &format!("public.{table}")).await;
                assert_eq!(&readable, fields, "seed {}", race.seed);
            }
        }
    }
}

/// A stakeholder that claims while the owner migrates.
struct Race {
    scene: Scene,
    /// Sees what others wait for.
    watcher: Client,
    seed: u64,
    random: StdRng,
    outcomes: BTreeMap<String, u32>,
    /// Whether a lock keeps a GRANT and the migration apart: schemas and views
    /// have none.
    is_lockable: bool,
    started: Instant,
}

impl Race {
    async fn start() -> Self {
        let seed = rand::rng().random::<u64>();
        let scene = Scene::after("select 1").await;
        Self {
            watcher: scene.app.database.superuser().await,
            scene,
            seed,
            random: StdRng::seed_from_u64(seed),
            outcomes: BTreeMap::new(),
            is_lockable: true,
            started: Instant::now(),
        }
    }

    fn choose(&mut self, from: &[String]) -> String {
        from.choose(&mut self.random).expect("a choice").clone()
    }

    fn level(&mut self) -> &'static str {
        LEVELS.choose(&mut self.random).expect("a level")
    }

    /// Starts a PUT of the claims at some step of the migration, and goes on with
    /// the migration at once, or when the PUT has ended or waits for it.
    async fn round(&mut self, ddl: &str, claims: Value) {
        // What must have been seen in the end comes first, and then what chance brings.
        let (level, start, is_free) = match self.outcomes.values().sum() {
            0 => ("repeatable read", 2, false),
            1 => ("read committed", 1, false),
            2 => ("read committed", STEPS, true),
            _ => (self.level(), self.random.random_range(0..=STEPS), self.random.random_bool(0.5)),
        };
        let begin = format!("begin isolation level {level}");
        let steps: [&str; STEPS] = [&begin, LOOK, ddl, VALIDATE, "commit"];

        let scene = &self.scene;
        let (go, done) = (Notify::new(), Cell::new(false));
        let put = async {
            go.notified().await;
            let answer = scene.app.put_claims(&scene.reporting, &claims).await;
            done.set(true);
            answer
        };
        let migrate = async {
            let mut outcome = Ok(());
            for (no, sql) in steps.iter().enumerate() {
                if no == start {
                    go.notify_one();
                    if !is_free {
                        wait_for_the_claim(&self.watcher, &done).await;
                    }
                }
                outcome = attempt(&scene.owner, sql).await;
                if outcome.is_err() {
                    break;
                }
            }
            go.notify_one();
            outcome
        };
        let (put, migration) = join(put, migrate).await;

        let order = if is_free { "at once" } else { "waiting" };
        let context =
            format!("{level}: {ddl}; PUT before step {start}, {order}; seed {}", self.seed);
        let failure = migration.err().unwrap_or_else(|| "committed".to_owned());
        let outcome = format!("PUT {}, migration {failure}", put.status);
        assert!([200, 422, 409, 503].contains(&put.status), "{outcome}; {context}: {}", put.body);
        // Without 40P01: no migration dies of a claim's deadlock.
        let failures = ["committed", "P0001", "40001", "55P03"];
        let is_fine = failures.contains(&failure.as_str())
            // Postgres's word where two change what nobody can lock beforehand.
            || !self.is_lockable && failure == "XX000 tuple concurrently updated";
        assert!(is_fine, "{outcome}; {context}");
        assert!(put.status != 200 || failure != "committed", "{outcome}; {context}");
        assert_eq!(unmet(&scene.client).await, [""; 0], "{outcome}; {context}");
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    /// Both must have been seen to win.
    fn conclude(self) {
        eprintln!("{:?} in {:?}", self.outcomes, self.started.elapsed());
        for outcome in
            ["PUT 200, migration P0001", "PUT 200, migration 40001", "PUT 422, migration committed"]
        {
            assert!(self.outcomes.contains_key(outcome), "never {outcome}: {:?}", self.outcomes);
        }
    }
}

/// Runs SQL; rolls back and answers the SQLSTATE if it fails.
async fn attempt(client: &Client, sql: &str) -> Result<(), String> {
    let Err(error) = client.simple_query(sql).await else { return Ok(()) };
    run(client, "rollback").await;
    let error = error.as_db_error().expect("an error of the database");
    Err(match error.code().code() {
        code @ ("P0001" | "40001" | "40P01" | "55P03") => code.to_owned(),
        code => format!("{code} {}", error.message()),
    })
}

/// The unmet claims as a session sees them that takes no part.
async fn unmet(client: &Client) -> Vec<String> {
    column(client, "select problem from integratedb_unmet_claims()").await
}

/// Waits until the PUT has ended or waits for a lock.
async fn wait_for_the_claim(superuser: &Client, done: &Cell<bool>) {
    let waiting = "select count(*) from pg_stat_activity
        where datname = current_database() and usename = 'integratedb_control' and wait_event_type = 'Lock'";
    let deadline = Instant::now() + Duration::from_mins(3);
    while !done.get() && column(superuser, waiting).await == ["0"] {
        assert!(Instant::now() < deadline, "the PUT neither ends nor waits");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
