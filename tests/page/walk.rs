//! A journey: a browser, and Node.js that drives it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::sync::Semaphore;

/// How many browsers run at once: each takes a core and some hundred megabytes.
static BROWSERS: Semaphore = Semaphore::const_new(2);

/// Long enough for the slowest machine; a browser that hangs fails the test.
const PATIENCE: Duration = Duration::from_mins(5);

/// Walks through a journey on a stage; fails with all that the browser has said.
pub async fn walk(journey: &str, stage: Value) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(root.join("target/page/node_modules").exists(), "tests/page/install.sh comes first");
    let _turn = BROWSERS.acquire().await.unwrap();
    let mut command = Command::new("node");
    command.arg(format!("tests/page/journeys/{journey}.js")).current_dir(root);
    command.env("STAGE", stage.to_string()).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let walked = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = walked.expect("the journey takes too long").expect("node");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{journey}\n{said}");
}
