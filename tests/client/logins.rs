//! Logging in, staying in, and who one is.

use futures::future::join_all;
use serde_json::json;

use crate::front::Front;
use crate::person::{PASSWORD, Person, cells, json as read, origin};
use crate::support::{Certificates, TestApp};

#[tokio::test]
async fn a_login_is_kept_and_used_until_it_is_forgotten() {
    let app = TestApp::start().await;
    let person = Person::new();
    let said = person.logs_in(&app, &[]).await;
    said.ends_with(0).has(&format!("Logged in at {}. The profile `default`", origin(&app)));
    let me = person.reads(&["whoami"]).await;
    assert_eq!(
        (&me["kind"], &me["name"], &me["role"]),
        (&json!("user"), &json!("root"), &json!("admin"))
    );
    let said = person.says(&["whoami"]).await;
    said.ends_with(0).has("NAME         root").has(origin(&app)).has("PROFILE      default");

    person.says(&["logout"]).await.ends_with(0).has("Logged out of");
    person.says(&["users", "list"]).await.ends_with(3).has("integratedb login --server");
    person.says(&["logout"]).await.ends_with(3);
}

#[tokio::test]
async fn the_first_user_is_made_with_the_secret_that_the_server_wants() {
    let app = TestApp::with(|settings| settings.bootstrap_secret = Some("let me in".into())).await;
    let person = Person::new();
    let first =
        ["login", "--first", "--server", origin(&app), "--username", "root", "--password-stdin"];
    let said = person.types(&first, PASSWORD).await;
    said.ends_with(3).has("set BOOTSTRAP_SECRET to the one that it has in that setting.");
    let said = person.runs(&first, &[("BOOTSTRAP_SECRET", "open sesame")], PASSWORD).await;
    said.ends_with(3).has("BOOTSTRAP_SECRET is another than the server's.");
    let way_out = "The server has no user yet: `integratedb login --first` makes";
    person.logs_in(&app, &[]).await.ends_with(3).has(way_out);
    let open = TestApp::with(|_| {}).await;
    person.logs_in(&open, &[]).await.ends_with(3).has(way_out);
    let said = person.runs(&first, &[("BOOTSTRAP_SECRET", "let me in")], "short").await;
    said.ends_with(2).has("integratedb: password should be at least 10 character(s)");
    assert!(!person.profiles().exists());
    person.runs(&first, &[("BOOTSTRAP_SECRET", "let me in")], PASSWORD).await.ends_with(0);
    assert_eq!(person.reads(&["users", "list"]).await[0]["username"], "root");
    for settings in [&[][..], &[("BOOTSTRAP_SECRET", "let me in")]] {
        let said = person.runs(&first, settings, PASSWORD).await;
        said.ends_with(3).has("There are users already: leave out --first.");
    }
}

#[tokio::test]
async fn who_can_not_log_in_is_told_why_and_nothing_is_kept() {
    let app = TestApp::start().await;
    let person = Person::new();
    let login = ["login", "--server", origin(&app), "--username", "root"];
    let piped = [&login[..], &["--password-stdin"]].concat();
    let said = person.types(&piped, "wrong horse, this\n").await;
    said.ends_with(3).has("Wrong credentials.");
    assert!(!said.errors.contains("horse"), "{said:?}");
    person.types(&piped, "").await.ends_with(2).has("There is no password in standard input.");
    person.says(&login).await.ends_with(2).has("pass it with --password-stdin");
    let said =
        person.types(&["login", "--server", origin(&app), "--password-stdin"], PASSWORD).await;
    said.ends_with(2).has("Say it with --username.");
    person.types(&["login", "--username", "x"], "").await.ends_with(3).has("Which server?");
    assert!(!person.profiles().exists());
}

#[tokio::test]
async fn programs_use_a_key_of_the_environment_and_need_no_home() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let key = person.reads(&["keys", "add", "ci", "--role", "viewer"]).await;
    let key = key["key"].as_str().unwrap();
    let settings = [("INTEGRATEDB_SERVER", origin(&app)), ("INTEGRATEDB_TOKEN", key)];
    let output = crate::support::program::output(&["whoami", "--json"], &settings).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(read(&String::from_utf8(output.stdout).unwrap())["name"], "ci");

    let stranger = Person::new();
    let said =
        stranger.runs(&["users", "add", "ann", "--password-stdin"], &settings, PASSWORD).await;
    said.ends_with(3);
    let said =
        stranger.runs(&["whoami"], &[settings[0], ("INTEGRATEDB_TOKEN", "idbk_wrong")], "").await;
    said.ends_with(3).has("The token is not valid, or not any more.");
}

#[tokio::test]
async fn a_key_may_be_kept_in_a_profile_if_it_is_good() {
    let app = TestApp::start().await;
    let root = Person::of(&app).await;
    let made = root.reads(&["keys", "add", "laptop", "--role", "operator"]).await;
    let person = Person::new();
    let login = ["login", "--server", origin(&app), "--key-from-stdin"];
    person.types(&login, "idbk_wrong").await.ends_with(3);
    assert!(!person.profiles().exists());
    person.types(&login, &format!("{}\n", made["key"].as_str().unwrap())).await.ends_with(0);
    assert_eq!(person.reads(&["whoami"]).await["name"], "laptop");
    root.says(&["keys", "revoke", "laptop", "--yes"]).await.ends_with(0);
    person.says(&["whoami"]).await.ends_with(3);
    person.says(&["logout"]).await.ends_with(0).has("The key itself stays good until");
}

#[tokio::test]
async fn a_token_that_has_ended_is_renewed_once_for_all_commands() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let ended = "an access token that has ended";
    person.changes_profiles(|book| {
        book["profiles"]["default"]["access_token"] = ended.into();
    });
    let commands = join_all((0..8).map(|_| person.says(&["whoami", "--json"]))).await;
    for said in &commands {
        said.ends_with(0);
        assert_eq!(read(&said.text)["name"], "root");
    }
    person.changes_profiles(|book| {
        assert_ne!(book["profiles"]["default"]["access_token"].as_str(), Some(ended));
    });
    person.says(&["whoami"]).await.ends_with(0);
}

#[tokio::test]
async fn a_login_that_has_ended_says_how_to_log_in_again() {
    let app = TestApp::start().await;
    let person = Person::of(&app).await;
    let changed =
        person.types(&["users", "set", "root", "--password-stdin"], "another horse").await;
    changed.ends_with(0);
    let said = person.says(&["users", "list"]).await;
    said.ends_with(3)
        .has(&format!("integratedb login --profile default --server {}", origin(&app)));
    let said = person.says(&["users", "list", "--json"]).await;
    let errors = read(&said.ends_with(3).errors);
    assert!(errors["errors"]["detail"].as_str().unwrap().contains("has ended"), "{errors}");
    // It knows where that is.
    let again = ["login", "--username", "root", "--password-stdin"];
    person.types(&again, "another horse").await.ends_with(0);
    let table = person.says(&["users", "list"]).await;
    assert_eq!(cells(&table.ends_with(0).text), [["1", "root", "admin"]]);
}

#[tokio::test]
async fn a_server_is_only_trusted_by_its_certificate() {
    let (app, certificates) = (TestApp::start().await, Certificates::make());
    let front = Front::of(&app, &certificates).await;
    let person = Person::new();
    let login = ["login", "--server", &front.origin, "--username", "root", "--password-stdin"];
    let said = person.types(&login, PASSWORD).await;
    said.ends_with(5).has("its certificate comes from an authority that isn't trusted here");
    let ca = certificates.file("ca.crt");
    person.types(&[&login[..], &["--ca", &ca]].concat(), PASSWORD).await.ends_with(0);
    // The profile keeps whom to trust.
    person.says(&["whoami"]).await.ends_with(0);
    let key = certificates.file("ca.key");
    person.says(&["whoami", "--ca", &key]).await.ends_with(2).has("has no certificate");
}
