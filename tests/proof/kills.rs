//! Sudden ends at random moments while transactions are written.

use std::time::{Duration, Instant};

use rand::RngExt;

use crate::ground::Ground;
use crate::load::Load;
use crate::plan::Plan;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_though_the_program_is_killed() {
    let plan = Plan::of("the program", 6);
    let mut random = plan.random();
    let mut stage = Stage::set(Ground::start(&[]).await).await;
    let load = Load::begin(&stage.ground.owner_url(), plan.seed, &stage.ears).await;
    let mut longest = Duration::ZERO;
    for _ in 0..plan.kills {
        // The moment that this is about.
        tokio::time::sleep(Duration::from_millis(random.random_range(0..1500))).await;
        stage.kill().await;
        let since = Instant::now();
        stage.start_again().await;
        if random.random_ratio(3, 4) {
            longest = longest.max(stage.until_news(since).await);
        }
    }
    let tally = load.end().await;
    let verdict = stage.verdict().await;
    plan.conclude(&format!("{tally}; {verdict}; longest recovery {longest:?}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_though_postgres_is_killed() {
    let plan = Plan::of("Postgres", 4);
    let mut random = plan.random();
    let mut stage = Stage::set(Ground::start(&[]).await).await;
    let load = Load::begin(&stage.ground.owner_url(), plan.seed, &stage.ears).await;
    let mut longest = Duration::ZERO;
    for _ in 0..plan.kills {
        tokio::time::sleep(Duration::from_millis(random.random_range(0..1500))).await;
        let since = if random.random_ratio(1, 5) {
            stage.ground.kill_one(&mut random).await;
            Instant::now()
        } else {
            stage.ground.kill().await;
            stage.ground.start_again().await;
            Instant::now()
        };
        if random.random_ratio(3, 4) {
            longest = longest.max(stage.until_news(since).await);
        }
    }
    let tally = load.end().await;
    let verdict = stage.verdict().await;
    plan.conclude(&format!("{tally}; {verdict}; longest recovery {longest:?}"));
}
