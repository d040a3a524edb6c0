//! The usage guide, example by example.

use integratedb::db::connection;
use serde_json::{Value, json};

use crate::support::{Client, Stakeholder, TestApp, column, may_not, refusal, run, unique};

/// A JSON text as the guide prints it.
fn guide(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[tokio::test]
async fn bootstrapping_authenticating_and_renewing() {
    let mut app = TestApp::empty().await;
    let user = guide(r#"{"user": {"username": "example", "password": "<your password>"}}"#);
    let root = app.post("/users", &user).await.expect(201);
    assert_eq!(keys(&root.body), ["data"]);
    assert_eq!(keys(root.data()), ["id", "token", "refreshToken"]);
    assert_eq!(root.data()["id"], 1);

    app.get("/users").await.expect(401);
    app.token = root.data()["token"].as_str().map(str::to_owned);
    let users = app.get("/users").await.expect(200);
    let mut expected = guide(r#"{"data": [{"id": 1, "username": "example"}]}"#);
    expected["data"][0]["role"] = json!("admin"); // which the guide had none of yet
    assert_eq!(users.body, expected);

    let login = guide(r#"{"data": {"username": "example", "password": "<your password>"}}"#);
    let session = app.post("/auth/login", &login).await.expect(200);
    let renewal = json!({ "data": session.data()["refreshToken"] });
    let renewed = app.post("/auth/renew", &renewal).await.expect(200);
    for answer in [session, renewed] {
        assert_eq!(keys(answer.data()), keys(root.data()));
        assert_eq!(answer.data()["id"], 1);
        app.token = answer.data()["token"].as_str().map(str::to_owned);
        app.get("/users").await.expect(200);
    }
}

#[tokio::test]
async fn managing_users() {
    let app = TestApp::start().await;
    let data = json!({ "data": { "username": "another", "password": "<your password>" } });
    let id = app.post("/users", &data).await.expect(201).data()["id"].clone();
    let path = format!("/users/{id}");
    let another = json!({ "data": { "id": id, "username": "another", "role": "viewer" } });
    assert_eq!(app.get(&path).await.expect(200).body, another);
    let renamed = json!({ "data": { "id": id, "username": "other", "role": "viewer" } });
    let change = json!({ "data": { "username": "other" } });
    assert_eq!(app.put(&path, &change).await.expect(200).body, renamed);
    app.delete(&path).await.expect(204);
    app.get(&path).await.expect(404);
}

#[tokio::test]
async fn creating_and_managing_stakeholders() {
    let app = TestApp::start().await;
    let name = unique("example");
    let created =
        app.post("/stakeholders", &json!({ "stakeholder": { "name": name } })).await.expect(201);
    assert_eq!(keys(&created.body), ["data"]);
    assert_eq!(keys(created.data()), ["id", "name", "credentials"]);
    assert_eq!(created.data()["id"], 1);
    assert_eq!(created.data()["name"], name);
    let credentials = &created.data()["credentials"];
    assert_eq!(keys(credentials), ["username", "password", "uri"]);
    assert_eq!(credentials["username"], name);
    let url = app.database.url(&name, credentials["password"].as_str());
    let client = connection::connect_as_is(&url).await.expect("a connection");
    run(&client, &format!("create table {name}.notes (id int)")).await;

    let shown = json!({ "data": { "id": 1, "name": name } });
    assert_eq!(app.get("/stakeholders/1").await.expect(200).body, shown);
    assert_eq!(app.get("/stakeholders").await.expect(200).body["data"], json!([shown["data"]]));
    let other = unique("other");
    let renamed = app.put("/stakeholders/1", &json!({ "data": { "name": other } })).await;
    assert_eq!(renamed.expect(200).body, json!({ "data": { "id": 1, "name": other } }));
    app.delete("/stakeholders/1?objects=drop").await.expect(204);
    let third = json!({ "data": { "name": unique("_Third") } });
    app.post("/stakeholders", &third).await.expect(201);
    for wrong in ["1example", "an-example", "exämple", "e23456789_123456789_123456789_123"] {
        let body = json!({ "stakeholder": { "name": wrong } });
        app.post("/stakeholders", &body).await.expect(422);
    }
}

/// A server, its application's connection, and a stakeholder.
async fn scene(tables: &str) -> (TestApp, Client, Stakeholder) {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, tables).await;
    let stakeholder = app.stakeholder("example").await;
    (app, owner, stakeholder)
}

const FOOS: &str = "create table foos (
    id bigint not null, uid uuid, info varchar(255), inserted_at timestamp not null,
    extra_info text, secret text)";

#[tokio::test]
async fn claiming_orders_and_customers() {
    let tables = "create table orders (id bigint, note text);
                  create table customers (id bigint, user_id bigint, email text);
                  insert into orders values (1, 'x'); insert into customers values (1, 2, 'x')";
    let (app, _, example) = scene(tables).await;
    let document = guide(
        r#"{"data": {"match": [
             {"path": "public.orders", "fields": ["*"]},
             {"path": "public.customers", "fields": ["id", "user_id"]}
           ]}}"#,
    );
    let path = format!("/stakeholders/{}/claims", example.id);
    assert_eq!(app.put(&path, &document).await.expect(200).body, document);
    assert_eq!(app.get(&path).await.expect(200).body, document);

    let client = app.connect_as(&example).await;
    assert_eq!(column(&client, "select orders from orders").await, ["(1,x)"]);
    assert_eq!(column(&client, "select user_id from customers").await, ["2"]);
    may_not(&client, "select email from customers").await;
    may_not(&client, "insert into orders values (2, 'y')").await;
    may_not(&client, "delete from orders").await;
}

#[tokio::test]
async fn claiming_all_the_tables_of_a_schema() {
    let (app, owner, example) =
        scene("create table foos (id int); create table bars (id int)").await;
    app.claim(&example, &guide(r#"[{"path": "public.*", "fields": ["*"]}]"#)).await;
    let client = app.connect_as(&example).await;
    run(&client, "select * from foos; select * from bars").await;
    run(&owner, "begin; create table bazs (id int); select integratedb_sync(); commit").await;
    run(&client, "select * from bazs").await;

    let fields = guide(r#"[{"path": "public.*", "fields": ["id", "inserted_at"]}]"#);
    app.put_claims(&example, &fields).await.expect(422);
    for path in ["foos", "db.public.foos", "public.", ".foos", ""] {
        app.put_claims(&example, &json!([{ "path": path }])).await.expect(422);
    }
}

#[tokio::test]
async fn describing_fields() {
    let (app, owner, example) = scene(FOOS).await;
    let strings = guide(r#"[{"path": "public.foos", "fields": ["id", "inserted_at"]}]"#);
    app.claim(&example, &strings).await;
    let objects = guide(
        r#"[{"path": "public.foos", "fields": [
             {"name": "id"},
             {"name": "uid", "type": "uuid"},
             {"name": "info", "min_length": 255},
             {"name": "inserted_at", "is_nullable": "false"},
             {"name": "extra_info", "optional": true}
           ]}]"#,
    );
    app.claim(&example, &objects).await;
    let client = app.connect_as(&example).await;
    run(&client, "select id, uid, info, inserted_at, extra_info from foos").await;
    may_not(&client, "select secret from foos").await;

    let drop = "begin; alter table foos drop column extra_info";
    run(&owner, &format!("{drop}; select integratedb_validate_migration(); commit")).await;
    run(&owner, "alter table foos add column extra_info text; select integratedb_sync()").await;
    run(&client, "select extra_info from foos").await;
    for (change, property) in [
        ("alter column uid type text", "type"),
        ("alter column info type varchar(254)", "min_length"),
        ("alter column inserted_at drop not null", "is_nullable"),
        ("drop column id", "name"),
    ] {
        let other = app.stakeholder("other").await;
        run(&owner, &format!("create table bars (like foos); alter table bars {change}")).await;
        let mut document = objects.clone();
        document[0]["path"] = json!("public.bars");
        let answer = app.put_claims(&other, &document).await.expect(422);
        let columns = answer.errors()["claims"][0]["alternatives"][0]["columns"].as_array();
        let columns = columns.unwrap_or_else(|| panic!("{}", answer.body));
        assert!(columns.iter().any(|column| column["alternatives"][0][property].is_array()));
        run(&owner, "drop table bars").await;
    }
}

#[tokio::test]
async fn types_are_named_as_the_information_schema_does() {
    let types = [
        "bigint",
        "boolean",
        "character varying",
        "integer",
        "numeric",
        "text",
        "timestamp with time zone",
        "timestamp without time zone",
        "uuid",
    ];
    let columns: Vec<String> =
        types.iter().enumerate().map(|(number, name)| format!("c{number} {name}")).collect();
    let (app, _, example) = scene(&format!("create table foos ({})", columns.join(", "))).await;
    let fields = |shift: usize| -> Vec<Value> {
        let numbered = types.iter().enumerate();
        numbered
            .map(|(number, name)| {
                json!({ "name": format!("c{}", (number + shift) % types.len()), "type": name })
            })
            .collect()
    };
    app.claim(&example, &json!([{ "path": "public.foos", "fields": fields(0) }])).await;
    let matches = json!([{ "path": "public.foos", "fields": fields(1) }]);
    let answer = app.put_claims(&example, &matches).await.expect(422);
    assert_eq!(answer.errors()["detail"].as_array().unwrap().len(), types.len());
}

#[tokio::test]
async fn a_column_may_not_become_shorter_than_its_min_length() {
    let (app, owner, example) = scene("create table foos (name varchar(40))").await;
    let fields = json!([{ "name": "name", "min_length": 40 }]);
    app.claim(&example, &json!([{ "path": "public.foos", "fields": fields }])).await;
    run(&owner, "begin; alter table foos alter column name type varchar(30)").await;
    let refused = refusal(&owner, "select integratedb_validate_migration()").await;
    assert_eq!(refused.message(), "IntegrateDB.InvalidMigration");
    run(&owner, "rollback").await;
}

#[tokio::test]
async fn what_is_not_specified_is_taken_from_the_database_and_follows_it() {
    let (app, owner, example) = scene("create table foos (id int, name varchar(40))").await;
    let fields = json!([{ "path": "public.foos", "fields": ["id", "name"] }]);
    app.claim(&example, &fields).await;
    let migrate = |change: &str| {
        format!(
            "begin; alter table foos alter column {change}; select integratedb_validate_migration(); commit"
        )
    };
    run(&owner, &migrate("name type varchar(50)")).await;
    run(&owner, &migrate("id set not null")).await;
    for change in ["name type varchar(40)", "id drop not null", "id type text"] {
        let refused = refusal(&owner, &migrate(change)).await;
        assert_eq!(refused.message(), "IntegrateDB.InvalidMigration", "{change}");
        run(&owner, "rollback").await;
    }
    let fully = guide(
        r#"[{"path": "public.bars", "fields": [
             {"name": "id", "type": "bigint", "min_length": 64, "is_nullable": false}
           ]}]"#,
    );
    run(&owner, "create table bars (id bigint not null)").await;
    app.claim(&example, &fully).await;
}

#[tokio::test]
async fn what_the_json_schema_does_not_allow_is_listed() {
    let (app, _, example) = scene(FOOS).await;
    let path = format!("/stakeholders/{}/claims", example.id);
    let answer = app.put(&path, &json!({ "data": { "name": "foo" } })).await.expect(422);
    let expected = guide(
        r##"{
          "errors": {
            "detail": [
              ["Schema does not allow additional properties.", "#/name"],
              ["Required property match was not present.","#"]
            ]
          }
        }"##,
    );
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn a_type_that_does_not_match_is_shown_in_the_tree() {
    let (app, _, example) = scene(FOOS).await;
    let id = json!({ "name": "id", "type": "int" });
    let matches = json!([{ "path": "public.foos", "fields": [id] }]);
    let answer = app.put_claims(&example, &matches).await.expect(422);
    let expected = guide(
        r#"{
          "errors": {
            "claims": [{
              "alternatives": [{
                "columns": [{
                  "alternatives": [{
                    "type": [
                      "path: `public.foos`, field: `id`: specified value `int` does not match existing column value `bigint`."
                    ]
                  }]
                }]
              }]
            }]
          }
        }"#,
    );
    assert_eq!(answer.errors()["claims"], expected["errors"]["claims"]);
    let message = &expected["errors"]["claims"][0]["alternatives"][0]["columns"][0]["alternatives"]
        [0]["type"][0];
    assert_eq!(answer.errors()["detail"], json!([[message, "#/match/0/fields/0/type"]]));
}

#[tokio::test]
async fn what_is_right_beside_it_is_an_empty_object_in_the_tree() {
    let (app, owner, example) = scene(FOOS).await;
    run(&owner, "create table bars (id int)").await;
    let matches = json!([
        { "path": "public.bars" },
        {
            "alternatives": [
                { "path": "public.bars", "fields": ["id"] },
                {
                    "path": "public.foos",
                    "fields": ["uid", { "alternatives": ["info", { "name": "id", "type": "int" }] }, "info"],
                },
                { "path": "public.bars" },
            ],
        },
        { "path": "public.foos", "fields": ["*"] },
    ]);
    let answer = app.put_claims(&example, &matches).await.expect(422);
    let message = "path: `public.foos`, field: `id`: specified value `int` does not match existing column value `bigint`.";
    let column = json!({ "alternatives": [{}, { "type": [message] }] });
    let expected = json!([{}, { "alternatives": [{}, { "columns": [{}, column, {}] }, {}] }, {}]);
    assert_eq!(answer.errors()["claims"], expected);
    let pointer = "#/match/1/alternatives/1/fields/1/alternatives/1/type";
    assert_eq!(answer.errors()["detail"], json!([[message, pointer]]));
}
