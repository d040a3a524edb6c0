//! Credentials: issued, deployed, revoked, without downtime and without a second ACL
//! entry. What holds is proved by logging in.

use futures::future::join_all;
use integratedb::db::connection;
use serde_json::{Value, json};

use crate::stakeholders::named;
use crate::support::{Client, Stakeholder, TestApp, column, may_not, refusal, run, unique};

/// A credential that was issued, with what was shown once.
pub struct Issued {
    pub id: i64,
    pub username: String,
    pub password: String,
    pub data: Value,
}

pub fn credentials(stakeholder: &Stakeholder) -> String {
    format!("/stakeholders/{}/credentials", stakeholder.id)
}

/// Issues a credential.
pub async fn issue(app: &TestApp, stakeholder: &Stakeholder, wanted: Value) -> Issued {
    let body = json!({ "credential": wanted });
    let answer = app.post(&credentials(stakeholder), &body).await.expect(201);
    let data = answer.data().clone();
    Issued {
        id: data["id"].as_i64().expect("an id"),
        username: data["username"].as_str().expect("a username").to_owned(),
        password: data["password"].as_str().expect("a password").to_owned(),
        data,
    }
}

/// Logs in with it.
pub async fn log_in(app: &TestApp, issued: &Issued) -> Client {
    let url = app.database.url(&issued.username, Some(&issued.password));
    connection::connect_as_is(&url).await.expect("a connection")
}

/// The SQLSTATE that a log-in is refused with.
pub async fn refused(app: &TestApp, username: &str, password: &str) -> String {
    let url = app.database.url(username, Some(password));
    let config: tokio_postgres::Config = url.parse().expect("a URL");
    let outcome = config.connect(tokio_postgres::NoTls).await;
    let error = outcome.err().expect("a refusal");
    error.code().unwrap_or_else(|| panic!("{error:?}")).code().to_owned()
}

/// The roles whose names begin like this.
pub async fn roles(app: &TestApp, beginning: &str) -> Vec<String> {
    let sql = format!("select rolname from pg_roles where rolname like '{beginning}%' order by 1");
    column(&app.database.superuser().await, &sql).await
}

#[tokio::test]
async fn a_further_login_is_the_stakeholder() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, "create table orders (id int); insert into orders values (7)").await;
    let shop = app.stakeholder("shop").await;
    app.claim(&shop, &json!([{ "path": "public.orders", "fields": ["id"] }])).await;
    let blue = issue(&app, &shop, json!({ "name": "blue" })).await;
    assert_eq!(blue.username, format!("{}_blue", shop.name));

    let client = log_in(&app, &blue).await;
    assert_eq!(column(&client, "select id from orders").await, ["7"]);
    assert_eq!(column(&client, "select session_user").await, [blue.username.as_str()]);
    for reset in ["select 1", "reset role", "discard all", "set session authorization default"] {
        run(&client, reset).await;
        assert_eq!(column(&client, "select current_user").await, [shop.name.as_str()], "{reset}");
        assert_eq!(column(&client, "select id from orders").await, ["7"], "{reset}");
        run(&client, &format!("create table {}.mine (id int)", shop.name)).await;
        let owner = "select tableowner from pg_tables where tablename = 'mine'";
        assert_eq!(column(&client, owner).await, [shop.name.as_str()], "{reset}");
        run(&client, &format!("drop table {}.mine", shop.name)).await;
    }
    let entries = "select array_length(attacl, 1) from pg_attribute
                   where attrelid = 'orders'::regclass and attname = 'id'";
    assert_eq!(column(&owner, entries).await, ["1"]);
    let before = client;
    run(&before, &format!("create table {}.notes (id int)", shop.name)).await;
    run(&app.connect_as(&shop).await, &format!("alter table {}.notes add more int", shop.name))
        .await;
}

#[tokio::test]
async fn a_session_that_leaves_the_stakeholders_role_can_do_nothing() {
    let app = TestApp::start().await;
    let (shop, other) = (app.stakeholder("shop").await, app.stakeholder("other").await);
    let owner = app.database.owner().await;
    run(&owner, "create table orders (id int)").await;
    app.claim(&shop, &json!([{ "path": "public.orders", "fields": ["id"] }])).await;
    let client = log_in(&app, &issue(&app, &shop, json!({})).await).await;
    may_not(&client, &format!("set role {}", other.name)).await;
    may_not(&client, "set role integratedb_control").await;
    run(&client, "set role none").await;
    for sql in [
        format!("create table {}.mine (id int)", shop.name),
        "select id from orders".to_owned(),
        "create table public.mine (id int)".to_owned(),
        format!("create role {}", unique("mine")),
        format!("grant {} to {}", shop.name, other.name),
    ] {
        may_not(&client, &sql).await;
    }
    run(&client, "reset role").await;
    run(&client, "select id from orders").await;
}

#[tokio::test]
async fn a_credential_is_shown_once_and_listed_without_its_password() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let blue = issue(&app, &shop, json!({ "name": " Blue ", "expires_in_minutes": 60 })).await;
    let other = issue(&app, &shop, json!({})).await;
    assert!(other.username.starts_with(&format!("{}_", shop.name)), "{}", other.username);
    assert_eq!(blue.data["name"], "blue");
    let _session = log_in(&app, &blue).await;

    let listed = app.get(&credentials(&shop)).await.expect(200).data().clone();
    let listed = listed.as_array().expect("a list");
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0]["name"], "primary");
    assert_eq!(listed[0]["username"], shop.name);
    assert_eq!(listed[0]["is_primary"], true);
    let mut expected = blue.data.clone();
    let members = expected.as_object_mut().unwrap();
    members.remove("password").expect("a password");
    members.remove("uri").expect("a URI");
    members.insert("sessions".to_owned(), json!(1));
    assert_eq!(listed[1], expected);
    assert_eq!(listed[1]["is_expired"], false);
    assert!(listed[2]["expires_at"].is_null());

    let client = app.database.superuser().await;
    let until = format!(
        "select a.rolvaliduntil = c.expires_at, a.rolinherit, a.rolpassword like 'SCRAM-SHA-256$%'
         from pg_authid a
         join integratedb.credentials c on c.username = a.rolname where a.rolname = '{}'",
        blue.username
    );
    let row = client.query_one(&until, &[]).await.unwrap();
    let found: [bool; 3] = [row.get(0), row.get(1), row.get(2)];
    assert_eq!(found, [true, false, true]);
}

#[tokio::test]
async fn what_cannot_be_issued_is_refused() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let superuser = app.database.superuser().await;
    run(&superuser, &format!("create role {}_theirs", shop.name)).await;
    issue(&app, &shop, json!({ "name": "blue" })).await;
    let theirs = format!("would be the role {}_theirs, which exists already", shop.name);
    let days = "must be a whole number from 1 to 3650";
    for (wanted, errors) in [
        (json!({ "name": "blue" }), json!({ "name": ["has already been taken"] })),
        (json!({ "name": "theirs" }), json!({ "name": [theirs] })),
        (
            json!({ "name": " Primary" }),
            json!({ "name": ["is reserved for the login that the stakeholder was made with"] }),
        ),
        (
            json!({ "name": "a b" }),
            json!({ "name": ["has invalid format: up to 30 letters (a-z), digits or _"] }),
        ),
        (json!({ "name": "" }), json!({ "name": ["can't be blank"] })),
        (json!({ "name": 1 }), json!({ "name": ["is invalid"] })),
        (json!({ "expires_in_days": 0 }), json!({ "expires_in_days": [days] })),
        (json!({ "expires_in_days": 3651 }), json!({ "expires_in_days": [days] })),
        (
            json!({ "expires_in_days": 1, "expires_in_minutes": 1 }),
            json!({ "expires_in_minutes": ["can't be given together with expires_in_days"] }),
        ),
    ] {
        let answer = app.post(&credentials(&shop), &json!({ "credential": wanted })).await;
        assert_eq!(answer.expect(422).errors(), &errors, "{wanted}");
    }
    assert_eq!(roles(&app, &format!("{}_", shop.name)).await.len(), 2);
    app.post("/stakeholders/999999/credentials", &json!({})).await.expect(404);
    app.delete(&format!("{}/999999", credentials(&shop))).await.expect(404);
    run(&superuser, &format!("drop role {}_theirs", shop.name)).await;
}

#[tokio::test]
async fn a_login_and_a_stakeholder_cannot_have_the_same_role() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let blue = issue(&app, &shop, json!({ "name": "blue" })).await;
    app.post("/stakeholders", &named(&blue.username)).await.expect(422);
    app.post("/stakeholders", &named(&format!("{}_red", shop.name))).await.expect(201);
    let body = json!({ "credential": { "name": "red" } });
    app.post(&credentials(&shop), &body).await.expect(422);
}

#[tokio::test]
async fn a_login_begins_with_the_settings_of_the_stakeholders_role() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let superuser = app.database.superuser().await;
    let (role, database) = (&shop.name, &app.database.name);
    run(
        &superuser,
        &format!(
            "alter role {role} set search_path to \"$user\", \"odd, name\", public;
             alter role {role} set app.tenant to 'it''s, ours';
             alter role {role} in database {database} set work_mem to '5MB';
             alter role {role} set log_min_duration_statement to 0"
        ),
    )
    .await;
    let blue = issue(&app, &shop, json!({})).await;
    // These are a superuser's to give.
    let left_out = json!(["app.tenant", "log_min_duration_statement"]);
    assert_eq!(blue.data["settings_left_out"], left_out);
    let (client, primary) = (log_in(&app, &blue).await, app.connect_as(&shop).await);
    for setting in ["search_path", "work_mem"] {
        let ask = format!("select current_setting('{setting}')");
        assert_eq!(column(&client, &ask).await, column(&primary, &ask).await, "{setting}");
    }
}

#[tokio::test]
async fn a_path_of_the_stakeholders_own_is_not_followed_while_a_login_is_made() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let client = app.connect_as(&shop).await;
    let name = &shop.name;
    for function in ["set_config(text, text, boolean)", "format(text, name)", "now()"] {
        let returns = if function == "now()" { "timestamptz" } else { "text" };
        let sql = format!(
            "create function {name}.{function} returns {returns} language plpgsql
             as $$ begin raise exception 'caught'; end $$"
        );
        run(&client, &sql).await;
    }
    run(&client, &format!("alter role {name} set search_path to {name}, pg_catalog")).await;
    issue(&app, &shop, json!({})).await;
}

#[tokio::test]
async fn of_many_issued_at_once_none_is_half_made_and_no_more_than_twenty() {
    let app = TestApp::start_with(|settings| settings.database.pool_size = 60).await;
    let shop = app.stakeholder("shop").await;
    let requests = (0..25).map(|_| async { app.post(&credentials(&shop), &json!({})).await });
    let answers = join_all(requests).await;
    let issued = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(issued, 19);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        let detail = "It has 20 credentials, the most there may be. Revoke one first.";
        assert_eq!((answer.status, answer.errors()), (409, &json!({ "detail": detail })));
    }
    assert_eq!(roles(&app, &format!("{}_", shop.name)).await.len(), 19);
    let ids = answers.iter().filter(|answer| answer.status == 201);
    let ids = ids.map(|answer| answer.data()["id"].as_i64().unwrap());
    let addresses: Vec<_> = ids.map(|id| format!("{}/{id}", credentials(&shop))).collect();
    let revoked = join_all(addresses.iter().map(|address| app.delete(address))).await;
    assert!(revoked.iter().all(|answer| answer.status == 204));
    assert_eq!(roles(&app, &format!("{}_", shop.name)).await, Vec::<String>::new());
    app.connect_as(&shop).await;
}

#[tokio::test]
async fn nothing_is_issued_to_a_stakeholder_that_is_being_deleted() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let superuser = app.database.superuser().await;
    run(&superuser, "update integratedb.stakeholders set deletion = '\"keep\"'").await;
    app.post(&credentials(&shop), &json!({})).await.expect(409);
    assert_eq!(roles(&app, &shop.name).await, [shop.name.as_str()]);
}

#[tokio::test]
async fn an_answer_with_a_password_has_a_uri_to_connect_with() {
    let app = TestApp::start().await;
    let made = app.post("/stakeholders", &named(&unique("shop"))).await.expect(201);
    let credentials = &made.data()["credentials"];
    let shop = Stakeholder {
        id: made.data()["id"].as_i64().unwrap(),
        name: made.data()["name"].as_str().unwrap().to_owned(),
        password: credentials["password"].as_str().unwrap().to_owned(),
    };
    let expected = format!("{}?sslmode=prefer", app.database.url(&shop.name, Some(&shop.password)));
    assert_eq!(credentials["uri"], expected);
    let blue = issue(&app, &shop, json!({})).await;
    for uri in [&credentials["uri"], &blue.data["uri"]] {
        let client = connection::connect_as_is(uri.as_str().unwrap()).await.expect("a connection");
        assert_eq!(column(&client, "select current_user").await, [shop.name.as_str()]);
    }
    let behind = app
        .beside(|settings| settings.stakeholder_database_url = Some("pooler:6432".to_owned()))
        .await;
    let green = issue(&behind, &shop, json!({ "name": "green" })).await;
    let expected = format!(
        "postgres://{}:{}@pooler:6432/{}?sslmode=prefer",
        green.username, green.password, app.database.name
    );
    assert_eq!(green.data["uri"], expected);
}

#[tokio::test]
async fn where_not_everybody_may_connect_a_login_may() {
    let app = TestApp::start().await;
    let superuser = app.database.superuser().await;
    let name = &app.database.name;
    let close = format!(
        "revoke connect on database {name} from public;
         grant connect on database {name} to integratedb_control with grant option"
    );
    run(&superuser, &close).await;
    let shop = app.stakeholder("shop").await;
    let blue = issue(&app, &shop, json!({})).await;
    log_in(&app, &blue).await;
    app.delete(&format!("{}/{}", credentials(&shop), blue.id)).await.expect(204);
    let refusal = refusal(&superuser, &format!("drop role {}", blue.username)).await;
    assert_eq!(refusal.code().code(), "42704");
}
