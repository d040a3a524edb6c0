//! The real program, as an operator runs it.

use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};

use integratedb::http::BASE;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::{Answer, contract, eventually, http, signals};

/// The secret that [`Serve`] signs tokens with.
pub const SECRET_KEY_BASE: &str = "a secret of the program that is long enough";

/// The program with these arguments and settings, and no others.
pub fn program(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_integratedb"));
    command.args(arguments).env_clear().envs(settings.iter().copied());
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// What the program said, and how it ended.
pub async fn output(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    program(arguments, settings).output().await.expect("the program")
}

/// `integratedb serve`, while it runs.
pub struct Serve {
    child: Child,
    log: Arc<Mutex<String>>,
    pub origin: String,
    pub http: reqwest::Client,
}

impl Serve {
    /// Starts it on a free port and waits until it listens. It is patient with locks, as in
    /// [`super::app::settings`], if the settings don't say otherwise.
    pub async fn start(database_url: &str, settings: &[(&str, &str)]) -> Self {
        let patience = ("LOCK_TIMEOUT_MS", "60000");
        let settings = [&[patience], settings].concat();
        let mut command = program(&["serve"], &settings);
        command.envs([("DATABASE_URL", database_url), ("PORT", "0")]);
        command.envs([("SECRET_KEY_BASE", SECRET_KEY_BASE)]);
        Self::run(command).await
    }

    /// Runs a command that serves, and waits until it listens.
    pub async fn run(mut command: Command) -> Self {
        command.env("LOG_FORMAT", "json");
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the program");
        let log = Arc::new(Mutex::new(String::new()));
        let mut lines = BufReader::new(child.stderr.take().expect("a log")).lines();
        let written = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                written.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let mut serve = Self { child, log, origin: String::new(), http: http() };
        eventually("for the program to listen", async || {
            let ended = serve.child.try_wait().expect("a process");
            assert!(ended.is_none(), "{}", serve.log());
            serve.origin = serve.address().unwrap_or_default();
            !serve.origin.is_empty()
        })
        .await;
        serve
    }

    /// Makes the first user; answers its token.
    pub async fn first_user(&self) -> String {
        let user = json!({ "user": { "username": "root", "password": "correct horse" } });
        let request = self.http.post(format!("{}/api/v1/users", self.origin)).json(&user);
        let made = Answer::of(request.send().await.expect("an answer")).await.expect(201);
        made.data()["token"].as_str().expect("a token").to_owned()
    }

    fn address(&self) -> Option<String> {
        let log = self.log();
        let line = log.lines().find(|line| line.contains("listening"))?;
        let line: Value = serde_json::from_str(line).expect("a line of JSON");
        Some(format!("http://{}", line["address"].as_str()?))
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// A request below the base of the API.
    pub fn request(&self, method: &str, path: &str, token: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        self.http.request(method, format!("{}/api/v1{path}", self.origin)).bearer_auth(token)
    }

    /// Sends a request with a body.
    pub async fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let request = self.request(method, path, token).json(body);
        let answer = Answer::of(request.send().await.expect("an answer")).await;
        contract::check((method, &format!("{BASE}{path}")), Some(body), &answer);
        answer
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id().expect("a running process")
    }

    /// How many megabytes of memory it takes, by a figure of `/proc` such as `VmRSS:`.
    pub fn megabytes(&self, figure: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("one");
        let line = status.lines().find(|line| line.starts_with(figure)).expect("a figure");
        let kilobytes = line.split_whitespace().nth(1).expect("a number");
        kilobytes.parse::<u64>().expect("a number") / 1024
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        assert!(signals::signal(name, &[self.id().to_string()]), "it has ended");
    }

    /// Kills it.
    pub async fn kill(&mut self) {
        self.signal("KILL");
        self.ended().await;
    }

    /// Waits until it has ended; answers its exit status.
    pub async fn ended(&mut self) -> Option<i32> {
        self.child.wait().await.expect("a process").code()
    }
}
