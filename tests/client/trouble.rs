//! Servers that are busy, gone, elsewhere, or none of ours.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::front::Front;
use crate::person::{Person, json, origin};
use crate::support::documents::Said;
use crate::support::{Certificates, Receiver, Reply, TestApp, free_port, unique};

/// What the program says to somebody with a key, about this server.
async fn says(server: &Receiver, arguments: &[&str]) -> Said {
    let origin = format!("http://{}", server.address());
    let settings = [("INTEGRATEDB_SERVER", origin.as_str()), ("INTEGRATEDB_TOKEN", "idbk_x")];
    Person::new().runs(arguments, &settings, "").await
}

/// Answers 503 so often, and then this.
fn busy(server: &Receiver, times: u32, then: &'static str) {
    let count = AtomicU32::new(0);
    server.answer(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        past if past >= times => Reply::status(200).body(then),
        _ => Reply::status(503)
            .header("retry-after", "0")
            .body(r#"{"errors": {"detail": "A migration is running."}}"#),
    });
}

#[tokio::test]
async fn a_busy_server_is_asked_again_for_as_long_as_is_said() {
    let server = Receiver::start();
    busy(&server, 2, r#"{"data": []}"#);
    says(&server, &["users", "list"]).await.ends_with(0);
    assert_eq!(server.received().len(), 3);
    busy(&server, 2, r#"{"data": []}"#);
    let said = says(&server, &["users", "list", "--wait", "0"]).await;
    said.ends_with(4).has("integratedb: A migration is running.");
    assert_eq!(server.received().len(), 4);
}

#[tokio::test]
async fn what_makes_something_is_sent_again_only_under_a_key_that_says_so() {
    let server = Receiver::start();
    busy(&server, 1, r#"{"data": {"id": 1}}"#);
    says(&server, &["credentials", "issue", "7"]).await.ends_with(0);
    says(&server, &["credentials", "issue", "7"]).await.ends_with(0);
    let keys: Vec<String> =
        server.received().iter().map(|one| one.header("idempotency-key").to_owned()).collect();
    assert!(keys[0].len() >= 16 && keys[0] == keys[1] && keys[1] != keys[2], "{keys:?}");

    let server = Receiver::start();
    for arguments in [
        &["notifications", "backfill", "start", "7", "--match", "0"][..],
        &["notifications", "rotate", "7", "hook"],
        &["notifications", "letters", "replay", "7", "1"],
    ] {
        busy(&server, 1, "{}");
        let before = server.received().len();
        says(&server, arguments).await.ends_with(4);
        assert_eq!(server.received().len(), before + 1, "{arguments:?}");
    }
}

#[tokio::test]
async fn what_the_server_knows_again_is_sent_again_when_the_connection_breaks() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let settings = [("INTEGRATEDB_SERVER", origin.as_str()), ("INTEGRATEDB_TOKEN", "idbk_x")];
    let person = Person::new();
    let server = async {
        let broken = head(&mut listener.accept().await.unwrap().0).await;
        let (mut socket, _) = listener.accept().await.unwrap();
        let again = head(&mut socket).await;
        let body = r#"{"data": {"id": 1}}"#;
        let length = body.len();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
        socket.write_all(answer.as_bytes()).await.unwrap();
        (broken, again)
    };
    let issue = person.runs(&["credentials", "issue", "7"], &settings, "");
    let (said, (broken, again)) = tokio::join!(issue, server);
    said.ends_with(0);
    let key = |head: &str| {
        let line = head.lines().find(|line| line.starts_with("idempotency-key")).map(str::to_owned);
        line.expect("a key")
    };
    assert_eq!(key(&broken), key(&again));
    let revoke = person.runs(&["notifications", "rotate", "7", "hook"], &settings, "");
    let server = async { head(&mut listener.accept().await.unwrap().0).await };
    let (said, _) = tokio::join!(revoke, server);
    said.ends_with(4);
}

/// What is sent before the body.
async fn head(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(text).unwrap().to_lowercase()
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_to_be_missing() {
    let port = free_port();
    let origin = format!("http://127.0.0.1:{port}");
    let settings = [("INTEGRATEDB_SERVER", origin.as_str()), ("INTEGRATEDB_TOKEN", "idbk_x")];
    let person = Person::new();
    let said = person.runs(&["users", "list"], &settings, "").await;
    said.ends_with(4).has(&format!("integratedb: {origin}: Connection refused"));
    let said = person.runs(&["users", "list", "--json"], &settings, "").await;
    let detail = json(&said.ends_with(4).errors)["errors"]["detail"].clone();
    assert!(detail.as_str().unwrap().contains("Connection refused"), "{detail}");
}

#[tokio::test]
async fn whatever_is_no_server_of_ours_is_told_apart() {
    let server = Receiver::start();
    server.answer(|_| Reply::status(200).body("<html>"));
    says(&server, &["users", "list"]).await.ends_with(5).has("isn't one of IntegrateDB");
    server.answer(|_| Reply::status(502).body("<html>"));
    says(&server, &["users", "list"]).await.ends_with(5).has("Answered 502, and not by");
    server.answer(|_| Reply::status(307).header("location", "https://elsewhere.example/"));
    let said = says(&server, &["users", "list"]).await;
    said.ends_with(5).has("it is elsewhere: https://elsewhere.example/");
    server.answer(|_| {
        Reply::status(429)
            .header("retry-after", "0")
            .body("{\"errors\": {\"detail\": \"Too many.\"}}")
    });
    let before = server.received().len();
    says(&server, &["users", "list"]).await.ends_with(4).has("Too many.");
    assert_eq!(server.received().len(), before + 1);
}

#[tokio::test]
async fn a_server_that_speaks_tls_is_not_asked_for_ever_without() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let settings = [("INTEGRATEDB_SERVER", origin.as_str()), ("INTEGRATEDB_TOKEN", "idbk_x")];
    let person = Person::new();
    let server = async {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            head(&mut socket).await;
            // The alert by which TLS says that this was none.
            socket.write_all(b"\x15\x03\x03\x00\x02\x02\x32").await.unwrap();
        }
    };
    let asking = async {
        let said = person.runs(&["users", "list", "--wait", "60"], &settings, "").await;
        said.ends_with(5).has(&format!("{origin}: what answers")).has("does it speak https?");
        let said = person.runs(&["health", "--url", &origin], &[], "").await;
        said.ends_with(1).has("does it speak https?");
    };
    tokio::select! {
        () = server => {}
        () = asking => {}
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_good_is_said_to_be_and_no_waiting_mends_it() {
    let (certificates, stranger) = (Certificates::make(), Certificates::make());
    let app = TestApp::start().await;
    let front = Front::of(&app, &certificates).await;
    let port = front.origin.rsplit(':').next().unwrap();
    let person = Person::new();
    let (ours, theirs) = (certificates.file("ca.crt"), stranger.file("ca.crt"));
    for (host, ca, why) in [
        ("localhost", theirs, "comes from an authority that isn't trusted here"),
        ("127.0.0.1", ours, "is for another name than this one"),
    ] {
        let origin = format!("https://{host}:{port}");
        let settings = [("INTEGRATEDB_SERVER", origin.as_str()), ("INTEGRATEDB_TOKEN", "idbk_x")];
        let list = ["users", "list", "--wait", "60", "--ca", &ca];
        let said = person.runs(&list, &settings, "").await;
        said.ends_with(5).has(&format!("{origin}: its certificate {why}"));
    }
}

#[tokio::test]
async fn nothing_secret_goes_over_the_network_in_the_clear() {
    let person = Person::new();
    let login = ["login", "--server", "http://192.0.2.1", "--username", "root", "--password-stdin"];
    let said = person.types(&login, "correct horse").await;
    said.ends_with(2).has("without encryption").has("--insecure-http");
    let settings = [("INTEGRATEDB_SERVER", "http://192.0.2.1"), ("INTEGRATEDB_TOKEN", "idbk_x")];
    person.runs(&["users", "list"], &settings, "").await.ends_with(2).has("without encryption");
    for wrong in ["192.0.2.1", "ftp://x", "https://u:hidden@x"] {
        let said = person.says(&["users", "list", "--server", wrong]).await;
        said.ends_with(2).has("say it as https://host:port");
        assert!(!said.errors.contains("hidden"), "{said:?}");
    }
}

#[tokio::test]
async fn names_can_not_write_to_a_terminal_and_a_pipe_gets_no_colours() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let name = format!("{}\n\u{1b}[31mroot", unique("key"));
    let add = ["keys", "add", &name, "--role", "viewer"];
    let made = person.says(&add).await;
    let listed = person.says(&["keys", "list"]).await;
    for text in [&made.text, &made.errors, &listed.text] {
        assert!(!text.contains('\u{1b}'), "{text}");
    }
    assert_eq!(listed.text.lines().count(), 1 + usize::from(made.status == Some(0)));
    assert!(origin(&app).starts_with("http://127.0.0.1:"));
}
