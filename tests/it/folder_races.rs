//! `apply` beside migrations, beside itself, and its sudden end: all of a folder
//! becomes true or nothing of it.

use std::process::Stdio;

use serde_json::json;
use tokio::process::Child;

use crate::folder::Stage;
use crate::scene::readable;
use crate::support::documents::{Folder, Said};
use crate::support::program::program;
use crate::support::{column, eventually, may_not, run, until_waiting};

/// `apply` in the background, waiting for as long as it takes.
fn begin(folder: &Folder) -> Child {
    let settings = [("DATABASE_URL", folder.url.as_str()), ("LOCK_TIMEOUT_MS", "60000")];
    let mut program = program(&folder.arguments("apply", &[]), &settings);
    program.stdout(Stdio::null()).spawn().expect("the program")
}

/// The stage, with a folder that claims something for both stakeholders.
async fn set() -> Stage {
    let stage = Stage::set().await;
    let claim = |path: &str| json!([{ "path": path, "fields": ["*"] }]);
    stage.folder.claim(&stage.billing, &claim("public.invoices"));
    stage.folder.claim(&stage.shop, &claim("public.orders"));
    stage
}

#[tokio::test]
async fn of_two_at_once_one_finds_nothing_to_do() {
    let stage = set().await;
    for round in 0..5 {
        let (one, two) = tokio::join!(stage.folder.says("apply"), stage.folder.says("apply"));
        one.ends_with(0);
        two.ends_with(0);
        let changed = [&one, &two].iter().filter(|said| said.text.contains("Changed 2 of")).count();
        assert_eq!(changed, 1, "round {round}: {one:#?} {two:#?}");
        for stakeholder in [&stage.shop, &stage.billing] {
            stage.app.claim(stakeholder, &json!([])).await;
        }
    }
}

#[tokio::test]
async fn two_folders_at_once_leave_one_of_them() {
    let stage = set().await;
    let other = Folder::of(&stage.app.database);
    other.claim(&stage.billing, &json!([{ "path": "public.invoices", "fields": ["id"] }]));
    other.claim(&stage.shop, &json!([{ "path": "public.orders", "fields": ["id"] }]));
    for round in 0..5 {
        let (one, two) = tokio::join!(stage.folder.says("apply"), other.says("apply"));
        one.ends_with(0);
        two.ends_with(0);
        let plans = [stage.folder.says("plan").await.status, other.says("plan").await.status];
        assert!([[Some(0), Some(1)], [Some(1), Some(0)]].contains(&plans), "{round}: {plans:?}");
    }
}

#[tokio::test]
async fn it_waits_for_a_migration_and_then_sees_what_that_did() {
    let stage = set().await;
    run(&stage.owner, "begin; alter table orders add colour text").await;
    let mut apply = begin(&stage.folder);
    until_waiting(&stage.app.database.superuser().await, 1).await;
    run(&stage.owner, "commit").await;
    assert!(apply.wait().await.unwrap().success());
    let columns = readable(&stage.app.connect_as(&stage.shop).await, "public.orders").await;
    assert_eq!(columns, ["id", "quantity", "note", "colour"]);
}

#[tokio::test]
async fn it_says_so_if_a_migration_takes_too_long() {
    let stage = set().await;
    run(&stage.owner, "begin; alter table orders add colour text").await;
    for command in ["plan", "apply"] {
        let settings = [("DATABASE_URL", stage.folder.url.as_str()), ("LOCK_TIMEOUT_MS", "300")];
        let mut program = program(&stage.folder.arguments(command, &[]), &settings);
        let said = Said::of(&program.output().await.unwrap());
        said.ends_with(2).has("busy: A running migration holds what this needs.");
        assert_eq!(said.text, "");
    }
    run(&stage.owner, "commit").await;
    assert!(stage.stored().await.is_empty());
    stage.folder.says("apply").await.ends_with(0);
}

#[tokio::test]
async fn one_that_is_killed_leaves_nothing_half_done() {
    let stage = set().await;
    let superuser = stage.app.database.superuser().await;
    for holding in [
        "begin; alter table orders add colour text",
        "begin; update integratedb.fence set passed = passed + 1",
        // The first document is stored, and its claims wait.
        "begin; lock table integratedb.claims in share mode",
    ] {
        run(&superuser, holding).await;
        let mut apply = begin(&stage.folder);
        until_waiting(&stage.app.database.superuser().await, 1).await;
        apply.kill().await.unwrap();
        run(&superuser, "rollback").await;
        eventually("for its session to end", async || {
            let sql = "select pid from pg_stat_activity where datname = current_database()
                       and wait_event_type = 'Lock'";
            column(&superuser, sql).await.is_empty()
        })
        .await;
        assert!(stage.stored().await.is_empty(), "{holding}");
        may_not(&stage.app.connect_as(&stage.billing).await, "select id from invoices").await;
    }
    stage.folder.says("apply").await.ends_with(0).has("Changed 2 of 2");
}
