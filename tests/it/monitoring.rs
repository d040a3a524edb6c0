//! The dashboard and the alert rules in priv/monitoring: they ask for figures that there
//! are, and fire when they should.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{TestApp, unique};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/priv/monitoring");

fn read(name: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{name}")).unwrap()
}

fn promtool(arguments: &[&str]) {
    let run = Command::new("promtool").current_dir(FOLDER).args(arguments).output();
    let output = run.expect("promtool, which bin/setup promtool installs");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

/// The figures that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let ours = |word: &&str| word.starts_with("integratedb_") || word.starts_with("process_");
    words.filter(ours).map(str::to_owned).collect()
}

fn expressions(panel: &Value) -> Vec<String> {
    let targets = panel["targets"].as_array().into_iter().flatten();
    targets.map(|target| target["expr"].as_str().expect("an expression").to_owned()).collect()
}

#[test]
fn the_alert_rules_are_sound_and_fire_when_they_should() {
    promtool(&["check", "rules", "--lint-fatal", "alerts.yaml"]);
    promtool(&["test", "rules", "alerts.test.yaml"]);
}

#[test]
fn the_dashboard_asks_in_the_language_of_prometheus_and_nothing_overlaps() {
    let dashboard: Value = serde_json::from_str(&read("dashboard.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().unwrap();
    let mut places = BTreeSet::new();
    let mut rules = String::from("groups:\n  - name: dashboard\n    rules:\n");
    for (no, panel) in panels.iter().enumerate() {
        assert_eq!(panel["id"], json!(no + 1));
        let place = &panel["gridPos"];
        let at = |name: &str| place[name].as_u64().unwrap();
        for (x, y) in (at("x")..at("x") + at("w"))
            .flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y)))
        {
            assert!(x < 24 && places.insert((x, y)), "{} overlaps", panel["title"]);
        }
        for expression in expressions(panel) {
            let expression = expression.replace("$__rate_interval", "5m");
            let name = format!("dashboard:panel{no}");
            rules.extend(["      - record: ", &name, "\n        expr: "]);
            rules.extend([json!(expression).to_string().as_str(), "\n"]);
        }
    }
    let file = std::env::temp_dir().join(unique("rules"));
    std::fs::write(&file, rules).unwrap();
    promtool(&["check", "rules", "--lint=none", file.to_str().unwrap()]);
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn every_figure_that_is_asked_for_is_there() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let channel = json!({ "type": "WEBHOOK", "url": "https://example.com/hook" });
    let document = json!({ "match": [], "channels": [channel] });
    app.put_notifications(&shop, &document).await.expect(200);
    let request = app.http.get(format!("{}/metrics", app.base));
    let request = request.bearer_auth(app.token.as_deref().unwrap());
    let figures = named(&request.send().await.unwrap().text().await.unwrap());
    let dashboard: Value = serde_json::from_str(&read("dashboard.json")).expect("JSON");
    let of_panels = dashboard["panels"].as_array().unwrap().iter().flat_map(expressions);
    let asked: String = of_panels.chain([read("alerts.yaml")]).collect::<Vec<_>>().join("\n");
    let missing: Vec<_> = named(&asked).difference(&figures).cloned().collect();
    assert!(missing.is_empty(), "{missing:?} in {figures:?}");
    for page in ["operations.md", "notifications.md"] {
        let path = format!("{}/docs/{page}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let kinds = ["channel", "stream", "http", "database", "build"];
        let is_told = |name: &String| {
            !name.ends_with('_')
                && kinds.iter().any(|kind| name.starts_with(&format!("integratedb_{kind}_")))
        };
        let told = named(&text).into_iter().filter(is_told);
        // A histogram has its own endings.
        let unknown: Vec<_> = told
            .filter(|name| !figures.contains(name) && !figures.contains(&format!("{name}_count")))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?} in {page}");
    }
}
