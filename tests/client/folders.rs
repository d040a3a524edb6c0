//! Claims as code through a server: a folder is compared with it, made so, and written.

use std::fs;

use serde_json::{Value, json};

use crate::claims::TABLES;
use crate::person::{Person, json as read};
use crate::support::documents::Folder;
use crate::support::{Stakeholder, TestApp, column, run};

struct Stage {
    app: TestApp,
    person: Person,
    folder: Folder,
    shop: Stakeholder,
    billing: Stakeholder,
}

impl Stage {
    async fn set() -> Self {
        let app = TestApp::start().await;
        run(&app.database.owner().await, TABLES).await;
        let (billing, shop) = (app.stakeholder("billing").await, app.stakeholder("shop").await);
        let (person, folder) = (Person::of(&app).await, Folder::of(&app.database));
        Self { app, person, folder, shop, billing }
    }

    fn path(&self) -> &str {
        self.folder.path.to_str().unwrap()
    }

    async fn stored(&self) -> Vec<String> {
        let sql = "select document from integratedb.specs order by stakeholder_id";
        column(&self.app.database.superuser().await, sql).await
    }
}

#[tokio::test]
async fn a_folder_is_planned_and_applied_as_without_a_server() {
    let stage = Stage::set().await;
    let Stage { shop, billing, folder, person, .. } = &stage;
    folder.claim(shop, &json!([{ "path": "public.orders", "fields": ["id", "note"] }]));
    let whole = json!({ "data": { "match": { "path": "public.totals" } } });
    folder.write(&format!("{}.json", billing.name), &whole.to_string());
    folder.write("README.md", "Who depends on what");

    let direct = folder.says("plan").await;
    let planned = person.says(&["claims", "plan", stage.path()]).await;
    planned.ends_with(1).has("README.md is no .json file");
    assert_eq!(planned.text, direct.ends_with(1).text);
    let planned = person.says(&["plan", "-f", stage.path(), "--json"]).await;
    let direct = folder.says_with("plan", &["--json"]).await;
    assert_eq!(planned.ends_with(1).text, direct.text);
    assert!(stage.stored().await.is_empty());

    let applied = person.says(&["claims", "apply", stage.path()]).await;
    applied.ends_with(0).has("Changed 2 of 2 stakeholders.");
    assert_eq!(stage.stored().await.len(), 2);
    person.says(&["claims", "plan", stage.path()]).await.ends_with(0).has("Nothing to do.");
    folder.says("plan").await.ends_with(0);
    let again = person.says(&["apply", "-f", stage.path(), "--json"]).await;
    assert_eq!(read(&again.ends_with(0).text)["is_change"], false);
}

#[tokio::test]
async fn one_wrong_file_changes_nothing_and_everything_wrong_is_said() {
    let stage = Stage::set().await;
    let Stage { app, shop, billing, folder, person } = &stage;
    let other = app.stakeholder("other").await;
    app.claim(&other, &json!([{ "path": "public.totals" }])).await;
    let before = stage.stored().await;
    folder.claim(shop, &json!([{ "path": "public.orders", "fields": ["id"] }]));
    let mistaken = json!({ "data": { "match": [{ "path": "public.nowhere" }] } });
    folder.write(&format!("{}.json", billing.name), &mistaken.to_string());
    folder.write("half.json", "{\n  \"match\": [,]\n}");
    folder.write("nobody.json", "{ \"match\": [] }");
    folder.write("Shop.json", "{}");

    for (command, last) in [("plan", ""), ("apply", "integratedb: nothing was changed\n")] {
        let direct = folder.says(command).await;
        let said = person.says(&["claims", command, stage.path()]).await;
        said.ends_with(2)
            .has(&format!("{}.json: #/data/match/0/path: path: `public.nowhere`", billing.name));
        said.has("half.json: isn't JSON")
            .has("there is no stakeholder `nobody`")
            .has("`integratedb stakeholders add nobody`");
        said.has(&format!("{}.json: is not there, and `{0}` has 1 claim.", other.name));
        assert_eq!(said.errors, direct.errors);
        assert!(said.errors.ends_with(last), "{said:?}");
        assert_eq!(stage.stored().await, before);
    }
    let said = person.says(&["claims", "plan", stage.path(), "--json"]).await;
    let direct = folder.says_with("plan", &["--json"]).await;
    let problems = |text: &str| read(text)["problems"].clone();
    assert_eq!(problems(&said.ends_with(2).text), problems(&direct.text));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_all_that_is_said() {
    let stage = Stage::set().await;
    let Stage { app, shop, person, .. } = &stage;
    app.claim(shop, &json!([{ "path": "public.orders" }])).await;
    let url = app.database.control_url();
    let database = [("DATABASE_URL", url.as_str())];
    let missing = "/nowhere: can't be read: No such file or directory";
    for settings in [&[][..], &database] {
        let said = person.runs(&["plan", "-f", "/nowhere"], settings, "").await;
        assert!(said.ends_with(2).errors.starts_with(&format!("integratedb: {missing}")));
        assert_eq!(said.errors.lines().count(), 1, "{said:?}");
        let said = person.runs(&["apply", "-f", "/nowhere"], settings, "").await;
        said.ends_with(2).has("integratedb: nothing was changed");
        let said = person.runs(&["plan", "-f", "/nowhere", "--json"], settings, "").await;
        let (answer, errors) = (read(&said.ends_with(2).text), read(&said.errors));
        assert_eq!(answer["lines"], json!([]));
        assert_eq!(answer["problems"].as_array().unwrap().len(), 1);
        let detail = errors["errors"]["detail"].as_str().unwrap();
        assert!(detail.starts_with(missing), "{detail}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_folder_is_said_to_programs_in_one_line_of_json() {
    let stage = Stage::set().await;
    let Stage { app, folder, person, .. } = &stage;
    folder.write("half.json", "[");
    folder.write("nobody.json", "{ \"match\": [] }");
    let url = app.database.control_url();
    for settings in [&[][..], &[("DATABASE_URL", url.as_str())]] {
        let plan = ["plan", "-f", stage.path(), "--json"];
        let said = person.runs(&plan, settings, "").await;
        assert_eq!(read(&said.ends_with(2).text)["lines"], json!([]));
        assert_eq!(said.errors.lines().count(), 1, "{said:?}");
        let detail = read(&said.errors)["errors"]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("half.json: isn't JSON"), "{detail}");
        assert!(detail.contains("there is no stakeholder `nobody`"), "{detail}");
    }
}

#[tokio::test]
async fn who_has_no_file_keeps_its_claims_unless_pruning_is_asked_for() {
    let stage = Stage::set().await;
    let Stage { app, shop, billing, folder, person } = &stage;
    app.claim(billing, &json!([{ "path": "public.totals" }])).await;
    folder.claim(shop, &json!([]));
    person.says(&["claims", "apply", stage.path()]).await.ends_with(2).has("--prune");
    person.says(&["claims", "apply", stage.path(), "--prune"]).await.ends_with(0);
    let path = format!("/stakeholders/{}/claims", billing.id);
    assert_eq!(app.get(&path).await.data()["match"], json!([]));
}

#[tokio::test]
async fn documents_come_in_a_body_and_what_is_wrong_has_pointers_into_it() {
    let stage = Stage::set().await;
    let Stage { app, shop, .. } = &stage;
    let plan = async |data: Value| app.post("/claims/plan", &json!({ "data": data })).await;
    let place = |answer: &crate::support::Answer| {
        let detail = answer.errors()["detail"].as_array().unwrap().clone();
        detail.iter().map(|fault| fault[1].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(place(&plan(json!({})).await.expect(422)), ["#/documents"]);
    assert_eq!(place(&plan(json!({ "documents": {} })).await.expect(422)), ["#/documents"]);
    let wrong = json!({ "documents": {
        (shop.name.clone()): { "match": [{ "path": "public.nowhere" }] },
        "a/b": {}, "nobody": { "match": [] },
    } });
    let answer = plan(wrong).await.expect(422);
    let mut places = place(&answer);
    places.sort();
    let expected = [
        "#/documents/a~1b".to_owned(),
        "#/documents/nobody".to_owned(),
        format!("#/documents/{}/match/0/path", shop.name),
    ];
    assert_eq!(places, expected, "{}", answer.body);
    let answer = plan(json!({ "documents": {}, "prune": 1 })).await.expect(422);
    assert_eq!(answer.errors(), &json!({ "prune": ["must be true or false"] }));

    // Larger than other bodies may be.
    let document = json!({ "documents": { (shop.name.clone()): { "match": [] } } });
    let body = format!("{{\"data\": {document}{}}}", " ".repeat(2 << 20));
    let request = app.http.post(format!("{}/claims/plan", app.base)).body(body);
    let request = request.bearer_auth(app.token.as_ref().unwrap());
    assert_eq!(request.send().await.unwrap().status(), 200);
    let large = "x".repeat(17 << 20);
    let answer = plan(json!({ "documents": large })).await.expect(413);
    assert_eq!(answer.errors()["detail"], "The body is larger than 16 MiB.");
}

#[tokio::test]
async fn claims_are_written_into_a_folder() {
    let stage = Stage::set().await;
    let Stage { app, shop, folder, person, .. } = &stage;
    app.claim(shop, &json!([{ "path": "public.orders", "fields": ["id"] }])).await;
    let said = person.says(&["export", "-f", stage.path()]).await;
    said.ends_with(0).has("Wrote 2; 0 said the same.");
    let through = folder.files();
    for (name, _) in &through {
        fs::remove_file(folder.path.join(name)).unwrap();
    }
    folder.says("export").await.ends_with(0);
    assert_eq!(folder.files(), through);
}
