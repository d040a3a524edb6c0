//! Another password for the control plane's own role: servers go on, and whatever ends
//! the command in the middle leaves a way in.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use integratedb::db::{self, connection};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::program::{Serve, output, program};
use crate::support::{Answer, Client, Database, cluster, column, eventually, run, unique};

const FIRST: &str = "the first password";

/// A database whose control plane has a role, a password and a folder of its own.
struct Stage {
    database: Database,
    role: String,
    folder: PathBuf,
    superuser: Client,
}

impl Stage {
    async fn set() -> Self {
        let (database, role) = (Database { name: unique("rotation") }, unique("control"));
        let name = &database.name;
        let postgres =
            connection::connect_as_is(&cluster().superuser_url("postgres")).await.unwrap();
        run(&postgres, &format!("create database {name} template template0")).await;
        let superuser = database.superuser().await;
        let is_old = "select current_setting('server_version_num')::int < 160000";
        let is_old = column(&superuser, is_old).await == ["t"];
        let prepare = format!(
            "create role {role} login createrole replication password '{FIRST}';
             grant create on database {name} to {role};
             grant usage, create on schema public to {role}"
        );
        run(&superuser, &prepare).await;
        let url = database.url(&role, Some(FIRST));
        db::install(&mut connection::connect_as_is(&url).await.unwrap())
            .await
            .expect("an installation");
        if is_old {
            // And only then: what follows is to hold without it elsewhere.
            let refused = output(&["rotate-password"], &[("DATABASE_URL", &url)]).await;
            let words = String::from_utf8(refused.stderr).unwrap();
            let sql = db::rotate::enabling_sql(&role);
            assert!(refused.status.code() == Some(2) && words.contains(&sql), "{words}");
            assert_eq!(refused.stdout, b"");
            run(&superuser, &sql).await;
        }
        let folder = std::env::temp_dir().join(&role);
        std::fs::create_dir(&folder).unwrap();
        let stage = Self { database, role, folder, superuser };
        stage.until_nobody_rotates().await;
        stage
    }

    fn file(&self) -> String {
        self.folder.join("password").to_str().unwrap().to_owned()
    }

    fn write(&self, text: &str) {
        std::fs::write(self.file(), text).unwrap();
    }

    fn read(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    /// The URL without a password.
    fn url(&self) -> String {
        let url = self.database.url(&self.role, Some("x"));
        url.replace(":x@", "@")
    }

    async fn rotate(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        let mut all = vec!["rotate-password"];
        all.extend(arguments);
        let output = output(&all, settings).await;
        self.until_nobody_rotates().await;
        output
    }

    /// The lock of a rotation is held until Postgres notices that the program has ended.
    async fn until_nobody_rotates(&self) {
        let rotating = format!(
            "select pid from pg_stat_activity
             where usename = '{}' and application_name = 'integratedb rotate'",
            self.role
        );
        eventually("for the end of a rotation", async || {
            column(&self.superuser, &rotating).await.is_empty()
        })
        .await;
    }

    async fn rotate_in_file(&self) {
        let (url, file) = (self.url(), self.file());
        let settings = [("DATABASE_URL", url.as_str()), ("DATABASE_PASSWORD_FILE", file.as_str())];
        let output = self.rotate(&[], &settings).await;
        assert_eq!(output.status.code(), Some(0), "{}", output.stderr.escape_ascii());
        assert_eq!(output.stdout, b"");
    }

    async fn opens(&self, password: &str) -> bool {
        connection::connect_as_is(&self.database.url(&self.role, Some(password))).await.is_ok()
    }

    /// Ends every connection of the control plane, so that it has to open others.
    async fn sessions(&self) -> Vec<String> {
        let sql = format!("select pid::text from pg_stat_activity where usename = '{}'", self.role);
        column(&self.superuser, &sql).await
    }

    async fn end_sessions(&self) {
        let sql = format!(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = '{}'",
            self.role
        );
        column(&self.superuser, &sql).await;
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

async fn bootstrap(serve: &Serve) -> String {
    let body = json!({ "user": { "username": "root", "password": "correct horse" } });
    let request = serve.http.post(format!("{}/api/v1/users", serve.origin)).json(&body);
    let answer = Answer::of(request.send().await.expect("an answer")).await;
    answer.expect(201).data()["token"].as_str().expect("a token").to_owned()
}

async fn status(serve: &Serve, token: &str) -> u16 {
    let request = serve.request("GET", "/stakeholders", token);
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn a_server_goes_on_while_its_password_changes() {
    let stage = Stage::set().await;
    stage.write(&format!("{FIRST}\n"));
    let serve = Serve::start(&stage.url(), &[("DATABASE_PASSWORD_FILE", &stage.file())]).await;
    let token = bootstrap(&serve).await;
    let body = json!({ "stakeholder": { "name": unique("shop") } });
    let shop = serve.send("POST", "/stakeholders", &token, &body).await.expect(201).data().clone();
    let document: Value = json!({ "data": { "match": [], "channels": [{ "type": "SOCKET" }] } });
    let path = format!("/stakeholders/{}/notifications", shop["id"]);
    serve.send("PUT", &path, &token, &document).await.expect(200);
    let streams = format!("select pid from pg_stat_replication where usename = '{}'", stage.role);
    eventually("for the stream", async || column(&stage.superuser, &streams).await.len() == 1)
        .await;

    for _ in 0..2 {
        let before = stage.read();
        stage.rotate_in_file().await;
        let now = stage.read();
        assert_ne!(before, now);
        assert_eq!(now.lines().count(), 1);
        assert!(!stage.opens(before.trim()).await && stage.opens(now.trim()).await);
        assert_eq!(status(&serve, &token).await, 200);
        let stream = column(&stage.superuser, &streams).await;
        stage.end_sessions().await;
        eventually("for an answer", async || status(&serve, &token).await == 200).await;
        eventually("for another stream", async || {
            let streams = column(&stage.superuser, &streams).await;
            streams.len() == 1 && streams != stream
        })
        .await;
    }
    let body = json!({ "stakeholder": { "name": unique("shop") } });
    serve.send("POST", "/stakeholders", &token, &body).await.expect(201);
    let now = stage.read();
    assert!(!serve.log().contains(now.trim()) && !serve.log().contains(FIRST));
}

#[tokio::test]
async fn a_server_whose_password_is_another_says_that_it_is_refused() {
    let stage = Stage::set().await;
    let url = stage.database.url(&stage.role, Some(FIRST));
    let serve = Serve::start(&url, &[]).await;
    let token = bootstrap(&serve).await;
    run(&stage.superuser, &format!("alter role {} password 'another'", stage.role)).await;
    stage.end_sessions().await;
    let refused = "The database refuses the log-in of the control plane's role.";
    let ready = format!("{}/ready", serve.origin);
    eventually("for the refusal", async || {
        let answer = serve.http.get(&ready).send().await.expect("an answer");
        answer.text().await.expect("a text").contains(refused)
    })
    .await;
    let answer = serve.request("GET", "/stakeholders", &token).send().await.expect("an answer");
    let answer = Answer::of(answer).await.expect(503);
    assert_eq!(answer.errors(), &json!({ "detail": refused }));
    assert!(!serve.log().contains(FIRST));
}

#[tokio::test]
async fn a_rotation_that_stopped_halfway_leaves_a_server_working() {
    let stage = Stage::set().await;
    stage.write(&format!("the second password\n{FIRST}\n"));
    let serve = Serve::start(&stage.url(), &[("DATABASE_PASSWORD_FILE", &stage.file())]).await;
    let token = bootstrap(&serve).await;
    let alter = format!("alter role {} password 'the second password'", stage.role);
    run(&stage.superuser, &alter).await;
    stage.end_sessions().await;
    eventually("for an answer", async || status(&serve, &token).await == 200).await;
    stage.rotate_in_file().await;
    assert_eq!(stage.read().lines().count(), 1);
    assert!(!stage.opens("the second password").await);
}

#[tokio::test]
async fn a_rotation_that_is_killed_at_any_moment_leaves_a_way_in() {
    let stage = Stage::set().await;
    stage.write(FIRST);
    let url = connection::with_parameter(&stage.url(), "password_file", &stage.file());
    for delay in 0..30 {
        let mut command = program(&["rotate-password"], &[("DATABASE_URL", &url)]);
        let mut child = command.stderr(Stdio::null()).spawn().expect("the program");
        let delay = tokio::time::sleep(Duration::from_millis(delay * 4));
        tokio::select! {
            _ = child.wait() => {}
            () = delay => child.kill().await.expect("a process"),
        }
        connection::connect_as_is(&url).await.expect("a connection");
    }
    // What the last of them began may be about to end.
    eventually("for its sessions to end", async || stage.sessions().await.is_empty()).await;
    stage.rotate_in_file().await;
    assert_eq!(stage.read().lines().count(), 1);
}

#[tokio::test]
async fn of_many_rotations_at_once_one_holds_and_the_file_says_which() {
    let stage = Stage::set().await;
    stage.write(FIRST);
    let url = connection::with_parameter(&stage.url(), "password_file", &stage.file());
    let settings = [("DATABASE_URL", url.as_str())];
    let rotations = (0..5).map(|_| stage.rotate(&[], &settings));
    let outputs = futures::future::join_all(rotations).await;
    assert!(outputs.iter().any(|output| output.status.code() == Some(0)));
    for output in outputs.iter().filter(|output| output.status.code() != Some(0)) {
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(words.contains("Somebody else is changing the password now."), "{words}");
    }
    assert_eq!(stage.read().lines().count(), 1);
    assert!(stage.opens(stage.read().trim()).await);
}

#[tokio::test]
async fn without_a_file_the_new_url_is_printed_once_or_written() {
    let stage = Stage::set().await;
    let url = stage.database.url(&stage.role, Some(FIRST));
    let output = stage.rotate(&[], &[("DATABASE_URL", &url)]).await;
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr.escape_ascii());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().count(), 1);
    connection::connect_as_is(printed.trim()).await.expect("a connection");
    assert!(!stage.opens(FIRST).await);

    let file = stage.folder.join("url");
    let arguments = ["--write", file.to_str().unwrap()];
    let output = stage.rotate(&arguments, &[("DATABASE_URL", printed.trim())]).await;
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr.escape_ascii());
    assert_eq!(output.stdout, b"");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let written = std::fs::read_to_string(&file).unwrap();
    assert_ne!(written, printed);
    connection::connect_as_is(written.trim()).await.expect("a connection");

    let refused = stage.rotate(&[], &[("DATABASE_URL", &url)]).await;
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(refused.stdout, b"");
}

#[tokio::test]
async fn the_new_url_is_written_over_nothing_but_a_url() {
    let stage = Stage::set().await;
    let url = stage.database.url(&stage.role, Some(FIRST));
    let file = stage.file();
    let settings = [("DATABASE_URL", url.as_str())];
    for kept in ["port = 4000\n", "postgres://shop@db/shop\nport = 4000\n"] {
        stage.write(kept);
        let refused = stage.rotate(&["--write", &file], &settings).await;
        let words = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{words}");
        assert!(words.contains(&format!("`{file}` holds something else than")), "{words}");
        assert_eq!(stage.read(), kept);
        assert!(stage.opens(FIRST).await);
    }
    let folder = stage.folder.to_str().unwrap();
    let refused = stage.rotate(&["--write", folder], &settings).await;
    assert!(refused.status.code() == Some(2) && stage.opens(FIRST).await);

    stage.write(&format!("{url}\n"));
    let output = stage.rotate(&["--write", &file], &settings).await;
    assert_eq!(output.status.code(), Some(0), "{}", output.stderr.escape_ascii());
    connection::connect_as_is(stage.read().trim()).await.expect("a connection");
}

#[tokio::test]
async fn a_password_that_has_a_file_is_written_nowhere_else() {
    let stage = Stage::set().await;
    stage.write(FIRST);
    let (url, file) = (stage.url(), stage.file());
    let settings = [("DATABASE_URL", url.as_str()), ("DATABASE_PASSWORD_FILE", file.as_str())];
    let refused = stage.rotate(&["--write", "newurl"], &settings).await;
    let words = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{words}");
    assert!(words.contains("--write and DATABASE_PASSWORD_FILE exclude each other"), "{words}");
    assert!(stage.read() == FIRST && stage.opens(FIRST).await);
}

#[tokio::test]
async fn a_password_of_ones_own_comes_from_standard_input() {
    let stage = Stage::set().await;
    let url = stage.database.url(&stage.role, Some(FIRST));
    for (line, code) in [("too short\n", 2), ("it's \"odd\" @ 100%\n", 0)] {
        let mut command = program(&["rotate-password", "--stdin"], &[("DATABASE_URL", &url)]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        let mut stdin = child.stdin.take().expect("an input");
        stdin.write_all(line.as_bytes()).await.unwrap();
        drop(stdin);
        let output = child.wait_with_output().await.unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", output.stderr.escape_ascii());
    }
    assert!(stage.opens("it's \"odd\" @ 100%").await);
}

#[tokio::test]
async fn nobody_else_can_hold_up_a_rotation() {
    let stage = Stage::set().await;
    stage.write(FIRST);
    let (bob, role) = (unique("bob"), &stage.role);
    let made = format!("create role {bob} login password 'x'; grant {bob} to {role}");
    run(&stage.superuser, &made).await;
    let session = connection::connect_as_is(&stage.database.url(&bob, Some("x"))).await.unwrap();
    let lock = i64::from_be_bytes(*b"integrdp");
    run(&session, &format!("select pg_advisory_lock({lock})")).await;
    stage.rotate_in_file().await;
    assert!(session.simple_query("select 1").await.is_err());
    run(&stage.superuser, &format!("drop role {bob}")).await;
}
