//! Credentials, guards and the audit.

use serde_json::json;

use crate::person::{Person, cells};
use crate::support::program::output;
use crate::support::{Stakeholder, TestApp, may_not};

#[tokio::test]
async fn a_credential_is_issued_used_and_revoked() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let shop = app.stakeholder("shop").await;
    let issue =
        ["credentials", "issue", &shop.name, "--name", "green", "--expires-in-minutes", "30"];
    let said = person.says(&issue).await;
    said.ends_with(0)
        .has("NAME        green")
        .has("URI         postgres")
        .has("shown only this once");
    let issued = person.reads(&["credentials", "issue", &shop.name]).await;
    let text = |name: &str| issued[name].as_str().unwrap().to_owned();
    let login = Stakeholder { name: text("username"), password: text("password"), ..shop.clone() };
    may_not(&app.connect_as(&login).await, "select * from integratedb.users").await;

    let listed = person.says(&["credentials", "list", &shop.id.to_string()]).await;
    let listed = cells(&listed.ends_with(0).text);
    // The first is the one that came with the stakeholder.
    assert_eq!((listed.len(), listed[1][1].as_str()), (3, "green"));
    let both =
        ["credentials", "issue", &shop.name, "--expires-in-days", "1", "--expires-in-minutes", "1"];
    person.says(&both).await.ends_with(2).has("cannot be used with");
    let long = ["credentials", "issue", &shop.name, "--expires-in-days", "99999"];
    person.says(&long).await.ends_with(2).has("integratedb: expires_in_days must be");
    let revoke = ["credentials", "revoke", "--yes", &shop.name];
    person
        .says(&[&revoke[..], &["green"]].concat())
        .await
        .ends_with(0)
        .has("Revoked the login green");
    person.says(&[&revoke[..], &[&login.name]].concat()).await.ends_with(0);
    person.says(&[&revoke[..], &["green"]].concat()).await.ends_with(2).has("no login `green`");
    let left = person.reads(&["credentials", "list", &shop.name]).await;
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}");
}

#[tokio::test]
async fn guards_that_are_not_said_stay() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let shop = app.stakeholder("shop").await;
    let set = ["guards", "set", &shop.name];
    let more = ["--connection-limit", "7", "--statement-timeout", "30s"];
    let said = person.says(&[&set[..], &more].concat()).await;
    said.ends_with(0).has("CONNECTION LIMIT                7");
    person
        .says(&[&set[..], &["--connection-limit", "none", "--lock-timeout", "9ms"]].concat())
        .await
        .ends_with(0);
    let guards = person.reads(&["guards", "get", &shop.name]).await;
    let expected = json!({
        "connection_limit": null, "statement_timeout_ms": 30000, "lock_timeout_ms": 9,
        "idle_in_transaction_timeout_ms": null,
    });
    assert_eq!(guards, expected);
    person.says(&set).await.ends_with(2).has("What is to change?");
    let wrong = [&set[..], &["--lock-timeout", "long"]].concat();
    person.says(&wrong).await.ends_with(2).has("must be a time such as 500ms, 30s, 5min or 1h");
    let bare = [&set[..], &["--statement-timeout", "30"]].concat();
    person.says(&bare).await.ends_with(2).has("has no unit: say it as 500ms, 30s, 5min or 1h");
    let zero = [&set[..], &["--lock-timeout", "0s"]].concat();
    person.says(&zero).await.ends_with(2).has("integratedb: lock_timeout_ms must be");
}

#[tokio::test]
async fn the_audit_is_listed_filtered_and_verified() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let shop = app.stakeholder("shop").await;
    for number in 0..4 {
        person
            .says(&["keys", "add", &format!("key {number}"), "--role", "viewer"])
            .await
            .ends_with(0);
    }
    let listed = person.says(&["audit", "list", "--action", "stakeholder.create"]).await;
    listed.ends_with(0).has(&shop.name).has("root");
    let newest = person.reads(&["audit", "list", "--limit", "3"]).await;
    assert_eq!(newest.as_array().unwrap().len(), 3);
    assert_eq!(newest, *app.get("/audit?limit=3").await.data());
    let id = newest[1]["id"].to_string();
    assert_eq!(person.reads(&["audit", "show", &id]).await, newest[1]);
    person.says(&["audit", "show", &id]).await.ends_with(0).has("after {\n");
    person.says(&["audit", "show", "99999"]).await.ends_with(2).has("There is no entry 99999");
    person.says(&["audit", "list", "--since", "soon"]).await.ends_with(2).has("since must be");

    let through = person.says(&["audit", "verify"]).await;
    through.ends_with(0).has("The audit is intact");
    let url = app.database.control_url();
    let direct = output(&["audit", "verify"], &[("DATABASE_URL", &url)]).await;
    assert_eq!(through.text, String::from_utf8(direct.stdout).unwrap());
    let head = "f".repeat(64);
    person.says(&["audit", "verify", "--head", &head]).await.ends_with(1).has("broken");
}
