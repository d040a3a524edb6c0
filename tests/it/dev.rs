//! `integratedb dev`: everything that can be done to a database can be tried on it.

use std::path::PathBuf;
use std::process::Stdio;

use integratedb::db::connection::connect;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use crate::support::program::{output, program};
use crate::support::{run, unique};

/// `dev`, with a folder that goes with the test.
struct Dev {
    child: Child,
    folder: PathBuf,
    /// What it has printed when it was ready.
    told: String,
}

impl Dev {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(unique("dev"));
        let place = folder.display().to_string();
        let arguments = ["dev", "--data-dir", &place, "--port", "0", "--postgres-port", "0"];
        let mut child = program(&arguments, settings).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut told = String::new();
        while !told.contains("Ctrl-C stops both.") {
            let line = lines.next_line().await.unwrap();
            told.push_str(&line.unwrap_or_else(|| panic!("it has ended: {told}")));
            told.push('\n');
        }
        // Nobody would take what it logs otherwise, and it would wait for that.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, folder, told }
    }

    fn after(&self, words: &str) -> &str {
        let (_, after) = self.told.split_once(words).unwrap_or_else(|| panic!("{}", self.told));
        after.trim_start().split(['\n', '\'']).next().unwrap()
    }

    async fn stop(mut self) {
        let id = self.child.id().unwrap().to_string();
        let status = tokio::process::Command::new("kill").args(["-s", "TERM", &id]).status().await;
        assert!(status.unwrap().success());
        assert_eq!(self.child.wait().await.unwrap().code(), Some(0));
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

#[tokio::test]
async fn what_it_prints_lets_everything_be_tried_behind_the_gate() {
    let token = "a token of figures";
    let dev = Dev::start(&[("METRICS_TOKEN", token)]).await;
    let url = dev.after("export DATABASE_URL='").to_owned();
    let settings = [("DATABASE_URL", url.as_str())];
    for arguments in [&["gate", "status"][..], &["doctor"], &["drift", "--repair"], &["snapshot"]] {
        let said = output(arguments, &settings).await;
        assert_eq!(said.status.code(), Some(0), "{arguments:?}: {said:?}");
    }
    let control = connect(&url).await.unwrap();
    run(&control, "create role integratedb_override nologin; grant integratedb_override to app")
        .await;
    let owner = connect(dev.after("Your migrations run as")).await.unwrap();
    run(&owner, "create table public.orders (id int)").await;
    let left = output(&["uninstall"], &settings).await;
    let left = String::from_utf8(left.stdout).unwrap();
    assert!(left.contains("the event trigger integratedb_gate_drop: the gate"), "{left}");

    let superuser = dev.after("What takes a superuser (gate disable), with");
    let disabled = output(&["gate", "disable"], &[("DATABASE_URL", superuser)]).await;
    assert_eq!(disabled.status.code(), Some(0), "{disabled:?}");

    let origin = dev.after("The page is at");
    let figures = reqwest::Client::new().get(format!("{origin}metrics")).bearer_auth(token);
    assert_eq!(figures.send().await.unwrap().status(), 200);
    drop((control, owner));
    dev.stop().await;
}

#[tokio::test]
async fn it_takes_settings_but_those_that_are_its_own() {
    let settings = [("GATE", "as-is"), ("DATABASE_URL", "postgres://nowhere/x"), ("PORT", "1")];
    let dev = Dev::start(&settings).await;
    let url = dev.after("export DATABASE_URL='").to_owned();
    let gate = output(&["gate", "status"], &[("DATABASE_URL", &url)]).await;
    assert_eq!(gate.status.code(), Some(1), "{gate:?}");
    dev.stop().await;
    let wrong =
        output(&["dev", "--data-dir", "/nowhere/at/all"], &[("LOCK_TIMEOUT_MS", "x")]).await;
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(said.contains("LOCK_TIMEOUT_MS is `x`"), "{said}");
}
