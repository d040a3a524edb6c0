//! What the doctor says of what is installed, and what no command does where it doesn't fit.

use std::path::PathBuf;

use integratedb::gate;
use serde_json::json;

use crate::gate::behind_the_gate;
use crate::process::prepared_database;
use crate::scene::Scene;
use crate::support::program::output;
use crate::support::{Database, cluster, column, run};

/// A command's exit status and all it said.
async fn told(arguments: &[&str], url: &str) -> (Option<i32>, String) {
    let answer = output(arguments, &[("DATABASE_URL", url)]).await;
    let text = String::from_utf8([answer.stdout, answer.stderr].concat()).unwrap();
    (answer.status.code(), text)
}

fn superuser_url(database: &Database) -> String {
    cluster().superuser_url(&database.name)
}

/// What the doctor lacks: what is, and the lines of what to do.
async fn lacks(url: &str) -> Vec<(String, String)> {
    let (status, text) = told(&["doctor"], url).await;
    let lacks: Vec<(String, String)> = text
        .split("LACKS   ")
        .skip(1)
        .map(|item| {
            let (what, more) = item.split_once('\n').unwrap();
            let lines = more.lines().take_while(|line| line.starts_with("        "));
            let remedy = lines.skip(1).map(|line| line[13..].to_owned()).collect::<Vec<_>>();
            (what.to_owned(), remedy.join("\n"))
        })
        .collect();
    assert_eq!(status, Some(i32::from(!lacks.is_empty())), "{text}");
    lacks
}

#[tokio::test]
async fn a_superuser_is_left_one_and_another_role_is_proposed() {
    let prepared = prepared_database().await;
    let (status, text) = told(&["doctor"], &superuser_url(&prepared)).await;
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("is a superuser") && !text.contains("NOSUPERUSER"), "{text}");
    for line in [
        "CREATE ROLE integratedb_control LOGIN CREATEROLE REPLICATION PASSWORD '…';".to_owned(),
        format!("GRANT CREATE ON DATABASE \"{}\" TO integratedb_control;", prepared.name),
    ] {
        assert!(text.contains(&line), "{text}");
    }
    assert_eq!(told(&["migrate"], &prepared.control_url()).await.0, Some(0));
    let (_, text) = told(&["doctor"], &superuser_url(&prepared)).await;
    let instead = "Let DATABASE_URL name the role \"integratedb_control\"";
    assert!(text.contains(instead) && !text.contains("CREATE ROLE"), "{text}");
}

/// A folder of claims with a file in it.
fn folder_of_one(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("nobody.json"), r#"{"match": []}"#).unwrap();
    folder
}

#[tokio::test]
async fn where_nothing_is_installed_every_command_says_so_and_none_prints_sql_that_needs_it() {
    let prepared = prepared_database().await;
    let folder = folder_of_one(&prepared.name);
    let folder = folder.to_str().unwrap();
    let missing = format!(
        "integratedb: IntegrateDB isn't installed in the database {}: `integratedb migrate` does it\n",
        prepared.name
    );
    for url in [superuser_url(&prepared), prepared.control_url()] {
        for arguments in [
            &["plan", "--folder", folder][..],
            &["apply", "--folder", folder],
            &["export", "--folder", folder],
            &["gate", "enable"],
            &["gate", "status"],
            &["drift"],
        ] {
            let (status, text) = told(arguments, &url).await;
            assert!(status == Some(2) && text.contains(&missing), "{arguments:?}: {text}");
        }
        let (_, text) = told(&["doctor"], &url).await;
        assert!(text.contains("Run `integratedb migrate`"), "{text}");
        assert!(!text.contains("integratedb."), "{text}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn no_command_works_where_a_newer_program_was() {
    let prepared = prepared_database().await;
    let url = prepared.control_url();
    assert_eq!(told(&["migrate"], &url).await.0, Some(0));
    let known = integratedb::db::newest_migration();
    let control = prepared.control().await;
    let newer =
        "insert into integratedb.migrations (version, name, checksum) values (9999, 'x', '')";
    run(&control, newer).await;
    let folder = folder_of_one(&prepared.name);
    let folder = folder.to_str().unwrap();
    let sentence = format!(
        "the database is at version 9999 and this program knows {known}: run the newer program"
    );
    for arguments in [
        &["migrate"][..],
        &["plan", "--folder", folder],
        &["apply", "--folder", folder],
        &["export", "--folder", folder],
        &["drift"],
        &["drift", "--repair"],
        &["unmet"],
        &["impact", "public"],
        &["journal"],
        &["snapshot"],
        &["audit", "verify"],
        &["gate", "enable"],
        &["gate", "status"],
        &["rotate-password"],
        &["uninstall"],
        &["uninstall", "--yes"],
    ] {
        let (status, text) = told(arguments, &url).await;
        assert!(status == Some(2) && text.contains(&sentence), "{arguments:?}: {text}");
    }
    let found = lacks(&url).await;
    assert!(found.len() == 1 && found[0].0.contains(&sentence), "{found:?}");
    assert_eq!(column(&control, "select max(version) from integratedb.migrations").await, ["9999"]);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_gate_that_somebody_disabled_is_a_lack_and_unmet_claims_are_named() {
    let (app, owner, reporting) = behind_the_gate().await;
    let url = app.database.control_url();
    assert_eq!(lacks(&url).await, []);
    let mut superuser = app.database.superuser().await;
    for trigger in ["ddl", "drop"] {
        run(&superuser, &format!("alter event trigger integratedb_gate_{trigger} disable")).await;
    }
    run(&owner, "alter table orders drop column name").await;
    let found = lacks(&url).await;
    let what = "There is a gate, and it is not in force: integratedb_gate_ddl is disabled, \
                integratedb_gate_drop is disabled.";
    assert!(found.len() == 1 && found[0].0 == what, "{found:?}");
    assert!(found[0].1.contains("CREATE EVENT TRIGGER integratedb_gate_ddl"), "{found:?}");
    let (_, text) = told(&["doctor"], &url).await;
    let unmet = text.split("Of the claims 1 are unmet: ").nth(1).expect(&text);
    assert!(unmet.contains(&reporting.name) && unmet.contains("public.orders"), "{unmet}");
    gate::enable(&mut superuser).await.unwrap();
    assert_eq!(lacks(&url).await, []);
}

#[tokio::test]
async fn an_audit_whose_guards_are_off_is_a_lack_with_the_sql_that_mends_it() {
    let prepared = prepared_database().await;
    let url = prepared.control_url();
    assert_eq!(told(&["migrate"], &url).await.0, Some(0));
    let control = prepared.control().await;
    let broken = "alter table integratedb.audit disable trigger all;
                  alter table integratedb.audit_head enable trigger guard_rows;
                  drop trigger guard_table on integratedb.audit_unsealed";
    run(&control, broken).await;
    let found = lacks(&url).await;
    assert_eq!(found.len(), 1, "{found:?}");
    for part in [
        "guard_rows of integratedb.audit is disabled",
        "guard_table of integratedb.audit is disabled",
        "guard_rows of integratedb.audit_head is no guard against replicas",
        "guard_table of integratedb.audit_unsealed is missing",
    ] {
        assert!(found[0].0.contains(part), "{part}: {found:?}");
    }
    run(&control, &found[0].1).await;
    assert_eq!(lacks(&url).await, []);
    for table in ["audit", "audit_head", "audit_unsealed"] {
        let truncated = control.simple_query(&format!("truncate integratedb.{table}")).await;
        assert!(truncated.is_err(), "{table}");
    }
}

#[tokio::test]
async fn what_gives_a_stakeholder_more_than_it_claims_is_drift_and_a_lack() {
    let scene = Scene::after("create table a (id int); create table b (id int)").await;
    scene.claim_fields("public.a", json!(["id"])).await;
    let path = format!("/stakeholders/{}/credentials", scene.reporting.id);
    let body = json!({ "credential": { "name": "blue" } });
    let blue = scene.app.post(&path, &body).await.expect(201);
    let blue = blue.data()["username"].as_str().unwrap().to_owned();
    let url = scene.app.database.control_url();
    let (status, text) = told(&["drift"], &url).await;
    assert_eq!(status, Some(0), "{text}");
    assert_eq!(lacks(&url).await, []);

    let (name, superuser) = (&scene.reporting.name, scene.app.database.superuser().await);
    let harmless = format!("{name}_harmless");
    let given = format!(
        "create role {harmless}; grant {harmless} to {name};
         alter role {name} superuser bypassrls;
         grant app_owner, pg_read_all_data to {name}; alter role {blue} replication"
    );
    run(&superuser, &given).await;
    let (status, text) = told(&["drift"], &url).await;
    let expected = format!(
        "4 privileges differ from the claims:\n\n  \
           {name} has REPLICATION of its login {blue}, which gives it more than it claims:\n    \
             alter role {blue} noreplication;\n\n  \
           {name} has SUPERUSER, BYPASSRLS, which gives it more than it claims:\n    \
             alter role {name} nosuperuser nobypassrls;\n\n  \
           {name} has membership in app_owner, which gives it more than it claims:\n    \
             revoke app_owner from {name};\n\n  \
           {name} has membership in pg_read_all_data, which gives it more than it claims:\n    \
             revoke pg_read_all_data from {name};\n"
    );
    assert_eq!((status, text), (Some(1), expected));
    let answer = scene.app.get("/drift").await.expect(200);
    assert!(answer.data().as_array().unwrap().iter().all(|one| one["kind"] == "beyond"));
    let found = lacks(&url).await;
    assert_eq!(found.len(), 4, "{found:?}");
    for (_, remedy) in &found {
        run(&superuser, remedy).await;
    }
    assert_eq!(lacks(&url).await, []);
    assert_eq!(told(&["drift"], &url).await.0, Some(0));
    run(&superuser, &format!("drop role {harmless}")).await;
}
