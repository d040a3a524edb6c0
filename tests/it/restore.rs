//! A backup as docs/operations.md says, restored on another server, and beside itself.

use std::path::{Path, PathBuf};

use integratedb::config;
use integratedb::db::connection;
use integratedb::embedded::{Cluster, Options, locate};
use integratedb::gate;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::ground::Ground;
use crate::scene::readable;
use crate::support::program::{Serve, output};
use crate::support::{
    Answer, Client, Collector, column, eventually, may_not, refusal, run, unique,
};

/// A folder for a backup, which goes with its test.
struct Backup(PathBuf);

impl Drop for Backup {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

impl Backup {
    /// Takes one of a database and the roles of its server.
    async fn take(superuser_url: &str) -> Self {
        let folder = std::env::temp_dir().join(unique("backup"));
        std::fs::create_dir(&folder).unwrap();
        let backup = Self(folder);
        let (roles, database) = (backup.file("roles.sql"), backup.file("database.dump"));
        tool("pg_dumpall", &["--roles-only", "--dbname", superuser_url, "--file", &roles]).await;
        tool("pg_dump", &["--format=custom", "--dbname", superuser_url, "--file", &database]).await;
        backup
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Puts the roles back, but for those that are there.
    async fn restore_roles(&self, url: &str) {
        let client = connection::connect_as_is(url).await.unwrap();
        let text = std::fs::read_to_string(self.file("roles.sql")).unwrap();
        // Lines with a backslash are for psql.
        let statements = text.lines().filter(|line| !line.starts_with(['-', '\\']));
        for statement in statements.filter(|line| !line.is_empty()) {
            if let Err(error) = client.simple_query(statement).await {
                let error = error.as_db_error().expect("an answer").to_string();
                assert!(error.contains("already exists"), "{statement}: {error}");
            }
        }
    }

    /// Puts the database back under a name.
    async fn restore(&self, server_url: &str, url: &str, name: &str) {
        let client = connection::connect_as_is(server_url).await.unwrap();
        run(&client, &format!("create database {name} template template0")).await;
        run(&client, &format!("grant create on database {name} to integratedb_control, app_owner"))
            .await;
        tool("pg_restore", &["--exit-on-error", "--dbname", url, &self.file("database.dump")])
            .await;
    }
}

/// Runs a program of Postgres that is of one version with the server.
async fn tool(name: &str, arguments: &[&str]) {
    let server = locate(config::postgres_bin_dir().as_deref()).await.expect("a server");
    let program = server.bin_dir.join(name);
    assert!(Path::new(&program).is_file(), "{name} is missing: install PostgreSQL's client");
    let output = Command::new(program).args(arguments).output().await.unwrap();
    assert!(output.status.success(), "{name}: {}", output.stderr.escape_ascii());
}

/// What an installation has that is worth a backup.
struct Installation {
    ground: Ground,
    token: String,
    id: Value,
    password: String,
    further: Value,
    heard: Collector,
}

const ROOT: &str = "correct horse of the restored";

/// A stakeholder that claims and listens behind the gate, with a further login. The
/// program is stopped.
async fn installation() -> Installation {
    let ground = Ground::start(&[]).await;
    let owner = ground.owner().await;
    // The dropped column doesn't come back, so others have other numbers then.
    let sql = "create table public.t (gone text, id int primary key, word text, extra text);
               alter table public.t drop column gone";
    run(&owner, sql).await;
    let mut serve = Serve::start(&ground.control_url(), &[]).await;
    let body = json!({ "user": { "username": "root", "password": ROOT } });
    let request = serve.http.post(format!("{}/api/v1/users", serve.origin)).json(&body);
    let answer = Answer::of(request.send().await.unwrap()).await.expect(201);
    let token = answer.data()["token"].as_str().unwrap().to_owned();
    let shop = json!({ "stakeholder": { "name": "shop" } });
    let answer = serve.send("POST", "/stakeholders", &token, &shop).await.expect(201);
    let (id, password) =
        (answer.data()["id"].clone(), answer.data()["credentials"]["password"].as_str().unwrap());
    let mut of_t = json!({ "path": "public.t", "fields": ["id", "word"] });
    let path = |what: &str| format!("/stakeholders/{id}/{what}");
    let claims = json!({ "data": { "match": [of_t] } });
    serve.send("PUT", &path("claims"), &token, &claims).await.expect(200);
    let blue = json!({ "credential": { "name": "blue" } });
    let blue = serve.send("POST", &path("credentials"), &token, &blue).await.expect(201);
    let heard = Collector::new().await;
    of_t["events"] = json!(["INSERT"]);
    of_t["channels"] = json!(["*"]);
    let document = json!({ "data": { "match": [of_t], "channels": [heard.channel()] } });
    serve.send("PUT", &path("notifications"), &token, &document).await.expect(200);
    let mut superuser = ground.superuser().await;
    gate::enable(&mut superuser).await.unwrap();
    run(&owner, "insert into public.t values (1, 'before')").await;
    heard.until_told("before").await;
    let password = password.to_owned();
    let further = blue.data().clone();
    serve.signal("TERM");
    serve.ended().await;
    Installation { ground, token, id, password, further, heard }
}

/// Asserts that the gate refuses, and that claims are followed in both directions.
async fn holds(serve: &Serve, installed: &Installation, owner: &Client, shop: &Client) {
    assert_eq!(readable(shop, "public.t").await, ["id", "word"]);
    may_not(shop, "select extra from public.t").await;
    let refused = refusal(owner, "alter table public.t drop column word").await;
    assert_eq!(refused.message(), "IntegrateDB.InvalidMigration");
    let path = format!("/stakeholders/{}/claims", installed.id);
    for fields in [json!(["id", "word", "extra"]), json!(["id"]), json!(["id", "word"])] {
        let document = json!({ "data": { "match": [{ "path": "public.t", "fields": fields }] } });
        serve.send("PUT", &path, &installed.token, &document).await.expect(200);
        assert_eq!(json!(readable(shop, "public.t").await), fields);
    }
    let drift = serve.request("GET", "/drift", &installed.token).send().await.unwrap();
    assert_eq!(Answer::of(drift).await.expect(200).data(), &json!([]));
    let request = serve.request("GET", "/audit/verification", &installed.token);
    let verified = Answer::of(request.send().await.unwrap()).await.expect(200);
    assert_eq!(verified.data()["is_intact"], true, "{}", verified.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_restored_on_another_server_works_as_before() {
    let installed = installation().await;
    let backup = Backup::take(&installed.ground.superuser_url()).await;

    let cluster = Cluster::start(Options {
        bin_dir: config::postgres_bin_dir(),
        tcp_port: Some(0),
        ..Options::default()
    });
    let cluster = cluster.await.unwrap();
    backup.restore_roles(&cluster.superuser_url("postgres")).await;
    let server = cluster.superuser_url("postgres");
    backup.restore(&server, &cluster.superuser_url("proof"), "proof").await;
    let password = Some("only in this test run");
    // Nobody has learned the numbers of the tables here, so nothing is held against them.
    let url = cluster.url("integratedb_control", password, "proof");
    std::fs::write(backup.file("nobody.json"), r#"{"match": []}"#).unwrap();
    let place = backup.0.display().to_string();
    let folder = ["plan", "apply", "export"].map(|verb| [verb, "--folder", &place].to_vec());
    let [plan, apply, export] = folder.each_ref().map(Vec::as_slice);
    let asking = [&["drift", "--repair"][..], &["unmet"], &["impact", "public.t"], &["snapshot"]];
    for command in asking.into_iter().chain([plan, apply, export]) {
        let told = output(command, &[("DATABASE_URL", &url)]).await;
        let said = String::from_utf8(told.stderr).unwrap();
        let why = "the database was restored from a dump";
        assert!(told.status.code() == Some(2) && said.contains(why), "{command:?}: {said}");
    }
    let serve = Serve::start(&url, &[]).await;
    assert!(serve.log().contains("the database was restored from a dump"), "{}", serve.log());

    let login = json!({ "data": { "username": "root", "password": ROOT } });
    serve.send("POST", "/auth/login", "", &login).await.expect(200);
    let connect = async |user: &str, password: &str| {
        connection::connect_as_is(&cluster.url(user, Some(password), "proof")).await.unwrap()
    };
    let owner = connect("app_owner", "only in this test run").await;
    let shop = connect("shop", &installed.password).await;
    holds(&serve, &installed, &owner, &shop).await;
    let text = |name: &str| installed.further[name].as_str().unwrap().to_owned();
    let further = connect(&text("username"), &text("password")).await;
    assert_eq!(column(&further, "select word from public.t").await, ["before"]);

    run(&owner, "insert into public.t values (2, 'after')").await;
    installed.heard.until_told("after").await;
    let texts = installed.heard.texts().await.join("\n");
    assert!(texts.contains("\"integratedb.gap\"") || texts.contains("gap"), "{texts}");
    let told = output(&["drift"], &[("DATABASE_URL", &url)]).await;
    assert_eq!(told.status.code(), Some(0), "{}", told.stdout.escape_ascii());
    drop((owner, shop, further, serve));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_beside_the_original_has_the_same_roles_and_grants_of_its_own() {
    let installed = installation().await;
    let ground = &installed.ground;
    let backup = Backup::take(&ground.superuser_url()).await;
    let elsewhere = |url: &str| url.replace("/proof", "/copy");
    let superuser = ground.superuser_url();
    backup.restore(&superuser, &elsewhere(&superuser), "copy").await;
    let serve = Serve::start(&elsewhere(&ground.control_url()), &[]).await;
    let owner = connection::connect_as_is(&elsewhere(&ground.owner_url())).await.unwrap();
    let as_shop = ground.owner_url().replace("app_owner", "shop");
    let as_shop = as_shop.replace("only%20in%20this%20test%20run", &installed.password);
    let shop = connection::connect_as_is(&elsewhere(&as_shop)).await.unwrap();
    holds(&serve, &installed, &owner, &shop).await;

    // The role belongs to both, so the copy can't drop it.
    let path = format!("/stakeholders/{}", installed.id);
    let request = serve.request("DELETE", &path, &installed.token);
    let refused = Answer::of(request.send().await.unwrap()).await.expect(409);
    assert!(refused.body.to_string().contains("in another database"), "{}", refused.body);
    let original = connection::connect_as_is(&as_shop).await.unwrap();
    eventually("for the stakeholder to be let in again", async || {
        column(&original, "select word from public.t").await == ["before"]
    })
    .await;
}
