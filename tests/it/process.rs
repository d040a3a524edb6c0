//! The program itself: its commands, its signals, its log, and its sudden end.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::future::join_all;
use integratedb::config::SETTINGS;
use integratedb::db::connection;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::support::program::{SECRET_KEY_BASE, Serve, output};
use crate::support::{
    Answer, Client, Database, cluster, column, eventually, is_told_to_wait, log_of_postgres, run,
    unique, until_waiting,
};

const ROOT_PASSWORD: &str = "correct horse of the program";

async fn bootstrap(serve: &Serve) -> Value {
    let body = json!({ "user": { "username": "root", "password": ROOT_PASSWORD } });
    let request = serve.http.post(format!("{}/api/v1/users", serve.origin)).json(&body);
    let answer = Answer::of(request.send().await.expect("an answer")).await;
    answer.expect(201).data().clone()
}

/// A database that is prepared as the documentation says, and nothing else.
pub async fn prepared_database() -> Database {
    let database = Database { name: unique("empty") };
    let name = &database.name;
    let postgres = connection::connect_as_is(&cluster().superuser_url("postgres")).await.unwrap();
    run(&postgres, &format!("create database {name} template template0")).await;
    run(&postgres, &format!("grant create on database {name} to integratedb_control")).await;
    let prepare = "grant usage, create on schema public to integratedb_control;
                   revoke create on schema public from public";
    run(&database.superuser().await, prepare).await;
    database
}

#[tokio::test]
async fn help_explains_every_setting() {
    let help = output(&["--help"], &[]).await;
    assert!(String::from_utf8(help.stdout).unwrap().contains("`integratedb help settings`"));
    let help = output(&["help", "settings"], &[]).await;
    assert_eq!(help.status.code(), Some(0));
    let help = String::from_utf8(help.stdout).unwrap();
    for setting in SETTINGS {
        let line = help.lines().find(|line| line.trim_start().starts_with(setting.name));
        let line = line.unwrap_or_else(|| panic!("{} is missing", setting.name));
        assert!(line.contains(setting.meaning) && line.contains(setting.default), "{line}");
    }
}

#[tokio::test]
async fn every_mistake_in_the_settings_is_reported_at_once() {
    let none = output(&["serve"], &[]).await;
    assert_eq!(none.status.code(), Some(2));
    let text = String::from_utf8(none.stderr).unwrap();
    assert!(
        text.contains("DATABASE_URL is not set") && text.contains("SECRET_KEY_BASE is not set")
    );

    let settings = [
        ("DATABASE_URL", "mysql://u:hidden@h/d"),
        ("SECRET_KEY_BASE", "too short"),
        ("PORT", "70000"),
        ("DATABASE_POOL_SIZE", "0"),
        ("LOCK_TIMEOUT_MS", "soon"),
    ];
    let wrong = output(&["serve"], &settings).await;
    assert_eq!(wrong.status.code(), Some(2));
    let text = String::from_utf8(wrong.stderr).unwrap();
    for (name, _) in settings {
        assert!(text.contains(name), "{name}: {text}");
    }
    assert!(!text.contains("too short") && !text.contains("hidden"), "{text}");
    let level = output(&["serve"], &[("LOG_LEVEL", "loud")]).await;
    assert_eq!(level.status.code(), Some(2));
    assert!(String::from_utf8(level.stderr).unwrap().contains("LOG_LEVEL"));
}

#[tokio::test]
async fn the_program_finishes_running_requests_and_ends_with_success() {
    let database = Database::create().await;
    let owner = database.owner().await;
    run(&owner, "create table orders (id int, extra int)").await;
    let url = database.control_url();
    let mut serve = Serve::start(&url, &[("LOCK_TIMEOUT_MS", "60000")]).await;
    let session = bootstrap(&serve).await;
    let token = session["token"].as_str().unwrap();
    let shop = json!({ "stakeholder": { "name": unique("shop") } });
    let id =
        serve.send("POST", "/stakeholders", token, &shop).await.expect(201).data()["id"].clone();

    run(&owner, "begin; alter table orders drop column extra").await;
    let document = json!({ "data": { "match": [{ "path": "public.orders", "fields": ["*"] }] } });
    let path = format!("/stakeholders/{id}/claims");
    let request = serve.send("PUT", &path, token, &document);
    let end = async {
        until_waiting(&database.superuser().await, 1).await;
        serve.signal("TERM");
        let address = serve.origin.strip_prefix("http://").unwrap();
        eventually("for the program to stop listening", async || {
            TcpStream::connect(address).await.is_err()
        })
        .await;
        run(&owner, "commit").await;
    };
    let (answer, ()) = tokio::join!(request, end);
    assert_eq!(answer.expect(200).data(), &document["data"]);
    assert_eq!(serve.ended().await, Some(0));
    eventually("for the log of the end", async || {
        let log = serve.log();
        let stopping = log.find("\"stopping\"");
        stopping.zip(log.find("\"stopped\"")).is_some_and(|(first, last)| first < last)
    })
    .await;
    let client = database.superuser().await;
    let claims = "select count(*) from integratedb.claims";
    assert_eq!(column(&client, claims).await, ["1"]);
}

#[tokio::test]
async fn migrating_twice_succeeds_twice() {
    let database = prepared_database().await;
    let url = database.control_url();
    for _ in 0..2 {
        let migrated = output(&["migrate"], &[("DATABASE_URL", &url)]).await;
        assert_eq!(migrated.status.code(), Some(0), "{}", migrated.stderr.escape_ascii());
    }
    let client = database.superuser().await;
    let migrations = "select version from integratedb.migrations order by version";
    let there =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap().count();
    let expected: Vec<String> = (1..=there).map(|version| version.to_string()).collect();
    assert_eq!(column(&client, migrations).await, expected);
    let nowhere = output(&["migrate"], &[("DATABASE_URL", "postgres://x@127.0.0.1:1/x")]).await;
    assert_eq!(nowhere.status.code(), Some(2));
}

#[tokio::test]
async fn a_log_that_is_no_terminal_has_no_colours() {
    let database = Database::create().await;
    let url = database.control_url();
    let migrated = output(&["migrate"], &[("DATABASE_URL", &url)]).await;
    let log = String::from_utf8(migrated.stderr).unwrap();
    assert!(log.contains("the database is up to date"), "{log}");
    assert!(!log.contains('\u{1b}'), "{}", log.escape_debug());
}

#[tokio::test]
async fn two_programs_may_start_at_once_on_an_empty_database() {
    let database = prepared_database().await;
    let url = database.control_url();
    let (one, two) = tokio::join!(Serve::start(&url, &[]), Serve::start(&url, &[]));
    let session = bootstrap(&one).await;
    let token = session["token"].as_str().unwrap();
    for serve in [&one, &two] {
        let answer = serve.request("GET", "/users", token).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
    }
}

#[tokio::test]
async fn the_doctor_says_what_is_missing_with_the_sql_that_mends_it() {
    let prepared = prepared_database().await;
    let doctor = async |url: &str| {
        let answer = output(&["doctor"], &[("DATABASE_URL", url)]).await;
        let text = String::from_utf8([answer.stdout, answer.stderr].concat()).unwrap();
        (answer.status.code(), text)
    };
    let (status, text) = doctor(&prepared.control_url()).await;
    assert_eq!((status, text.contains("LACKS")), (Some(0), false), "{text}");

    let role = unique("patient");
    let superuser = prepared.superuser().await;
    run(&superuser, &format!("create role {role} login password 'a password'")).await;
    let url = prepared.url(&role, Some("a password"));
    let (status, text) = doctor(&url).await;
    assert_eq!(status, Some(1), "{text}");
    let item = format!(
        "LACKS   \"{role}\" may not create roles.
        why: Each stakeholder is a role, so none could be added.
        do:  ALTER ROLE \"{role}\" CREATEROLE;
"
    );
    assert!(text.contains(&item), "{text}");
    let remedies = [
        format!("ALTER ROLE \"{role}\" CREATEROLE;"),
        format!("GRANT CREATE ON DATABASE \"{}\" TO \"{role}\";", prepared.name),
        format!("GRANT USAGE, CREATE ON SCHEMA public TO \"{role}\";"),
    ];
    for remedy in &remedies {
        assert!(text.contains(remedy), "{remedy}: {text}");
        run(&superuser, remedy).await;
    }
    assert_eq!(doctor(&url).await.0, Some(0));

    assert_eq!(doctor("postgres://x:hidden@127.0.0.1:1/x").await.0, Some(2));
    let (status, text) = doctor(&prepared.url(&role, Some("another password"))).await;
    assert_eq!((status, text.contains("another password")), (Some(2), false), "{text}");
}

#[tokio::test]
async fn no_secret_is_in_any_log() {
    let database = Database::create().await;
    let superuser = database.superuser().await;
    run(&superuser, &format!("alter database {} set log_statement = 'all'", database.name)).await;
    let (url, secret) = (database.control_url(), "open sesame of the program");
    let mut serve = Serve::start(&url, &[("LOG_LEVEL", "trace")]).await;
    let root = bootstrap(&serve).await;
    let login = json!({ "data": { "username": "root", "password": ROOT_PASSWORD } });
    let session = serve.send("POST", "/auth/login", "", &login).await.expect(200).data().clone();
    let renewal = json!({ "data": session["refreshToken"] });
    let renewed = serve.send("POST", "/auth/renew", "", &renewal).await.expect(200).data().clone();
    let wrong = json!({ "data": { "username": "root", "password": secret } });
    serve.send("POST", "/auth/login", "", &wrong).await.expect(403);
    let token = session["token"].as_str().unwrap();
    let change = json!({ "user": { "password": "battery staple of the program" } });
    let name = unique("shop");
    let body = json!({ "stakeholder": { "name": name } });
    let shop = serve.send("POST", "/stakeholders", token, &body).await.expect(201).data().clone();
    serve.send("PUT", "/users/1", token, &change).await.expect(200);
    serve.signal("TERM");
    serve.ended().await;

    let (log, log_of_postgres) = (serve.log(), log_of_postgres(&superuser).await);
    assert!(log.contains("/auth/login"), "the log is not there");
    assert!(log_of_postgres.contains(&format!("create role \"{name}\"")), "the log is not there");
    let mut secrets = vec![
        SECRET_KEY_BASE,
        ROOT_PASSWORD,
        secret,
        "battery staple of the program",
        "only in this test run",
        shop["credentials"]["password"].as_str().unwrap(),
    ];
    for session in [&root, &session, &renewed] {
        secrets.push(session["token"].as_str().unwrap());
        secrets.push(session["refreshToken"].as_str().unwrap());
    }
    let encoded = "only%20in%20this%20test%20run";
    for secret in secrets.into_iter().chain([encoded]) {
        assert!(!log.contains(secret), "{secret} is in the log");
        assert!(!log_of_postgres.contains(secret), "{secret} is in the log of Postgres");
    }
    assert!(!log.contains("SCRAM-SHA-256$") && !log.contains("$argon2id$"));
}

/// Makes a stakeholder; answers its id, its URL in Postgres, and its name.
pub async fn stakeholder(
    serve: &Serve,
    database: &Database,
    token: &str,
) -> (Value, String, String) {
    let name = unique("shop");
    let body = json!({ "stakeholder": { "name": name } });
    let answer = serve.send("POST", "/stakeholders", token, &body).await.expect(201);
    let password = answer.data()["credentials"]["password"].as_str();
    (answer.data()["id"].clone(), database.url(&name, password), name)
}

/// Creates, renames and deletes stakeholders until nobody answers any more, and
/// counts the answers.
async fn stir(serve: &Serve, token: &str, prefix: &str, seed: u64, answers: &AtomicU32) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut ids: Vec<Value> = Vec::new();
    loop {
        let name = format!("{prefix}_{:06x}", random.random_range(0..0x100_0000));
        let body = json!({ "stakeholder": { "name": name } });
        let request = match (random.random_range(0..4), ids.pop()) {
            (0, Some(id)) => {
                let path = format!("/stakeholders/{id}");
                serve.request("PUT", &path, token).json(&body)
            }
            (1 | 2, Some(id)) => serve.request("DELETE", &format!("/stakeholders/{id}"), token),
            (_, id) => {
                ids.extend(id);
                serve.request("POST", "/stakeholders", token).json(&body)
            }
        };
        let Ok(response) = request.send().await else { return };
        let status = response.status().as_u16();
        assert!(status < 500 || is_told_to_wait(&response), "{status}\n{}", serve.log());
        answers.fetch_add(1, Ordering::Relaxed);
        match response.json::<Value>().await {
            Ok(answer) => ids.extend(answer["data"].get("id").cloned()),
            Err(error) if error.is_decode() && !error.is_body() => {}
            Err(_) => return,
        }
    }
}

/// Where registry, roles and schemas of this prefix disagree.
async fn disagreements(client: &Client, prefix: &str) -> Vec<String> {
    let sql = format!(
        "with registry as (select name, deletion from integratedb.stakeholders),
              role as (select rolname, rolcanlogin from pg_roles where rolname like '{prefix}%'),
              schema as (select nspname from pg_namespace where nspname like '{prefix}%')
         select 'no role that can log in: ' || name from registry
         where name not in (select rolname from role where rolcanlogin)
         union all
         select 'no schema: ' || name from registry where name not in (select nspname from schema)
         union all
         select 'being deleted: ' || name from registry where deletion is not null
         union all
         select 'a role of nobody: ' || rolname from role
         where rolname not in (select name from registry)
         union all
         select 'a schema of nobody: ' || nspname from schema
         where nspname not in (select name from registry)"
    );
    column(client, &sql).await
}

#[tokio::test]
async fn a_sudden_end_leaves_registry_roles_and_schemas_in_agreement() {
    let database = Database::create().await;
    let (superuser, url) = (database.superuser().await, database.control_url());
    let (prefix, mut random) = (unique("k"), StdRng::seed_from_u64(1));
    let mut serve = Serve::start(&url, &[]).await;
    let session = bootstrap(&serve).await;
    let token = session["token"].as_str().unwrap();
    let backends = "select pid from pg_stat_activity
                    where datname = current_database() and usename = 'integratedb_control'";
    for round in 0..15_u64 {
        let answers = AtomicU32::new(0);
        let enough = random.random_range(0..25);
        let moment = Duration::from_millis(random.random_range(0..30));
        let end = async {
            eventually("for requests to be answered", async || {
                answers.load(Ordering::Relaxed) >= enough
            })
            .await;
            // Not a wait for anything: it is the moment that this round is about.
            tokio::time::sleep(moment).await;
            serve.signal("KILL");
        };
        let workers =
            (0..3).map(|worker| stir(&serve, token, &prefix, round * 3 + worker, &answers));
        tokio::join!(join_all(workers), end);
        serve.ended().await;

        let orphans = column(&superuser, backends).await;
        serve = Serve::start(&url, &[]).await;
        eventually("for the backends of the killed program to end", async || {
            let now = column(&superuser, backends).await;
            !orphans.iter().any(|pid| now.contains(pid))
        })
        .await;
        let disagreements = disagreements(&superuser, &prefix).await;
        assert!(disagreements.is_empty(), "round {round}: {disagreements:?}");
    }
}
