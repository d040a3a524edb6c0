//! The end of credentials: by revocation, with their stakeholder, and not by its renaming.

use serde_json::json;

use crate::credentials::{credentials, issue, log_in, refused, roles};
use crate::stakeholders::{named, path, shop_and_reader, traces};
use crate::support::program::output;
use crate::support::{TestApp, column, run, unique};

#[tokio::test]
async fn a_revoked_credential_is_gone_with_its_sessions_and_no_other() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (blue, green) = (issue(&app, &shop, json!({})).await, issue(&app, &shop, json!({})).await);
    let primary = app.connect_as(&shop).await;
    let (idle, busy) = (log_in(&app, &blue).await, log_in(&app, &blue).await);
    let kept = log_in(&app, &green).await;
    run(&busy, &format!("begin; create table {}.orders (id int)", shop.name)).await;
    let address = format!("{}/{}", credentials(&shop), blue.id);
    app.delete(&address).await.expect(204);
    assert!(idle.simple_query("select 1").await.is_err());
    assert!(busy.simple_query("commit").await.is_err());
    for client in [&kept, &primary] {
        run(client, "select 1").await;
    }
    assert_eq!(refused(&app, &blue.username, &blue.password).await, "28P01");
    assert_eq!(roles(&app, &blue.username).await, Vec::<String>::new());
    app.delete(&address).await.expect(404);
    assert_eq!(app.get(&credentials(&shop)).await.data().as_array().unwrap().len(), 2);
    let other = app.stakeholder("other").await;
    app.delete(&format!("{}/{}", credentials(&other), green.id)).await.expect(404);
    log_in(&app, &green).await;
}

#[tokio::test]
async fn the_primary_login_can_be_revoked_and_the_stakeholder_goes_on() {
    let app = TestApp::start().await;
    let (shop, reader) = shop_and_reader(&app).await;
    let session = app.connect_as(&shop).await;
    let blue = issue(&app, &shop, json!({})).await;
    let kept = log_in(&app, &blue).await;
    let primary = app.get(&credentials(&shop)).await.data()[0]["id"].clone();
    app.delete(&format!("{}/{primary}", credentials(&shop))).await.expect(204);
    assert!(session.simple_query("select 1").await.is_err());
    assert_ne!(refused(&app, &shop.name, &shop.password).await, "");
    for client in [kept, log_in(&app, &blue).await] {
        run(&client, &format!("insert into {}.orders values (2)", shop.name)).await;
    }
    let listed = app.get(&credentials(&shop)).await.data().clone();
    assert_eq!(listed.as_array().unwrap().len(), 1);

    // A deletion that is refused gives back what was there, and no more.
    app.delete(&format!("{}?objects=drop", path(&shop))).await.expect(409);
    log_in(&app, &blue).await;
    assert_ne!(refused(&app, &shop.name, &shop.password).await, "");
    app.claim(&reader, &json!([])).await;
    app.delete(&format!("{}?objects=drop", path(&shop))).await.expect(204);
    assert_eq!(traces(&app, &shop.name).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_renamed_stakeholder_keeps_its_further_logins() {
    let app = TestApp::start().await;
    let mut shop = app.stakeholder("shop").await;
    let blue = issue(&app, &shop, json!({ "name": "blue" })).await;
    let session = log_in(&app, &blue).await;
    let before = shop.name.clone();
    shop.name = unique("store");
    app.put(&path(&shop), &named(&shop.name)).await.expect(200);
    for client in [session, log_in(&app, &blue).await] {
        for reset in ["select 1", "discard all", "reset role"] {
            run(&client, reset).await;
            assert_eq!(column(&client, "select current_user").await, [shop.name.as_str()]);
        }
        run(&client, &format!("create table if not exists {}.orders (id int)", shop.name)).await;
    }
    // Who takes the old name takes none of its logins.
    app.post("/stakeholders", &named(&before)).await.expect(201);
    log_in(&app, &blue).await;
    let green = issue(&app, &shop, json!({ "name": "green" })).await;
    assert_eq!(green.username, format!("{}_green", shop.name));
    app.delete(&format!("{}/{}", credentials(&shop), blue.id)).await.expect(204);
}

#[tokio::test]
async fn a_deleted_stakeholder_takes_its_logins_along() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let blue = issue(&app, &shop, json!({})).await;
    let client = log_in(&app, &blue).await;
    run(&client, &format!("create table {}.orders (id int)", shop.name)).await;
    let answer = app.delete(&path(&shop)).await.expect(200);
    let kept = json!([format!("table {}.orders", shop.name)]);
    assert_eq!(answer.data()["kept"]["objects"], kept);
    assert!(client.simple_query("select 1").await.is_err());
    assert_eq!(roles(&app, &shop.name).await, Vec::<String>::new());
    assert_eq!(refused(&app, &blue.username, &blue.password).await, "28P01");
}

#[tokio::test]
async fn what_a_login_owns_after_all_goes_to_the_stakeholder() {
    let app = TestApp::start().await;
    let (shop, reader) = (app.stakeholder("shop").await, app.stakeholder("reader").await);
    let blue = issue(&app, &shop, json!({})).await;
    let superuser = app.database.superuser().await;
    let orders = format!("{}.orders", shop.name);
    run(&superuser, &format!("create table {orders} (id int); insert into {orders} values (1)"))
        .await;
    run(&superuser, &format!("alter table {orders} owner to {}", blue.username)).await;
    app.claim(&reader, &json!([{ "path": orders, "fields": ["id"] }])).await;
    app.delete(&format!("{}/{}", credentials(&shop), blue.id)).await.expect(204);
    let owner = "select tableowner from pg_tables where tablename = 'orders'";
    assert_eq!(column(&superuser, owner).await, [shop.name.as_str()]);
    let read = format!("select id from {orders}");
    assert_eq!(column(&app.connect_as(&reader).await, &read).await, ["1"]);
}

#[tokio::test]
async fn a_login_whose_role_is_gone_is_seen_by_the_doctor_and_can_be_revoked() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let (blue, green) = (issue(&app, &shop, json!({})).await, issue(&app, &shop, json!({})).await);
    let superuser = app.database.superuser().await;
    let url = app.database.control_url();
    let doctor = async || {
        let answer = output(&["doctor"], &[("DATABASE_URL", &url)]).await;
        let text = String::from_utf8([answer.stdout, answer.stderr].concat()).unwrap();
        (answer.status.code(), text)
    };
    let (status, text) = doctor().await;
    assert!(
        status == Some(0) && text.contains("There are 3 login(s), each with its role."),
        "{text}"
    );
    run(&superuser, &format!("drop role {}", blue.username)).await;
    // From version 16 on, whoever granted it takes it away.
    let control = app.database.control().await;
    run(&control, &format!("revoke {} from {}", shop.name, green.username)).await;
    let (status, text) = doctor().await;
    assert_eq!(status, Some(1), "{text}");
    let (gone, remedy) = (
        format!("LACKS   The login {} of {} has no role in Postgres.", blue.username, shop.name),
        format!("GRANT \"{}\" TO \"{}\";", shop.name, green.username),
    );
    assert!(text.contains(&gone) && text.contains(&remedy), "{text}");
    run(&control, &remedy).await;
    app.delete(&format!("{}/{}", credentials(&shop), blue.id)).await.expect(204);
    let (status, text) = doctor().await;
    assert_eq!(status, Some(0), "{text}");
    log_in(&app, &green).await;
}
