//! The audit from a shell: verified, kept in the log, and entered by commands.

use serde_json::{Value, json};

use crate::audit::entries;
use crate::support::documents::{Folder, Said};
use crate::support::program::{Serve, output};
use crate::support::{Database, TestApp, cluster, column, eventually, run};

async fn verify(url: &str, more: &[&str]) -> Said {
    let arguments = [&["audit", "verify"], more].concat();
    Said::of(&output(&arguments, &[("DATABASE_URL", url)]).await)
}

#[tokio::test]
async fn the_verification_says_what_is_broken_and_where() {
    let app = TestApp::start().await;
    app.stakeholder("one").await;
    let url = app.database.control_url();
    let intact = verify(&url, &[]).await;
    intact.ends_with(0).has("The audit is intact: 2 entries. It ends with the hash");
    let head = intact.text.lines().last().unwrap().to_owned();
    app.stakeholder("another").await;
    verify(&url, &["--head", &head]).await.ends_with(0).has("3 entries");
    let json: Value =
        serde_json::from_str(&verify(&url, &["--json"]).await.ends_with(0).text).unwrap();
    assert_eq!((&json["is_intact"], &json["broken_at"]), (&json!(true), &json!(null)));

    let superuser = app.database.superuser().await;
    run(&superuser, "alter table integratedb.audit disable trigger all; update integratedb.audit set actor_name = 'x' where no = 2").await;
    verify(&url, &[])
        .await
        .ends_with(1)
        .has("The audit is broken: entry 2 is not as it was sealed.");
    let other = "0".repeat(62) + "01";
    run(&superuser, "update integratedb.audit set actor_name = 'root' where no = 2").await;
    verify(&url, &["--head", &other]).await.ends_with(1).has("is of no entry");
    verify(&url, &["--head", "x"]).await.ends_with(2).has("must be 64 hexadecimal digits");
    verify("postgres://nobody@127.0.0.1:1/nowhere", &[]).await.ends_with(2);
}

#[tokio::test]
async fn what_commands_change_is_entered_under_who_ran_them() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    run(&app.database.owner().await, "create table a (id int)").await;
    let folder = Folder::of(&app.database);
    folder.claim(&shop, &json!([{ "path": "public.a", "fields": ["id"] }]));
    folder.says("plan").await.ends_with(1);
    folder.says("apply").await.ends_with(0);
    folder.says("apply").await.ends_with(0);
    let superuser = cluster().superuser_url(&app.database.name);
    for action in ["enable", "enable", "disable"] {
        output(&["gate", action], &[("DATABASE_URL", &superuser)]).await;
    }
    let found = entries(&app, "?actor=command").await;
    let actions: Vec<&Value> = found.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["gate.disable", "gate.enable", "claims.replace"]);
    assert_eq!(found[1]["before"], json!({ "gate": "disabled" }));
    assert_eq!(found[1]["after"], json!({ "gate": "enabled" }));
    assert_eq!(found[2]["subject"]["name"], shop.name);
    let said = |command: &str| {
        let output = std::process::Command::new(command).arg("-un").output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(found[0]["actor"]["name"], said("id"));
    assert!(found[0]["origin"]["address"].is_string(), "{}", found[0]);
}

#[tokio::test]
async fn each_entry_is_written_to_the_log_once_if_that_is_asked_for() {
    let database = Database::create().await;
    let quiet = Serve::start(&database.control_url(), &[]).await;
    let settings = [("AUDIT_LOG", "true")];
    let one = Serve::start(&database.control_url(), &settings).await;
    let other = Serve::start(&database.control_url(), &settings).await;
    let token = one.first_user().await;
    for serve in [&quiet, &one, &other] {
        let name = json!({ "stakeholder": { "name": crate::support::unique("logged") } });
        serve.send("POST", "/stakeholders", &token, &name).await.expect(201);
    }
    let lines = |serve: &Serve| -> Vec<Value> {
        let log = serve.log();
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["message"] == "audit" && line["no"].is_number()).collect()
    };
    let mut written = Vec::new();
    eventually("for the log", async || {
        written = [lines(&one), lines(&other)].concat();
        written.len() == 4
    })
    .await;
    let mut numbers: Vec<i64> = written.iter().map(|line| line["no"].as_i64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
    let created = written.iter().find(|line| line["no"] == 2).unwrap();
    assert_eq!(created["action"], "stakeholder.create");
    assert_eq!(created["actor"], json!({ "kind": "user", "id": 1, "name": "root" }).to_string());
    let superuser = database.superuser().await;
    let hash = "select encode(hash, 'hex') from integratedb.audit where no = 2";
    assert_eq!(column(&superuser, hash).await[0], created["hash"]);
    assert!(lines(&quiet).is_empty());
    // How the chain ended when it started is said by each.
    eventually("for the audit's end", async || quiet.log().contains("\"message\":\"the audit\""))
        .await;
    assert!(!(one.log() + &other.log()).contains("correct horse"));
}

#[tokio::test]
async fn what_the_documentation_computes_with_psql_is_the_same() {
    let app = TestApp::start().await;
    app.stakeholder("one").await;
    let head = app.get("/audit/verification").await.data()["head"].clone();
    let page = include_str!("../../docs/audit.md");
    let sql = page.split("```sql\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let superuser = app.database.superuser().await;
    assert_eq!(
        json!(column(&superuser, sql).await),
        json!([format!("2 entries, head {}", head.as_str().unwrap())])
    );
    run(&superuser, "alter table integratedb.audit disable trigger all; update integratedb.audit set actor_name = 'x' where no = 2").await;
    assert_eq!(column(&superuser, sql).await, ["broken at 2"]);
}
