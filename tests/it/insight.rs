//! Who depends on what, what is unmet, and where grants differ: by SQL, API and
//! command.

use integratedb::insight;
use serde_json::{Value, json};

use crate::scene::Scene;
use crate::support::program::output;
use crate::support::{column, run};

async fn impact(scene: &Scene, path: &str) -> Vec<String> {
    let sql = format!(
        "select concat_ws(' ', replace(stakeholder, '{}', 'reporting'), \"table\", array_to_string(columns, ','), need,
           'or ' || nullif(array_to_string(alternatives, ','), ''), case when would_break then 'breaks' end)
         from integratedb_impact('{path}')",
        scene.reporting.name
    );
    column(&scene.owner, &sql).await
}

#[tokio::test]
async fn impact_says_who_needs_a_column_and_what_would_do_instead() {
    let scene = Scene::after(
        "create table a (id int, x int, y int, z int, \"Odd.col\" int); create table b (x int); create schema s; create table s.t (id int)",
    )
    .await;
    scene
        .claim(json!([
            { "path": "public.a", "fields": ["id", { "alternatives": ["x", "y"] }, { "name": "z", "optional": true }] },
            { "path": "public.a", "fields": ["Odd.col"], "optional": true },
            { "alternatives": [{ "path": "public.b", "fields": ["x"] }, { "path": "public.a", "fields": ["id"] }] },
            { "path": "s.*", "fields": ["*"] },
        ]))
        .await;
    assert_eq!(
        impact(&scene, "public.a.id").await,
        ["reporting public.a id required breaks", "reporting public.a id required or public.b"]
    );
    assert_eq!(impact(&scene, "public.a.x").await, ["reporting public.a x required or public.a.y"]);
    assert_eq!(impact(&scene, "public.a.z").await, ["reporting public.a z optional"]);
    assert_eq!(impact(&scene, "public.a.Odd.col").await, ["reporting public.a Odd.col optional"]);
    assert_eq!(
        impact(&scene, "public.a.\"Odd.col\"").await,
        ["reporting public.a Odd.col optional"]
    );
    assert_eq!(impact(&scene, "public.b").await, ["reporting public.b x required or public.a"]);
    assert_eq!(impact(&scene, "s").await, ["reporting s.t id required breaks"]);
    assert_eq!(impact(&scene, "s.*").await, impact(&scene, "s").await);
    assert_eq!(impact(&scene, "public.nothing").await, [""; 0]);

    // An alternative that is there no more is none.
    scene.migrate("alter table a drop y").await;
    assert_eq!(impact(&scene, "public.a.x").await, ["reporting public.a x required breaks"]);
}

/// What impact foretells is what a migration then meets.
#[tokio::test]
async fn impact_foretells_what_the_validation_says() {
    let scene =
        Scene::after("create table a (p int, q int, r int, s int); create table b (p int)").await;
    scene
        .claim(json!([
            { "path": "public.a", "fields": ["p", { "alternatives": ["q", "r"] }, { "name": "s", "optional": true }] },
            { "alternatives": [{ "path": "public.b", "fields": ["p"] }, { "path": "public.a", "fields": ["q"] }] },
        ]))
        .await;
    for (path, drop) in [
        ("public.a.p", "alter table a drop p"),
        ("public.a.q", "alter table a drop q"),
        ("public.a.s", "alter table a drop s"),
        ("public.a", "drop table a"),
        ("public.b", "drop table b"),
        ("public.b.p", "alter table b drop p"),
        ("public", "drop table a, b"),
    ] {
        let told = insight::impact(&scene.app.database.control().await, path).await.unwrap();
        let breaks = told.dependents.iter().any(|dependent| dependent.would_break);
        let done = scene
            .owner
            .simple_query(&format!("begin; {drop}; select integratedb_validate_migration()"))
            .await;
        run(&scene.owner, "rollback").await;
        assert_eq!(done.is_err(), breaks, "{path}");
    }
}

#[tokio::test]
async fn since_is_when_a_column_was_claimed_first_and_survives_other_puts() {
    let scene = Scene::after("create table a (id int, x int); create table b (id int)").await;
    scene.claim_fields("public.a", json!(["id"])).await;
    scene.claim_fields("public.a", json!(["*"])).await;
    run(
        &scene.app.database.control().await,
        "update integratedb.claimed_columns set since = '2020-01-01' where column_name = 'id';
         update integratedb.claimed_tables set since = '2020-01-01'",
    )
    .await;
    let claims = json!([{ "path": "public.a", "fields": ["id", "x"] }, { "path": "public.b" }]);
    for claims in [&claims, &json!([{ "path": "public.*", "fields": ["*"] }]), &claims] {
        scene.claim(claims.clone()).await;
        let year = async |path: &str| {
            let sql = format!(
                "select extract(year from min(since)) = 2020 from integratedb_impact('{path}')"
            );
            column(&scene.owner, &sql).await.remove(0)
        };
        assert_eq!(year("public.a.id").await, "t");
        assert_eq!(year("public.a.x").await, "f");
        assert_eq!(year("public.a").await, "t");
        assert_eq!(year("public.b").await, "f");
    }
}

#[tokio::test]
async fn impact_is_answered_by_the_api_and_the_command() {
    let scene = Scene::after("create table a (id int)").await;
    scene.claim_fields("public.a", json!(["id"])).await;
    let answer = scene.app.get("/impact?path=public.a.id").await.expect(200);
    let data = answer.data();
    assert_eq!(data["exists"], json!(true));
    assert_eq!(data["dependents"][0]["would_break"], json!(true));
    assert_eq!(data["dependents"][0]["columns"], json!(["id"]));
    let nothing = scene.app.get("/impact?path=public.b").await.expect(200);
    assert_eq!(nothing.data(), &json!({ "path": "public.b", "exists": false, "dependents": [] }));
    let missing = scene.app.get("/impact").await.expect(422);
    assert_eq!(
        missing.errors()["path"],
        json!(["must be schema, schema.table or schema.table.column"])
    );

    let url = scene.app.database.control_url();
    let settings = [("DATABASE_URL", url.as_str())];
    let told = output(&["impact", "public.a.id"], &settings).await;
    let text = String::from_utf8(told.stdout).unwrap();
    assert_eq!(told.status.code(), Some(1), "{text}");
    assert!(
        text.starts_with(
            "public.a.id: 1 stakeholder claims it. Without it 1 claim would be unmet.\n"
        ),
        "{text}"
    );
    assert!(text.contains("required"), "{text}");
    let told = output(&["impact", "public.b"], &settings).await;
    assert_eq!((told.status.code(), told.stdout), (Some(2), Vec::new()));
    assert_eq!(
        String::from_utf8(told.stderr).unwrap(),
        "integratedb: There is no schema, table or column `public.b` in the database, and nobody \
         claims it.\n"
    );
    let told = output(&["impact", ""], &settings).await;
    assert_eq!(
        (told.status.code(), String::from_utf8(told.stderr).unwrap()),
        (
            Some(2),
            "integratedb: path must be schema, schema.table or schema.table.column\n".to_owned()
        )
    );
    let planned = json!([{ "path": "public.b", "planned": true, "optional": true }]);
    let stakeholder = scene.app.stakeholder("planner").await;
    scene.app.claim(&stakeholder, &planned).await;
    let told = output(&["impact", "public.b"], &settings).await;
    let text = String::from_utf8(told.stdout).unwrap();
    assert_eq!(told.status.code(), Some(0), "{text}");
    assert!(
        text.starts_with("public.b: There is no such thing in the database. 1 stake"),
        "{text}"
    );
}

#[tokio::test]
async fn unmet_claims_are_answered_by_the_api_and_the_command() {
    let scene = Scene::after("create table a (id int)").await;
    scene.claim_fields("public.a", json!(["id"])).await;
    let url = scene.app.database.control_url();
    let settings = [("DATABASE_URL", url.as_str())];
    let unmet = async || {
        let told = output(&["unmet"], &settings).await;
        (told.status.code(), String::from_utf8(told.stdout).unwrap())
    };
    assert_eq!(unmet().await, (Some(0), "Every claim is met.\n".to_owned()));

    scene.refuses_migration("alter table a drop id").await;
    assert_eq!(unmet().await, (Some(0), "Every claim is met.\n".to_owned()));

    run(&scene.owner, "alter table a rename id to number").await;
    let (status, text) = unmet().await;
    assert_eq!(status, Some(1));
    let problem = format!(
        "{} needs public.a.id: the column does not exist (it is called number now)",
        scene.reporting.name
    );
    assert!(text.starts_with(&format!("1 claim is unmet:\n  {problem}\n")), "{text}");
    let (_, counted) = text.split_once("1 migration was refused so far, the last at 20").unwrap();
    assert!(counted.contains("in Postgres's log"), "nobody has read the stream: {text}");
    let known = "select integratedb.record_audit('migration', null, 'x', null, null,
        'migration.refused', 'database', null, 'x', null, '{}')";
    run(&scene.app.database.control().await, known).await;
    let (_, text) = unmet().await;
    assert!(text.ends_with("`integratedb audit list --action migration.refused`.\n"), "{text}");
    let answer = scene.app.get("/unmet").await.expect(200);
    assert_eq!(answer.data()[0]["problem"], json!(problem));
    assert_eq!(answer.data()[0]["found"], json!("number"));
    let json = output(&["unmet", "--json"], &settings).await;
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["unmet"][0]["field"], json!("id"));
}

#[tokio::test]
async fn drift_is_what_somebody_else_granted_or_took_away() {
    let scene =
        Scene::after("create table a (id int, x int, y int); create table b (id int)").await;
    scene.claim_fields("public.a", json!(["id", "x"])).await;
    let url = scene.app.database.control_url();
    let settings = [("DATABASE_URL", url.as_str())];
    let drift = async |arguments: &[&str]| {
        let told = output(&[&["drift"], arguments].concat(), &settings).await;
        (told.status.code().unwrap(), String::from_utf8(told.stdout).unwrap())
    };
    let none = (0, "Every stakeholder was granted exactly what it claims, and its role is nothing that gives more. \
                    What everybody may (PUBLIC), and what a stakeholder owns, is not looked at.\n".to_owned());
    assert_eq!(drift(&[]).await, none);

    let name = &scene.reporting.name;
    run(&scene.owner, &format!("revoke select (x) on a from {name}; grant select on b to {name}; grant update (y) on a to {name}")).await;
    let (status, text) = drift(&[]).await;
    assert_eq!(status, 1);
    assert_eq!(
        text,
        format!(
            "3 privileges differ from the claims:\n\n  \
               {name} holds UPDATE (y) on public.a by somebody else's grant, and doesn't claim it:\n    \
                 revoke update (y) on public.a from {name};\n\n  \
               {name} lacks SELECT (x) on public.a:\n    \
                 grant select (x) on public.a to {name};\n\n  \
               {name} holds SELECT on public.b by somebody else's grant, and doesn't claim it:\n    \
                 revoke select on public.b from {name};\n\n\
             `integratedb drift --repair` mends 1 of them, where DATABASE_URL is set.\n"
        )
    );
    let answer = scene.app.get("/drift").await.expect(200);
    let kinds: Vec<_> = answer.data().as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["foreign", "missing", "foreign"]);

    let (status, text) = drift(&["--repair"]).await;
    assert_eq!(status, 1);
    let mended = format!("Mended 1 privilege:\n\n  grant select (x) on public.a to {name};\n\n");
    assert!(text.starts_with(&format!("{mended}2 privileges differ")), "{text}");
    assert_eq!(scene.readable("public.a").await, ["id", "x"]);
    run(&scene.owner, &format!("revoke all on b from {name}; revoke update (y) on a from {name}"))
        .await;
    assert_eq!(drift(&["--json"]).await, (0, "[]\n".to_owned()));
}

#[tokio::test]
async fn the_statements_that_mend_drift_mend_it() {
    let scene = Scene::after("create table a (id int, x int); create table b (id int)").await;
    scene.claim_fields("public.a", json!(["id", "x"])).await;
    let name = &scene.reporting.name;
    run(&scene.owner, &format!("revoke select (x) on a from {name}; grant all on b to {name}"))
        .await;
    let control = scene.app.database.control().await;
    for drift in insight::drift(&control).await.unwrap() {
        run(&scene.owner, &drift.statement).await;
    }
    assert_eq!(insight::drift(&control).await.unwrap().len(), 0);
}
