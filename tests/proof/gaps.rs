//! Changes that can't be told any more, and how everybody hears of that.

use integratedb::changes::Position;
use serde_json::{Value, json};

use crate::ear::{Ear, Order};
use crate::ears::{Door, Hook, listen_at_socket, listen_at_stream};
use crate::ground::Ground;
use crate::stage::{Operator, SETTINGS};
use crate::support::program::Serve;
use crate::support::{Client, RedisServer, column, eventually, run};

/// A program and an ear for each type of channel.
struct Scene {
    ground: Ground,
    superuser: Client,
    owner: Client,
    serve: Option<Serve>,
    door: Door,
    redis: RedisServer,
    _hook: Hook,
    ears: [Ear; 3],
    settings: Vec<(&'static str, &'static str)>,
}

impl Scene {
    async fn set(of_postgres: &[(&str, &str)], settings: &[(&'static str, &'static str)]) -> Self {
        let ground = Ground::start(of_postgres).await;
        let settings: Vec<_> = [SETTINGS, settings].concat();
        let serve = Serve::start(&ground.control_url(), &settings).await;
        let operator = Operator::begin(&serve).await;
        let ears = [
            Ear::new("REDIS", Order::Whole),
            Ear::new("WEBHOOK", Order::ByKey),
            Ear::new("SOCKET", Order::Whole),
        ];
        let (redis, hook) = (RedisServer::start().await, Hook::start(&ears[1]));
        let channels = json!([
            { "type": "REDIS", "url": redis.url(), "stream": "proof" },
            { "type": "WEBHOOK", "url": hook.url, "batch": 100 },
            { "type": "SOCKET" },
        ]);
        operator.listen(&serve, &channels).await;
        let door = Door::default();
        door.is_at(&serve.origin);
        listen_at_stream(&redis, "proof", ears[0].clone()).await;
        listen_at_socket(&door, operator.stakeholder, &operator.token, ears[2].clone()).await;
        let (superuser, owner) = (ground.superuser().await, ground.owner().await);
        let serve = Some(serve);
        Self { ground, superuser, owner, serve, door, redis, _hook: hook, ears, settings }
    }

    async fn stop(&mut self) {
        let mut serve = self.serve.take().expect("a running program");
        serve.signal("TERM");
        serve.ended().await;
        let readers = "select slot_name from pg_replication_slots where active";
        eventually("for Postgres to notice", async || {
            column(&self.superuser, readers).await.is_empty()
        })
        .await;
    }

    async fn start(&mut self) {
        let serve = Serve::start(&self.ground.control_url(), &self.settings).await;
        self.door.is_at(&serve.origin);
        self.serve = Some(serve);
    }

    async fn insert(&self, ids: std::ops::RangeInclusive<u32>) {
        let (first, last) = ids.into_inner();
        let sql = format!("insert into proof.orders (id) select generate_series({first}, {last})");
        run(&self.owner, &sql).await;
    }

    /// Waits until everybody has heard of so many changes and gaps.
    async fn until_heard(&self, changes: usize, gaps: usize) {
        for ear in &self.ears {
            eventually("for changes and gaps to be told", async || {
                ear.heard().facts.len() >= changes && ear.heard().gaps.len() >= gaps
            })
            .await;
            let heard = ear.heard();
            assert!(heard.faults.is_empty(), "{}: {:#?}", heard.name, heard.faults);
            let counts = (heard.facts.len(), heard.gaps.len());
            assert_eq!(counts, (changes, gaps), "{}: {:#?}", heard.name, heard.gaps);
        }
    }

    /// Loses the slot while the program is stopped, and a change with it.
    async fn lose(&mut self, how: &str) {
        self.insert(1..=1).await;
        self.until_heard(1, 0).await;
        self.stop().await;
        self.insert(2..=2).await;
        run(&self.superuser, how).await;
        self.start().await;
        // The slot is made anew, which is said; what is written from then on is told.
        self.until_heard(1, 1).await;
        self.insert(3..=3).await;
        self.until_heard(2, 1).await;
        let reasons = self.ears.iter().map(|ear| ear.heard().gaps[0]["data"].clone());
        let reasons: Vec<Value> = reasons.collect();
        assert_eq!(reasons[0], reasons[1]);
        assert_eq!(reasons[0], reasons[2]);
    }

    fn reason(&self) -> String {
        self.ears[0].heard().gaps[0]["data"]["reason"].as_str().expect("a reason").to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_told_that_the_slot_was_gone() {
    let mut scene = Scene::set(&[], &[]).await;
    scene.lose("select pg_drop_replication_slot(slot_name) from pg_replication_slots").await;
    assert_eq!(scene.reason(), "the replication slot was gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_told_that_the_slot_was_invalidated() {
    let mut scene = Scene::set(&[("max_slot_wal_keep_size", "1MB")], &[]).await;
    let overtake = "do $$ begin
          while (select wal_status from pg_replication_slots) <> 'lost' loop
            create table proof.filler as select repeat('x', 1000) from generate_series(1, 20000);
            drop table proof.filler;
            perform pg_switch_wal();
            commit;
            checkpoint;
          end loop;
        end $$";
    scene.lose(overtake).await;
    assert_eq!(scene.reason(), "the replication slot was invalidated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_and_a_message_that_are_too_large_are_given_up_with_a_gap() {
    let scene = Scene::set(&[], &[("CHANGES_LARGEST_MB", "1")]).await;
    scene.insert(1..=1).await;
    run(&scene.owner, "insert into proof.orders (id, note) values (2, repeat('x', 1100000))").await;
    scene.until_heard(1, 1).await;
    assert_matches(&scene.reason(), "a change or message of ", "is larger than CHANGES_LARGEST_MB");
    scene.insert(3..=3).await;
    run(&scene.owner, "select pg_logical_emit_message(false, 'other', repeat('x', 1100000))").await;
    scene.until_heard(2, 2).await;
    scene.insert(4..=4).await;
    scene.until_heard(3, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_postgres_cannot_decode_is_given_up_with_a_gap() {
    let settings = [("max_wal_size", "4GB")];
    let scene = Scene::set(&settings, &[("CHANGES_STUCK_SECONDS", "1")]).await;
    scene.insert(1..=1).await;
    // Postgres writes this into its log, and has no memory for it when it reads it there.
    let sql = "select pg_logical_emit_message(false, 'other', repeat('x', 1073741000))";
    run(&scene.owner, sql).await;
    scene.until_heard(1, 1).await;
    let reason = scene.reason();
    assert_matches(&reason, "Postgres can't decode what comes next: ", "alloc request size");
    scene.insert(2..=2).await;
    scene.until_heard(2, 1).await;
}

fn assert_matches(text: &str, beginning: &str, part: &str) {
    assert!(text.starts_with(beginning) && text.contains(part), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_restored_elsewhere_is_told_of_after_a_gap() {
    let mut scene = Scene::set(&[], &[]).await;
    // As on a server whose log is far behind that of the one before.
    let restored = "update integratedb.stream set read_lsn = '7FFF/0';
        update integratedb.channels set position_lsn = '7FFF/0';
        delete from integratedb.log;
        select pg_drop_replication_slot(slot_name) from pg_replication_slots";
    scene.lose(restored).await;
    assert_eq!(scene.reason(), "the database was restored on another server");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_is_told_though_the_program_was_killed_before_the_log_had_it() {
    let mut scene = Scene::set(&[], &[]).await;
    scene.insert(1..=1).await;
    scene.until_heard(1, 0).await;
    scene.stop().await;
    let interrupted = "update integratedb.stream
        set gap_from = slot_lsn, gap_reason = 'of a crash', slot_lsn = pg_current_wal_lsn()";
    run(&scene.superuser, interrupted).await;
    scene.start().await;
    scene.until_heard(1, 1).await;
    assert_eq!(scene.reason(), "of a crash");
    scene.insert(2..=2).await;
    scene.until_heard(2, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_falls_off_the_end_of_the_log_is_told_what_is_missing() {
    let mut scene = Scene::set(&[], &[("CHANGES_RETENTION_MB", "1")]).await;
    scene.insert(1..=1).await;
    scene.until_heard(1, 0).await;
    scene.redis.pause().await;
    let [stuck, others @ ..] = scene.ears.clone();
    let mut written = 1;
    // Until the first partition is written again, which takes the place of what the
    // stuck one has not heard.
    let floor = "select floor_lsn > '0/0' from integratedb.stream";
    while column(&scene.superuser, floor).await != ["t"] {
        scene.insert(written + 1..=written + 2000).await;
        written += 2000;
        for ear in &others {
            eventually("for changes to be told", async || {
                ear.heard().facts.len() == written as usize
            })
            .await;
        }
    }
    // What the program still has in memory isn't lost, so it loses that too.
    scene.stop().await;
    scene.start().await;
    scene.redis.resume();
    let last = format!("INSERT proof.orders {written} ");
    eventually("for the last change to be told", async || {
        stuck.heard().facts.iter().any(|fact| fact.starts_with(&last))
    })
    .await;
    let heard = stuck.heard();
    assert!(heard.faults.is_empty(), "{:#?}", heard.faults);
    assert!(!heard.gaps.is_empty());
    let end = |name: &str| heard.gaps[0]["data"][name].as_str().unwrap().parse::<Position>();
    assert!(end("from").unwrap() < end("to").unwrap(), "{:#?}", heard.gaps);
    assert!(heard.facts.len() < written as usize);
    for ear in &others {
        assert!(ear.heard().gaps.is_empty() && ear.heard().faults.is_empty());
    }
}
