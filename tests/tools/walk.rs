//! The two stories that every tool is led through.

use serde_json::json;

use crate::scene::{Protection, Scene};
use crate::support::column;
use crate::tool::{Shows, Tool, Undoes};

const BEFORE: [&str; 3] = ["id integer", "product_id integer", "quantity integer"];
const EVOLVED: [&str; 4] = ["id integer", "product_id integer", "quantity bigint", "note text"];
const BROKEN: [&str; 3] = ["id integer", "quantity bigint", "note text"];

/// A migration that hurts nobody is committed and recorded, and grants follow it.
pub async fn commits_an_evolving_migration(tool: &'static Tool, protection: Protection) {
    let scene = Scene::set(tool, protection).await;
    scene.project.add("evolving");

    let ended = scene.migrate().await;

    assert!(ended.succeeded, "{}", ended.output);
    assert_eq!(scene.columns().await, EVOLVED, "{}", ended.output);
    are_recorded(&scene, &tool.recorded_as[..1]).await;
    column(&scene.reporting_connects().await, "select quantity, note from public.orders").await;
}

/// One that would break a stakeholder is rolled back and not recorded, alone or with all
/// that was pending, and passes as it is as soon as the stakeholder has moved on.
pub async fn cannot_commit_a_breaking_migration(tool: &'static Tool, protection: Protection) {
    let scene = Scene::set(tool, protection).await;
    scene.project.add("evolving");
    scene.project.add("breaking");

    let ended = scene.migrate().await;

    assert!(!ended.succeeded, "{}", ended.output);
    match tool.undoes {
        Undoes::AllPending => {
            assert_eq!(scene.columns().await, BEFORE, "{}", ended.output);
            are_recorded(&scene, &[]).await;
        }
        Undoes::OnlyItself => {
            assert_eq!(scene.columns().await, EVOLVED, "{}", ended.output);
            are_recorded(&scene, &tool.recorded_as[..1]).await;
        }
    }
    let shown = Shows::of(&ended.output, &scene.reporting.name);
    assert_eq!(shown, tool.shows, "{}", ended.output);
    column(&scene.reporting_connects().await, "select product_id from public.orders").await;

    scene.reporting_claims(json!(["id"])).await;
    let ended = scene.migrate().await;

    assert!(ended.succeeded, "{}", ended.output);
    assert_eq!(scene.columns().await, BROKEN);
    are_recorded(&scene, &tool.recorded_as).await;
}

async fn are_recorded(scene: &Scene, migrations: &[&str]) {
    if let Some(recorded) = scene.recorded().await {
        assert_eq!(recorded, migrations);
    }
}
