//! How much memory the program takes while consumers are stuck.

use serde_json::json;

use crate::ground::Ground;
use crate::plan::setting;
use crate::stage::{Operator, SETTINGS};
use crate::support::program::Serve;
use crate::support::{Receiver, RedisServer, column, eventually, run};

/// In bytes of a row's text.
const SIZE: usize = 18_000;

/// What the program may take, in megabytes.
const MOST: u64 = 150;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(target_os = "linux"), ignore = "it reads /proc")]
async fn a_backlog_for_stuck_consumers_takes_no_memory() {
    let backlog = setting("BACKLOG").unwrap_or(5000);
    let ground = Ground::alone(&[("max_wal_size", "8GB")]).await;
    let mut serve = Serve::start(&ground.control_url(), SETTINGS).await;
    let operator = Operator::begin(&serve).await;
    let (redis, receiver) = (RedisServer::start().await, Receiver::start());
    redis.pause().await;
    receiver.hang();
    let channels = json!([
        { "type": "REDIS", "url": redis.url(), "stream": "proof" },
        { "type": "WEBHOOK", "name": "single", "url": receiver.url(), "timeout_ms": 3000 },
        { "type": "WEBHOOK", "name": "batches", "url": receiver.url(), "timeout_ms": 3000, "batch": 100 },
    ]);
    operator.listen(&serve, &channels).await;

    let owner = ground.owner().await;
    let superuser = ground.superuser().await;
    let logged = "select count(*) from integratedb.log";
    let mut written = 0;
    while written < backlog {
        let upto = (written + 500).min(backlog);
        run(&owner, &format!(
            "insert into proof.orders (id, note)
             select id, (select string_agg(md5(id || '-' || part), '') from generate_series(1, {SIZE} / 32) part)
             from generate_series({}, {upto}) id", written + 1
        ))
        .await;
        written = upto;
        eventually("for the changes to be in the log", async || {
            column(&superuser, logged).await[0] == written.to_string()
        })
        .await;
    }
    let grown = Peak::of(&serve);
    let before = failures(&operator, &serve).await;
    serve.kill().await;
    let serve = Serve::start(&ground.control_url(), SETTINGS).await;
    eventually("for every channel to have tried again", async || {
        let now = failures(&operator, &serve).await;
        now.iter().zip(&before).all(|(now, before)| now > before)
    })
    .await;
    let restarted = Peak::of(&serve);
    eprintln!(
        "{backlog} changes of {SIZE} bytes: at most {grown} MB, after a restart {restarted} MB"
    );
    assert!(grown.0 < MOST && restarted.0 < MOST, "{grown} MB, {restarted} MB");

    // They were stuck, and nothing else.
    redis.resume();
    receiver.answer_with(200);
}

/// How often each channel has failed.
async fn failures(operator: &Operator, serve: &Serve) -> Vec<i64> {
    let status = operator.status(serve).await;
    let channels = status["channels"].as_array().expect("channels");
    channels.iter().map(|channel| channel["failures"].as_i64().expect("a number")).collect()
}

/// The most memory a program ever had, in megabytes.
struct Peak(u64);

impl Peak {
    fn of(serve: &Serve) -> Self {
        Self(serve.megabytes("VmHWM:"))
    }
}

/// The memory that a program has, in megabytes.
pub struct Resident(pub u64);

impl Resident {
    pub fn of(serve: &Serve) -> Self {
        Self(serve.megabytes("VmRSS:"))
    }
}

impl std::fmt::Display for Peak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for Resident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
