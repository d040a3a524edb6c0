//! The chain of the audit: what is changed in it shows, and nothing that happens at the
//! same time, or ends in the midst of it, breaks it.

use integratedb::audit::{self, Event, Subject};
use serde_json::{Value, json};

use crate::scene::{Scene, migration};
use crate::support::program::Serve;
use crate::support::{
    Client, Database, TestApp, column, refusal, run, unique, until_control_is_gone, until_waiting,
};

async fn verification(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/audit/verification{query}")).await.expect(200).data().clone()
}

/// An app with some entries, the superuser, and the hash that the chain ends with.
async fn chained() -> (TestApp, Client, String) {
    let app = TestApp::start().await;
    for word in ["a", "b", "c", "d"] {
        app.stakeholder(word).await;
    }
    let superuser = app.database.superuser().await;
    let found = verification(&app, "").await;
    assert_eq!((&found["is_intact"], &found["entries"]), (&json!(true), &json!(5)));
    let head = found["head"].as_str().unwrap().to_owned();
    (app, superuser, head)
}

#[tokio::test]
async fn whoever_changes_an_entry_is_refused_even_the_owner() {
    let (app, superuser, _) = chained().await;
    let control = app.database.control().await;
    for client in [&superuser, &control] {
        for sql in [
            "update integratedb.audit set actor_name = 'x' where no = 2",
            "delete from integratedb.audit where no = 5",
            "truncate integratedb.audit",
            "update integratedb.audit_head set no = 1",
            "update integratedb.audit_head set hash = sha256('x')",
            "delete from integratedb.audit_head",
        ] {
            let refusal = refusal(client, sql).await;
            assert!(refusal.message().contains("append-only"), "{sql}: {refusal}");
        }
    }
    // Unsealed ones neither, while nobody can seal them.
    let sealer = app.database.superuser().await;
    run(&sealer, "begin; select from integratedb.audit_head for update").await;
    run(&control, "select integratedb.record_audit('system', null, null, null, null, 'x.y', 'z', null, null, null, null)").await;
    for sql in [
        "update integratedb.audit_unsealed set action = 'x'",
        "delete from integratedb.audit_unsealed",
        "truncate integratedb.audit_unsealed",
    ] {
        assert!(refusal(&control, sql).await.message().contains("append-only"), "{sql}");
    }
    run(&sealer, "rollback").await;
    // Replicas, which fire no ordinary triggers, neither.
    run(&superuser, "set session_replication_role = replica").await;
    refusal(&superuser, "delete from integratedb.audit").await;
    assert_eq!(verification(&app, "").await["is_intact"], true);
}

#[tokio::test]
async fn what_was_edited_removed_reordered_or_added_is_found() {
    let (app, superuser, head) = chained().await;
    run(&superuser, "alter table integratedb.audit disable trigger all; alter table integratedb.audit_head disable trigger all").await;
    run(&superuser, "create table kept as select * from integratedb.audit; create table kept_head as select * from integratedb.audit_head").await;
    let rehash = "update integratedb.audit a set hash = integratedb.audit_hash(
                    coalesce((select b.hash from integratedb.audit b where b.no = a.no - 1), decode(repeat('00', 32), 'hex')), a)
                  where a.no = ";
    let swap = "update integratedb.audit a set actor_name = b.actor_name, at = b.at, subject_name = b.subject_name,
                  recorded = -b.recorded from integratedb.audit b where (a.no, b.no) in ((3, 4), (4, 3))";
    let insert = "insert into integratedb.audit
                  select 6, 99, at, actor_kind, actor_id, actor_name, address, request_id, action,
                    subject_kind, subject_id, subject_name, before, after, hash
                  from integratedb.audit where no = 5";
    for (done, broken_at, reason) in [
        (
            "update integratedb.audit set actor_name = 'x' where no = 2",
            Some(2),
            "is not as it was sealed",
        ),
        (
            "update integratedb.audit set at = at + interval '1 us' where no = 5",
            Some(5),
            "is not as it was sealed",
        ),
        (
            "update integratedb.audit set address = request_id, request_id = address where no = 1",
            Some(1),
            "is not as it was sealed",
        ),
        (
            &format!("update integratedb.audit set actor_name = 'x' where no = 2; {rehash} 2"),
            Some(3),
            "is not as it was sealed",
        ),
        ("delete from integratedb.audit where no = 1", Some(1), "is missing"),
        (
            "delete from integratedb.audit where no in (2, 3)",
            Some(2),
            "and those up to 3 are missing",
        ),
        (
            "delete from integratedb.audit where no = 3; update integratedb.audit set no = no - 1 where no > 3",
            Some(3),
            "is not as it was sealed",
        ),
        (swap, Some(3), "is not as it was sealed"),
        (insert, Some(6), "is not as it was sealed"),
        (&format!("{insert}; {rehash} 6"), Some(6), "was not sealed: it stands behind the end"),
        ("delete from integratedb.audit where no = 5", Some(5), "is missing: it was the last"),
        (
            "delete from integratedb.audit where no > 2",
            Some(3),
            "and those up to 5, the last, are missing",
        ),
        ("delete from integratedb.audit", Some(1), "and those up to 5, the last, are missing"),
        (
            &format!("update integratedb.audit set actor_name = 'x' where no = 5; {rehash} 5"),
            Some(5),
            "is the last and has not the hash that the chain ends with",
        ),
        // Who forges the head as well is found out by a hash that was kept elsewhere.
        (
            "delete from integratedb.audit where no = 5; update integratedb.audit_head set (no, hash) = (select no, hash from integratedb.audit where no = 4)",
            None,
            "the hash that was kept is of no entry: it was removed, or all was written anew",
        ),
    ] {
        run(&superuser, done).await;
        let found = verification(&app, &format!("?head={head}")).await;
        assert_eq!(found["is_intact"], false, "{done}");
        assert_eq!(found["broken_at"], json!(broken_at), "{done}: {found}");
        assert_eq!(found["reason"], reason, "{done}");
        run(&superuser, "truncate integratedb.audit; insert into integratedb.audit select * from kept; delete from integratedb.audit_head; insert into integratedb.audit_head select * from kept_head").await;
        assert_eq!(verification(&app, &format!("?head={head}")).await["is_intact"], true, "{done}");
    }
    // A hash that was kept stays good while the chain grows.
    app.stakeholder("e").await;
    let found = verification(&app, &format!("?head={head}")).await;
    assert_eq!((&found["is_intact"], &found["entries"]), (&json!(true), &json!(6)));
    assert_ne!(found["head"], head);
}

#[tokio::test]
async fn many_writers_at_once_get_one_chain() {
    let scene = Scene::after("create table a (id int)").await;
    let app = &scene.app;
    let second = app.beside(|_| {}).await;
    let by_api = async |app: &TestApp| {
        for _ in 0..6 {
            app.stakeholder("made").await;
        }
    };
    let isolations = ["read committed", "repeatable read", "serializable"];
    let by_migration = async |isolation: &str| {
        let owner = app.database.owner().await;
        run(&owner, &format!("set default_transaction_isolation = '{isolation}'")).await;
        let table = unique("made");
        run(&owner, &format!("create table {table} (id int)")).await;
        for no in 0..6 {
            // An old snapshot may lose against another migration, and is told so.
            let sql = migration(&format!("alter table {table} add c{no} int"));
            while owner.simple_query(&sql).await.is_err() {
                run(&owner, "rollback").await;
            }
        }
    };
    let everything = async {
        tokio::join!(by_api(app), by_api(&second), by_api(app), by_api(&second));
    };
    tokio::join!(
        everything,
        by_migration(isolations[0]),
        by_migration(isolations[1]),
        by_migration(isolations[2])
    );
    let found = verification(app, "").await;
    assert_eq!(found["is_intact"], true, "{found}");
    let superuser = app.database.superuser().await;
    let made = "select count(*) from integratedb.audit where action = 'stakeholder.create'";
    assert_eq!(column(&superuser, made).await, ["25"]);
    assert_eq!(column(&superuser, "select count(*) from integratedb.audit_unsealed").await, ["0"]);
}

#[tokio::test]
async fn a_migration_that_takes_its_time_and_changes_by_the_api_wait_for_nobody() {
    for isolation in ["read committed", "repeatable read", "serializable"] {
        let scene = Scene::after("create table a (id int)").await;
        scene.claim_fields("public.a", json!(["*"])).await;
        let owner = &scene.owner;
        run(owner, &format!("begin isolation level {isolation}; alter table a add x int")).await;
        // It has entered what it did, in the journal and in the audit, and goes on.
        run(owner, "select integratedb_validate_migration()").await;
        let made = scene.app.stakeholder("meanwhile").await;
        scene.app.token_of(&made).await;
        let found = verification(&scene.app, "").await;
        assert_eq!((&found["is_intact"], &found["entries"]), (&json!(true), &json!(5)));
        run(owner, "select integratedb_validate_migration(); commit").await;
        scene.app.token_of(&made).await;
        let found = verification(&scene.app, "").await;
        assert_eq!(
            (&found["is_intact"], &found["entries"]),
            (&json!(true), &json!(7)),
            "{isolation}"
        );
        let newest = crate::audit::entries(&scene.app, "?action=migration").await;
        assert_eq!(newest.len(), 1, "a transaction has one entry");
    }
}

#[tokio::test]
async fn a_sealing_that_is_cut_off_is_done_by_the_next() {
    let (app, superuser, _) = chained().await;
    // The server would seal it by itself.
    let (database, token) = (app.database.clone(), app.token.clone());
    app.stop().await;
    let mut control = database.control().await;
    let transaction = control.transaction().await.unwrap();
    let event = Event {
        action: "registry.upgrade",
        subject: Subject::of("test"),
        before: None,
        after: None,
    };
    audit::record(&transaction, event).await.unwrap();
    transaction.commit().await.unwrap();
    // It is committed, and whoever seals it is killed before he has.
    let pid = column(&control, "select pg_backend_pid()").await.remove(0);
    run(&control, "begin; select integratedb.seal_audit(1000)").await;
    let sealing = tokio::spawn({
        let other = database.control().await;
        async move { run(&other, "select integratedb.seal_audit(1000)").await }
    });
    until_waiting(&superuser, 1).await;
    run(&superuser, &format!("select pg_terminate_backend({pid})")).await;
    sealing.await.unwrap();
    let mut app = TestApp::on(database, |_| {}).await;
    app.token = token;
    let found = verification(&app, "").await;
    assert_eq!((&found["is_intact"], &found["entries"]), (&json!(true), &json!(6)));
    assert_eq!(crate::audit::entries(&app, "?actor=system").await[0]["action"], "registry.upgrade");
}

#[tokio::test]
async fn what_was_done_when_the_program_is_killed_is_in_the_audit() {
    let database = Database::create().await;
    let mut serve = Serve::start(&database.control_url(), &[]).await;
    let token = serve.first_user().await;
    let (base, http) = (format!("{}/api/v1/stakeholders", serve.origin), serve.http.clone());
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (base, http, token) = (base.clone(), http.clone(), token.clone());
            tokio::spawn(async move {
                let mut made = Vec::new();
                loop {
                    let name = unique("killed");
                    let body = json!({ "stakeholder": { "name": name } });
                    let sent = http.post(&base).bearer_auth(&token).json(&body).send().await;
                    match sent {
                        Ok(answer) if answer.status() == 201 => made.push(name),
                        _ => return made,
                    }
                }
            })
        })
        .collect();
    let superuser = database.superuser().await;
    let count = "select count(*) from integratedb.stakeholders";
    crate::support::eventually("for stakeholders", async || {
        column(&superuser, count).await[0].parse::<i64>().unwrap() >= 8
    })
    .await;
    serve.kill().await;
    let mut answered = Vec::new();
    for writer in writers {
        answered.extend(writer.await.unwrap());
    }
    until_control_is_gone(&superuser).await;
    let mut control = database.control().await;
    audit::seal(&mut control).await.unwrap();
    let entered =
        "select subject_name from integratedb.audit where action = 'stakeholder.create' order by 1";
    let there = "select name::text from integratedb.stakeholders order by name::text";
    let entered = column(&superuser, entered).await;
    assert_eq!(entered, column(&superuser, there).await);
    assert!(answered.iter().all(|name| entered.contains(name)));
    let found = audit::verify(&control, None).await.unwrap();
    assert!(found.is_intact, "{found:?}");
}
