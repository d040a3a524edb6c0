//! The file of profiles: who may read it, which profile is used, and what a sudden end
//! leaves.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use futures::future::join_all;
use serde_json::json;

use crate::person::{Person, origin};
use crate::support::TestApp;

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn profiles_can_be_read_by_nobody_else() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let (file, folder) = (person.profiles(), person.file(".config/integratedb"));
    assert_eq!((mode(&file), mode(&folder)), (0o600, 0o700));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("refresh_token") && !text.contains("correct horse"), "{text}");

    fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    for arguments in [&["users", "list"][..], &["unmet"], &["logout"]] {
        let said = person.says(arguments).await;
        said.ends_with(2).has("is open to others (its mode is 640)").has("chmod 600");
    }
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o770)).unwrap();
    person.says(&["users", "list"]).await.ends_with(2).has("can be changed by others");
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    person.says(&["users", "list"]).await.ends_with(0);
}

#[tokio::test]
async fn profiles_stand_where_the_environment_keeps_configuration() {
    let app = TestApp::start().await;
    let person = Person::new();
    let elsewhere = person.file("elsewhere").display().to_string();
    let login =
        ["login", "--server", origin(&app), "--username", "root", "--password-stdin", "--json"];
    let settings = [("XDG_CONFIG_HOME", elsewhere.as_str())];
    let said = person.runs(&login, &settings, crate::person::PASSWORD).await;
    let expected = json!({ "profile": "default", "server": origin(&app) });
    assert_eq!(crate::person::json(&said.ends_with(0).text), expected);
    assert_eq!(mode(&person.file("elsewhere/integratedb/profiles.toml")), 0o600);
    assert!(!person.profiles().exists());
}

#[tokio::test]
async fn of_several_profiles_the_named_one_is_used_or_the_last() {
    let (one, two) = (TestApp::start().await, TestApp::start().await);
    let shop = two.stakeholder("shop").await;
    let person = Person::new();
    person.logs_in(&one, &["--profile", "one"]).await.ends_with(0);
    let said = person.logs_in(&two, &["--profile", "two"]).await;
    said.ends_with(0).has(&format!("Commands go to {} from now on", origin(&two)));
    said.has("`integratedb profiles use one` leads back.");
    let list = ["stakeholders", "list"];
    person.says(&list).await.ends_with(0).has(&shop.name);
    let first = person.says(&["stakeholders", "list", "--profile", "one"]).await;
    assert!(!first.ends_with(0).text.contains(&shop.name));
    let first = person.runs(&list, &[("INTEGRATEDB_PROFILE", "one")], "").await;
    assert!(!first.ends_with(0).text.contains(&shop.name));
    // A server finds the profile that leads there.
    let first = person.says(&["stakeholders", "list", "--server", origin(&one)]).await;
    assert!(!first.ends_with(0).text.contains(&shop.name));
    let said = person.says(&["whoami", "--server", origin(&one), "--profile", "two"]).await;
    said.ends_with(2).has("is of the server").has(origin(&two));
    person.says(&["whoami", "--profile", "three"]).await.ends_with(3).has("no profile `three`");

    person.says(&["logout", "--profile", "two"]).await.ends_with(0);
    person.says(&["whoami"]).await.ends_with(3);
    person.says(&["whoami", "--profile", "one"]).await.ends_with(0);
}

#[tokio::test]
async fn logins_at_once_leave_each_its_profile() {
    let app = TestApp::start().await;
    let person = Person::new();
    let names: Vec<String> = (0..6).map(|number| format!("profile_{number}")).collect();
    let logins =
        names.iter().map(|name| async { person.logs_in(&app, &["--profile", name]).await });
    for said in join_all(logins).await {
        said.ends_with(0);
    }
    for name in &names {
        person.says(&["whoami", "--profile", name]).await.ends_with(0);
    }
    let left = fs::read_dir(person.file(".config/integratedb")).unwrap();
    let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["profiles.lock", "profiles.toml"]);
}

#[tokio::test]
async fn a_file_that_makes_no_sense_is_left_alone_and_said_without_its_secrets() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let text = "[profiles.default]\nserver = 'http://x'\nkey = idbk_hidden\n";
    fs::write(person.profiles(), text).unwrap();
    let said = person.says(&["whoami"]).await;
    said.ends_with(2).has("profiles.toml: line 3");
    assert!(!said.errors.contains("hidden"), "{said:?}");
    person.logs_in(&app, &[]).await.ends_with(2);
    assert_eq!(fs::read_to_string(person.profiles()).unwrap(), text);
}

#[tokio::test]
async fn a_file_that_is_kept_elsewhere_stays_there() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let kept = person.file("kept.toml");
    fs::rename(person.profiles(), &kept).unwrap();
    symlink(&kept, person.profiles()).unwrap();
    person.logs_in(&app, &["--profile", "more"]).await.ends_with(0);
    assert!(fs::symlink_metadata(person.profiles()).unwrap().is_symlink());
    assert!(fs::read_to_string(&kept).unwrap().contains("[profiles.more]"));
    assert_eq!(mode(&kept), 0o600);
}

#[tokio::test]
async fn profiles_are_listed_without_secrets_and_chosen() {
    let (one, two) = (TestApp::start().await, TestApp::start().await);
    let person = Person::new();
    person.says(&["profiles", "list"]).await.ends_with(0);
    let first = person.logs_in(&one, &["--profile", "one"]).await;
    assert!(!first.ends_with(0).errors.contains("from now on"), "{first:?}");
    person.logs_in(&two, &["--profile", "two"]).await.ends_with(0);
    let listed = person.reads(&["profiles", "list"]).await;
    let expected = json!([
        { "profile": "one", "server": origin(&one), "login": "user", "username": "root", "is_used": false },
        { "profile": "two", "server": origin(&two), "login": "user", "username": "root", "is_used": true },
    ]);
    assert_eq!(listed, expected);
    person.says(&["profiles", "use", "one"]).await.ends_with(0).has(origin(&one));
    person.says(&["whoami"]).await.ends_with(0).has(origin(&one));
    person.says(&["profiles", "list"]).await.ends_with(0).has("PROFILE  SERVER").has("user   root");
    let unknown = person.says(&["profiles", "use", "three"]).await;
    unknown.ends_with(2).has("There is no profile `three`; there is: one, two.");
    let again = person.logs_in(&two, &["--profile", "one"]).await;
    again.ends_with(0).has("The profile `one` no longer leads there");
    let other = person.logs_in(&two, &["--profile", "other"]).await;
    other.ends_with(0).has("Commands use the profile `other` from now on, and no longer `one`.");
    let again = person.logs_in(&two, &["--profile", "other"]).await;
    assert!(!again.ends_with(0).errors.contains("from now on"), "{again:?}");
}
