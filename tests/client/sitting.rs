//! What somebody is asked and shown who sits at a terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::claims::TABLES;
use crate::person::{PASSWORD, Person, origin};
use crate::support::{Receiver, Reply, TestApp, column, free_port, run};
use crate::terminal::Terminal;

#[tokio::test]
async fn a_password_is_asked_for_and_not_shown() {
    let app = TestApp::start().await;
    let person = Person::new();
    let mut terminal = Terminal::of(&person, &["login", "--server", origin(&app)], &[]);
    terminal.until("Username: ").await;
    terminal.types("root").await;
    terminal.until("Password: ").await;
    terminal.types(PASSWORD).await;
    let shown = terminal.until("Logged in at").await;
    assert!(!shown.contains("horse"), "{shown}");
    assert_eq!(terminal.ended().await.0, Some(0));

    let add = ["users", "add", "ann"];
    let mut terminal = Terminal::of(&person, &add, &[]);
    terminal.until("New password: ").await;
    terminal.types(PASSWORD).await;
    terminal.until("Once more: ").await;
    terminal.types("correct house").await;
    let (status, shown) = terminal.ended().await;
    assert_eq!(status, Some(2));
    assert!(shown.contains("The two passwords differ."), "{shown}");
}

/// What takes something away, each with what it has to name.
async fn removals(app: &TestApp, person: &Person) -> Vec<(Vec<String>, String)> {
    let shop = app.stakeholder("shop").await;
    for add in [
        vec!["keys", "add", "ci", "--role", "viewer"],
        vec!["tokens", "add", &shop.name, "screen"],
        vec!["credentials", "issue", &shop.name, "--name", "blue"],
    ] {
        person.says(&add).await.ends_with(0);
    }
    person.types(&["users", "add", "ann", "--password-stdin"], PASSWORD).await.ends_with(0);
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    let name = &shop.name;
    vec![
        (words("users remove 2"), "Remove the user ann and end".to_owned()),
        (words("keys revoke ci"), "Revoke the key ci (id 1) and end".to_owned()),
        (words(&format!("tokens revoke {name} 1")), "Revoke the token screen (id 1)".to_owned()),
        (
            words(&format!("credentials revoke {name} blue")),
            format!("Revoke the login blue of {name} ({name}_blue)"),
        ),
        (
            words(&format!("stakeholders remove {}", shop.id)),
            format!("Remove the stakeholder {name} and end its sessions?"),
        ),
    ]
}

/// How many things there are that the removals take away.
async fn count(app: &TestApp) -> Vec<String> {
    let sql =
        "select (select count(*) from integratedb.users) + (select count(*) from integratedb.keys)
                 + (select count(*) from integratedb.tokens)
                 + (select count(*) from integratedb.credentials)";
    column(&app.database.superuser().await, sql).await
}

#[tokio::test]
async fn what_can_not_be_taken_back_is_asked_first() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    for (command, names) in removals(&app, &person).await {
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let before = count(&app).await;
        for (answer, status) in [("n", 2), ("", 2), ("y", 0)] {
            assert_eq!(count(&app).await, before, "{command:?}");
            let mut terminal = Terminal::of(&person, &command, &[]);
            let asked = terminal.until("[y/N] ").await;
            assert!(asked.contains(&names), "{asked}");
            terminal.types(answer).await;
            assert_eq!(terminal.ended().await.0, Some(status), "{command:?}");
        }
        assert_ne!(count(&app).await, before, "{command:?}");
    }
}

#[tokio::test]
async fn where_nobody_can_be_asked_what_can_not_be_taken_back_has_to_be_meant() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    for (command, names) in removals(&app, &person).await {
        let mut command: Vec<&str> = command.iter().map(String::as_str).collect();
        let before = count(&app).await;
        let refused = person.says(&command).await;
        refused.ends_with(2).has(&names).has("There is nobody to ask: say --yes if it is meant.");
        assert_eq!(count(&app).await, before, "{command:?}");
        command.push("--yes");
        person.says(&command).await.ends_with(0);
        assert_ne!(count(&app).await, before, "{command:?}");
    }
}

#[tokio::test]
async fn the_effect_of_an_edit_is_agreed_to() {
    let app = TestApp::start().await;
    run(&app.database.owner().await, TABLES).await;
    let person = Person::of(&app).await;
    let shop = app.stakeholder("shop").await;
    let wanted = r#"{"match": [{"path": "public.orders", "fields": ["id"]}]}"#;
    let editor = person.writes("editor", &format!("#!/bin/sh\necho '{wanted}' > \"$1\"\n"));
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o700)).unwrap();
    let settings = [("VISUAL", editor.as_str()), ("TMPDIR", person.home.to_str().unwrap())];
    let edit = ["claims", "edit", &shop.name];
    let mut terminal = Terminal::of(&person, &edit, &settings);
    terminal.until("+ SELECT (id) on public.orders").await;
    terminal.until("Save it?").await;
    terminal.types("n").await;
    let (status, shown) = terminal.ended().await;
    assert_eq!(status, Some(2));
    assert!(shown.contains("What you wrote is in "), "{shown}");
    let path = format!("/stakeholders/{}/claims", shop.id);
    assert_eq!(app.get(&path).await.data()["match"], json!([]));

    let mut terminal = Terminal::of(&person, &edit, &settings);
    terminal.until("Save it?").await;
    terminal.types("").await;
    assert_eq!(terminal.ended().await.0, Some(0));
    assert_ne!(app.get(&path).await.data()["match"], json!([]));
}

#[tokio::test]
async fn who_waits_for_a_server_sees_it_until_it_is_there() {
    let port = free_port();
    let origin = format!("http://127.0.0.1:{port}");
    let settings = [("INTEGRATEDB_SERVER", origin.as_str()), ("INTEGRATEDB_TOKEN", "idbk_x")];
    let person = Person::new();
    let mut terminal = Terminal::of(&person, &["users", "list", "--wait", "60"], &settings);
    terminal.until("Trying again since").await;
    let server = Receiver::start_at(format!("127.0.0.1:{port}").parse().unwrap());
    server.answer(|_| Reply::status(200).body(r#"{"data": []}"#));
    let (status, shown) = terminal.ended().await;
    assert_eq!(status, Some(0));
    assert!(shown.contains("\r\u{1b}[K  ID  USERNAME  ROLE"), "{shown}");
}
