//! What somebody is asked and shown who sits at a terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::claims::TABLES;
use crate::person::{PASSWORD, Person, origin};
use crate::support::{Receiver, Reply, TestApp, free_port, run};
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

#[tokio::test]
async fn what_can_not_be_taken_back_is_asked_first() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let shop = app.stakeholder("shop").await;
    let remove = ["stakeholders", "remove", &shop.name];
    for (answer, status) in [("n", 2), ("", 2), ("y", 0)] {
        person.says(&["stakeholders", "show", &shop.name]).await.ends_with(0);
        let mut terminal = Terminal::of(&person, &remove, &[]);
        terminal.until("[y/N] ").await;
        terminal.types(answer).await;
        assert_eq!(terminal.ended().await.0, Some(status));
    }
    person.says(&["stakeholders", "show", &shop.name]).await.ends_with(2);
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
    terminal.until("Waiting since").await;
    let server = Receiver::start_at(format!("127.0.0.1:{port}").parse().unwrap());
    server.answer(|_| Reply::status(200).body(r#"{"data": []}"#));
    let (status, shown) = terminal.ended().await;
    assert_eq!(status, Some(0));
    assert!(shown.contains("\r\u{1b}[K  ID  USERNAME  ROLE"), "{shown}");
}
