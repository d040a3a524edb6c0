//! `claims edit`, with scripts for editors.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::claims::TABLES;
use crate::person::Person;
use crate::support::documents::Said;
use crate::support::{Receiver, Reply, Stakeholder, TestApp, run};

/// Somebody who edits the claims of a shop.
struct Desk {
    app: TestApp,
    person: Person,
    shop: Stakeholder,
}

impl Desk {
    async fn set() -> Self {
        let app = TestApp::start().await;
        run(&app.database.owner().await, TABLES).await;
        let (person, shop) = (Person::of(&app).await, app.stakeholder("shop").await);
        Self { app, person, shop }
    }

    /// Edits with a script, whose `$1` is the file and `$HOME` that of the test.
    async fn edits(&self, script: &str) -> Said {
        edits(&self.person, &self.shop.name, script).await
    }

    async fn stored(&self) -> Value {
        let path = format!("/stakeholders/{}/claims", self.shop.id);
        self.app.get(&path).await.data().clone()
    }
}

async fn edits(person: &Person, whose: &str, script: &str) -> Said {
    let editor = person.writes("editor", &format!("#!/bin/sh\nset -eu\n{script}\n"));
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o700)).unwrap();
    let drafts = person.file("drafts");
    fs::create_dir_all(&drafts).unwrap();
    let settings = [("VISUAL", editor.as_str()), ("TMPDIR", drafts.to_str().unwrap())];
    person.runs(&["claims", "edit", whose], &settings, "").await
}

/// What the file says that an editor left, where it was kept.
fn kept(said: &Said) -> String {
    let (_, after) = said.errors.split_once("What you wrote is in ").expect("a file");
    let path = after.lines().next().unwrap().trim_end_matches('.');
    fs::read_to_string(path).unwrap()
}

fn drafts(person: &Person) -> usize {
    fs::read_dir(person.file("drafts")).unwrap().count()
}

const ORDERS: &str = r#"{"match": [{"path": "public.orders", "fields": ["id"]}]}"#;

#[tokio::test]
async fn what_is_written_in_the_editor_is_shown_and_saved() {
    let desk = Desk::set().await;
    let said = desk.edits(&format!("cat \"$1\" > \"$HOME/seen\"; echo '{ORDERS}' > \"$1\"")).await;
    said.ends_with(0).has("+ SELECT (id) on public.orders").has("Saved the claims of");
    assert_eq!(fs::read_to_string(desk.person.file("seen")).unwrap(), "{\n  \"match\": []\n}\n");
    assert_eq!(desk.stored().await, serde_json::from_str::<Value>(ORDERS).unwrap());
    desk.edits("true").await.ends_with(0).has("Nothing to change.");
    assert_eq!(drafts(&desk.person), 0);
}

#[tokio::test]
async fn what_is_wrong_comes_back_above_the_text_until_it_is_right() {
    let desk = Desk::set().await;
    let script = format!(
        r##"
        case "$(head -c 2 "$1")" in
          "# ") cp "$1" "$HOME/offered_again"
                if grep -q "isn't JSON" "$1"; then
                  echo '{{"match": [{{"path": "public.nowhere"}}]}}' > "$1"
                else
                  echo '{ORDERS}' > "$1"
                fi ;;
          *) echo '{{"match": [}}' > "$1" ;;
        esac"##
    );
    desk.edits(&script).await.ends_with(0);
    let again = fs::read_to_string(desk.person.file("offered_again")).unwrap();
    assert!(again.starts_with("# #/match/0/path: path: `public.nowhere`"), "{again}");
    assert!(again.ends_with("{\"match\": [{\"path\": \"public.nowhere\"}]}\n"), "{again}");
    assert_eq!(desk.stored().await, serde_json::from_str::<Value>(ORDERS).unwrap());
    assert_eq!(drafts(&desk.person), 0);
}

#[tokio::test]
async fn who_gives_up_changes_nothing_and_loses_nothing() {
    let desk = Desk::set().await;
    let wrong = r#"{"match": [{"path": "public.nowhere"}]}"#;
    let said = desk.edits(&format!("grep -q '^#' \"$1\" || echo '{wrong}' > \"$1\"")).await;
    said.ends_with(2).has("public.nowhere").has("Nothing was changed.");
    assert!(kept(&said).contains(wrong));

    let said = desk.edits(&format!("echo '{ORDERS}' > \"$1\"; exit 3")).await;
    said.ends_with(2).has("ended with exit status: 3");
    assert!(kept(&said).contains(ORDERS));
    // What can't be read is kept too.
    let said = desk.edits("printf '\\377' > \"$1\"").await;
    said.ends_with(2).has("Nothing was saved. What you wrote is in ");
    assert_eq!(drafts(&desk.person), 3);
    assert_eq!(desk.stored().await, json!({ "match": [] }));
}

#[tokio::test]
async fn who_was_overtaken_overwrites_nothing_and_keeps_the_text() {
    let desk = Desk::set().await;
    let other = json!([{ "path": "public.totals" }]);
    // Somebody else saves while the editor is open.
    let go_on = desk.person.file("go_on");
    let script = format!(
        "touch \"$HOME/is_open\"; while ! [ -e \"$HOME/go_on\" ]; do :; done; echo '{ORDERS}' > \"$1\""
    );
    let overtake = async {
        let is_open = desk.person.file("is_open");
        crate::support::eventually("for the editor", async || is_open.exists()).await;
        desk.app.claim(&desk.shop, &other).await;
        fs::write(go_on, "").unwrap();
    };
    let (said, ()) = tokio::join!(desk.edits(&script), overtake);
    said.ends_with(6).has("Somebody else has changed these claims meanwhile.");
    assert!(kept(&said).contains(ORDERS));
    assert_eq!(desk.stored().await["match"], other);
}

#[tokio::test]
async fn a_server_that_knows_versions_is_told_which_was_read() {
    let server = Receiver::start();
    server.answer(|received| {
        let is_overtaken =
            received.header("if-match") == "\"v1\"" && !received.path.contains("dry_run");
        match received.path.as_str() {
            _ if is_overtaken => {
                Reply::status(412).body(r#"{"errors": {"detail": "It was changed."}}"#)
            }
            _ => Reply::status(200).header("etag", "\"v1\"").body(r#"{"data": {"match": []}}"#),
        }
    });
    let person = Person::new();
    let origin = format!("http://{}", server.address());
    let editor = person.writes("editor", &format!("#!/bin/sh\necho '{ORDERS}' > \"$1\"\n"));
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o700)).unwrap();
    let settings = [
        ("EDITOR", editor.as_str()),
        ("INTEGRATEDB_SERVER", &origin),
        ("INTEGRATEDB_TOKEN", "idbk_x"),
        ("TMPDIR", person.home.to_str().unwrap()),
    ];
    let said = person.runs(&["claims", "edit", "7"], &settings, "").await;
    said.ends_with(6).has("meanwhile");
    assert!(kept(&said).contains(ORDERS));
    let paths: Vec<String> = server.received().iter().map(|one| one.path.clone()).collect();
    let base = "/api/v1/stakeholders/7/claims";
    assert_eq!(paths, [base.to_owned(), format!("{base}?dry_run=true"), base.to_owned()]);
}
