//! The API under load: at rest, and while the program and Postgres are killed.

use std::time::Duration;

use rand::RngExt;

use crate::crowd::{Crowd, Member, TABLE, answers, refusals};
use crate::ground::Ground;
use crate::memory::Resident;
use crate::plan::{Plan, setting};
use crate::stage::{SETTINGS, first_user};
use crate::support::program::Serve;
use crate::support::{Client, column, eventually, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_clients_are_served_without_a_5xx_and_without_growing() {
    let seconds = setting("SECONDS").unwrap_or(6);
    let ground = Ground::alone(&[]).await;
    run(&ground.owner().await, TABLE).await;
    // However slow the machine is.
    let patience = [("REQUEST_TIMEOUT_SECONDS", "300"), ("DATABASE_POOL_TIMEOUT_SECONDS", "300")];
    let settings = [SETTINGS, &patience].concat();
    let serve = Serve::start(&ground.control_url(), &settings).await;
    let token = first_user(&serve).await;
    let crowd = Crowd::begin(&serve, &token, 200, 1);
    // The time that this is about: the first third warms up.
    tokio::time::sleep(Duration::from_secs(seconds) / 3).await;
    eventually("for the crowd to be served", async || crowd.served() >= 5 * 200).await;
    let warm = Resident::of(&serve);
    tokio::time::sleep(Duration::from_secs(seconds) * 2 / 3).await;
    let grown = Resident::of(&serve);
    let members = crowd.end().await;
    let answers = answers(&members);
    eprintln!("{seconds} s of 200 clients: {answers:?}; {warm} MB, then {grown} MB");
    assert!(refusals(&members).is_empty(), "{:#?}\n{}", refusals(&members), serve.log());
    assert!(answers.keys().all(|status| [200, 201, 204].contains(status)), "{answers:?}");
    assert!(grown.0 <= warm.0 + warm.0 / 5 + 8, "{warm} MB, then {grown} MB");
    is_whole(&ground.superuser().await, &members).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_half_done_though_all_is_killed_under_load() {
    let plan = Plan::of("all under load", 6);
    let mut random = plan.random();
    let mut ground = Ground::start(&[]).await;
    run(&ground.owner().await, TABLE).await;
    let mut serve = Serve::start(&ground.control_url(), SETTINGS).await;
    let token = first_user(&serve).await;
    let crowd = Crowd::begin(&serve, &token, 40, plan.seed);
    for _ in 0..plan.kills {
        // The moment that this is about.
        tokio::time::sleep(Duration::from_millis(random.random_range(0..1500))).await;
        match random.random_range(0..3) {
            0 => {
                serve.kill().await;
                serve = Serve::start(&ground.control_url(), SETTINGS).await;
                crowd.go_to(&serve);
            }
            1 => ground.kill_one(&mut random).await,
            _ => {
                ground.kill().await;
                ground.start_again().await;
            }
        }
        eventually("for the API to be served again", async || {
            let answer = serve.request("GET", "/unmet", &token).send().await;
            answer.is_ok_and(|answer| answer.status() == 200)
        })
        .await;
    }
    let members = crowd.end().await;
    // What a crash left of a deletion, the next start finishes.
    serve.signal("TERM");
    assert_eq!(serve.ended().await, Some(0));
    let serve = Serve::start(&ground.control_url(), SETTINGS).await;
    is_whole(&ground.superuser().await, &members).await;
    for question in ["/drift", "/unmet"] {
        let answer = serve.request("GET", question, &token).send().await.expect("an answer");
        let body: serde_json::Value = answer.json().await.expect("JSON");
        assert_eq!(body["data"], serde_json::json!([]), "{question}");
    }
    plan.conclude(&format!("{:?}", answers(&members)));
}

/// Holds what is in Postgres against what clients were told.
async fn is_whole(superuser: &Client, members: &[Member]) {
    let roles = "select rolname from pg_roles where rolname ~ '^crowd_[0-9]+$' order by 1";
    let schemas = "select nspname from pg_namespace where nspname ~ '^crowd_[0-9]+$' order by 1";
    let stakeholders =
        "select name from integratedb.stakeholders where deletion is null order by 1";
    let known = column(superuser, stakeholders).await;
    assert_eq!(column(superuser, roles).await, known);
    assert_eq!(column(superuser, schemas).await, known);
    for member in members {
        if member.stakeholder.is_some() && !member.may_be_gone {
            assert!(known.contains(&member.name), "{} is gone", member.name);
        }
        if !known.contains(&member.name) {
            continue;
        }
        let readable = format!(
            "select column_name from information_schema.column_privileges
             where grantee = '{}' and table_name = 'wide' and privilege_type = 'SELECT'
             order by 1",
            member.name
        );
        let readable = column(superuser, &readable).await;
        assert!(
            member.claimed.contains(&readable),
            "{}: {readable:?} {:?}",
            member.name,
            member.claimed
        );
    }
}
