//! Operating notifications: documents, channels, dead letters, backfills, positions.

use serde_json::{Value, json};

use crate::person::{Person, cells, json as read};
use crate::support::{Client, Receiver, Stakeholder, TestApp, column, eventually, run};

struct Stage {
    _app: TestApp,
    owner: Client,
    person: Person,
    shop: Stakeholder,
    receiver: Receiver,
}

impl Stage {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let owner = app.database.owner().await;
        run(&owner, "create table orders (id int primary key, status text)").await;
        let (person, shop) = (Person::of(&app).await, app.stakeholder("shop").await);
        app.claim(&shop, &json!([{ "path": "public.orders", "fields": ["id"] }])).await;
        Self { _app: app, owner, person, shop, receiver: Receiver::start() }
    }

    /// Listens to orders, by a webhook that gives up at once.
    async fn listens(&self) {
        let set = ["notifications", "set", &self.shop.name, "-"];
        let said = self.person.types(&set, &self.document().to_string()).await;
        said.ends_with(0).has("Saved the notifications of").has("The secret of hook, shown only");
    }

    fn document(&self) -> Value {
        json!({
            "match": [{ "path": "public.orders", "fields": ["id"], "events": ["*"], "channels": ["*"] }],
            "channels": [{ "type": "WEBHOOK", "name": "hook", "url": self.receiver.url(), "max_attempts": 1 }],
        })
    }

    async fn says(&self, arguments: &[&str]) -> crate::support::documents::Said {
        self.person.says(&[&["notifications"], arguments].concat()).await
    }
}

#[tokio::test]
async fn a_document_is_put_and_channels_are_paused_resumed_tested_and_rotated() {
    let stage = Stage::set().await;
    let name = stage.shop.name.as_str();
    stage.listens().await;
    let document = stage.person.reads(&["notifications", "get", name]).await;
    assert_eq!(document["channels"][0]["name"], "hook");
    let paused = stage.says(&["pause", name, "--channel", "hook"]).await;
    paused.ends_with(0).has("PENDING").has("BEING READ");
    let status = stage.person.reads(&["notifications", "status", name]).await;
    assert_eq!(status["channels"][0]["paused"], true);
    stage.says(&["resume", name]).await.ends_with(0);
    stage
        .says(&["pause", name, "--channel", "none"])
        .await
        .ends_with(2)
        .has("channel \"none\" is the name of no channel: there is hook");

    let tested = stage.says(&["test", name]).await;
    assert_eq!(cells(&tested.ends_with(0).text)[0][2], "yes");
    stage.receiver.answer_with(500);
    stage.says(&["test", name]).await.ends_with(1).has("no");
    for rotate in [&["rotate", name, "hook"][..], &["rotate", name, "--channel", "hook"]] {
        stage.says(rotate).await.ends_with(0).has("SECRET   whsec_");
    }
    for wrong in [&["rotate", name][..], &["rotate", name, "hook", "--channel", "hook"]] {
        stage.says(wrong).await.ends_with(2);
    }
}

#[tokio::test]
async fn where_no_channel_is_nothing_is_done_and_that_is_said() {
    let stage = Stage::set().await;
    let name = stage.shop.name.as_str();
    let none = "integratedb: channel can't be chosen: the stakeholder has none.";
    let replay = ["replay", name, "--from", "2026-01-01T00:00:00Z"];
    let unknown =
        "integratedb: channel \"hook\" is the name of no channel: the stakeholder has none";
    for all in [&["test", name][..], &["pause", name], &["resume", name], &replay] {
        stage.says(all).await.ends_with(2).has(none);
        stage.says(&[all, &["--channel", "hook"]].concat()).await.ends_with(2).has(unknown);
    }
    stage.says(&["rotate", name, "hook"]).await.ends_with(2).has(unknown);
    stage.listens().await;
    let unknown = "integratedb: channel \"hock\" is the name of no channel: there is hook";
    for all in [&["test", name][..], &["pause", name], &["resume", name]] {
        stage.says(&[all, &["--channel", "hock"]].concat()).await.ends_with(2).has(unknown);
        stage.says(all).await.ends_with(0);
    }
    stage.says(&[&replay[..], &["--channel", "hock"]].concat()).await.ends_with(2).has(unknown);
    let ahead = ["replay", name, "--from", "2999-01-01T00:00:00Z"];
    stage.says(&ahead).await.ends_with(2).has("from is not before where hook is (");
}

#[tokio::test]
async fn a_plan_says_what_would_change_and_whether_anything_would() {
    let stage = Stage::set().await;
    let plan = ["notifications", "plan", &stage.shop.name, "-"];
    let document = stage.document().to_string();
    let said = stage.person.types(&plan, &document).await;
    said.ends_with(1).has("+ match {\"path\":\"public.orders\"").has("+ channel hook");
    said.has("+ secret of hook");
    stage.listens().await;
    stage.person.types(&plan, &document).await.ends_with(0).has("Nothing to do.");
    let said = stage.person.types(&plan, "{\"match\": [], \"channels\": []}").await;
    said.ends_with(1).has("- channel hook, with its position and its dead letters");
    let json = [&plan[..], &["--json"]].concat();
    let said = stage.person.types(&json, &document).await;
    assert_eq!(read(&said.ends_with(0).text)["dry_run"]["is_change"], false);
    stage.person.types(&plan, "{}").await.ends_with(2).has("#: Required property match");
}

#[tokio::test]
async fn what_was_written_is_waited_for_until_it_is_told() {
    let stage = Stage::set().await;
    let name = stage.shop.name.as_str();
    stage.listens().await;
    run(&stage.owner, "insert into orders values (1, 'new')").await;
    let lsn = column(&stage.owner, "select pg_current_wal_lsn()").await.remove(0);
    let said = stage.says(&["position", name, &lsn, "--within", "120"]).await;
    said.ends_with(0).has("hook");
    // Further than all the others write meanwhile.
    let later = column(&stage.owner, "select pg_current_wal_lsn() + 1000000000000").await.remove(0);
    let said = stage.says(&["position", name, &later, "--json"]).await;
    assert_eq!(read(&said.ends_with(1).text)["processed"], false);
    stage.says(&["position", name, "x"]).await.ends_with(2).has("lsn ");
}

#[tokio::test]
async fn dead_letters_are_listed_shown_sent_again_and_skipped() {
    let stage = Stage::set().await;
    let name = stage.shop.name.as_str();
    stage.listens().await;
    stage.receiver.answer_with(500);
    run(&stage.owner, "insert into orders values (1, 'new'), (2, 'new')").await;
    let list = ["notifications", "letters", "list", name];
    eventually("for dead letters", async || {
        stage.person.reads(&list).await.as_array().unwrap().len() == 2
    })
    .await;
    let listed = stage.person.says(&list).await;
    let ids: Vec<String> = cells(&listed.text).into_iter().map(|row| row[0].clone()).collect();
    assert!(ids[0] > ids[1], "{ids:?}");
    let shown = stage.says(&["letters", "show", name, &ids[0]]).await;
    shown.ends_with(0).has("\"operation\": \"INSERT\"");
    stage.says(&["letters", "replay", name, &ids[0], &ids[1]]).await.ends_with(1);
    let said = stage.says(&["letters", "replay", name, &ids[0], "999", &ids[1]]).await;
    let rows = cells(&said.ends_with(1).text);
    let tried: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(tried, [&ids[0], "999", &ids[1]]);
    said.has("there is no such dead letter");
    let said = stage.says(&["letters", "replay", name, "999", "--json"]).await;
    let told = read(&said.ends_with(1).text);
    assert_eq!(told["letter"], 999);
    assert!(told["errors"]["detail"].as_str().unwrap().contains("no dead letter 999"), "{told}");
    stage.says(&["letters", "show", name, "999"]).await.ends_with(2).has("no dead letter 999");
    let of =
        async |channel: &str| stage.says(&[&list[1..], &["--channel", channel]].concat()).await;
    assert_eq!(of("hook").await.ends_with(0).text, listed.text);
    of("other").await.ends_with(2).has("\"other\" is the name of no channel: there is hook");
    let all = ["letters", "replay", name, "--all"];
    let said = stage.says(&[&all[..], &["--channel", "hook"]].concat()).await;
    let rows = cells(&said.ends_with(1).text);
    assert_eq!([&rows[0][0], &rows[1][0]], [&ids[1], &ids[0]], "the oldest first");
    let none = stage.says(&[&all[..], &["--channel", "other"]].concat()).await;
    none.ends_with(2).has("is the name of no channel");
    stage.says(&[&all[..], &["1"]].concat()).await.ends_with(2);
    let worst = stage.says(&["status"]).await;
    let row = cells(&worst.ends_with(0).text).remove(0);
    assert_eq!((row[0].as_str(), row[1].as_str()), (name, "hook"));
    stage.receiver.answer_with(200);
    let sent = stage.says(&["letters", "replay", name, &ids[0], "--json"]).await;
    assert_eq!(read(&sent.ends_with(0).text)["delivered"], true);
    let skip = ["letters", "skip", name, &ids[1]];
    stage.says(&skip).await.ends_with(2).has(&format!("with the ids {}? There is nobody", ids[1]));
    stage.says(&[&skip[..], &["--yes"]].concat()).await.ends_with(0);
    let gone = format!("has no dead letter {}", ids[1]);
    stage.says(&[&skip[..], &["--yes"]].concat()).await.ends_with(2).has(&gone);
    stage.says(&all).await.ends_with(0).has("There are no dead letters.");
    assert_eq!(stage.person.reads(&list).await, json!([]));
    let replayed = stage.says(&["replay", name, "--from", "2026-01-01T00:00:00Z"]).await;
    replayed.ends_with(0);
    stage.says(&["replay", name, "--from", "soon"]).await.ends_with(2).has("from must be the id");
}

#[tokio::test]
async fn a_backfill_is_followed_to_its_end() {
    let stage = Stage::set().await;
    let name = stage.shop.name.as_str();
    run(&stage.owner, "insert into orders select n, 'old' from generate_series(1, 20) n").await;
    stage.listens().await;
    let start = ["backfill", "start", name, "--match", "0", "--follow", "--json"];
    let followed = stage.says(&start).await;
    let states: Vec<Value> = followed.ends_with(0).text.lines().map(read).collect();
    let last = states.last().unwrap();
    assert_eq!((&last["state"], &last["tables"][0]["rows_read"]), (&json!("done"), &json!(20)));
    let id = last["id"].to_string();
    let shown = stage.says(&["backfill", "show", name, &id, "--follow"]).await;
    shown.ends_with(0).has("STATE        done").has("ROWS READ");
    stage.says(&["backfill", "cancel", name, &id]).await.ends_with(0).has("done");
    let listed = stage.says(&["backfill", "list", name]).await;
    assert_eq!(cells(&listed.ends_with(0).text)[0][0], id);
    let wrong = ["backfill", "start", name, "--match", "0", "--where", "{"];
    stage.says(&wrong).await.ends_with(2).has("--where isn't JSON");
    stage.says(&["backfill", "start", name, "--match", "9"]).await.ends_with(2).has("match ");
    stage
        .says(&["backfill", "show", name, "99"])
        .await
        .ends_with(2)
        .has("/notifications/backfill/99");
}
