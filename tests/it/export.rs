//! The folder as `export` writes it: the same claims in whatever database, and
//! nothing lost that somebody wrote.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::folder::{Stage, TABLES};
use crate::support::documents::Folder;
use crate::support::{Database, column, run};

/// Claims that use all that a document can say.
fn everything() -> Value {
    json!([
        { "path": "public.orders", "fields": ["*"] },
        { "path": "public.*", "fields": ["*"], "optional": true },
        { "path": "public.invoices" },
        { "path": "sales.\"we.ird\"", "fields": ["id", { "name": "tags", "type": "text[]" }] },
        { "path": "public.orders", "fields": [
            { "name": "id", "type": "int4", "is_nullable": false },
            { "name": "note", "type": "varchar", "min_length": 20, "optional": true },
            { "alternatives": ["quantity", { "name": "amount", "type": "numeric", "planned": true }] },
            { "name": "later", "planned": true },
        ] },
        { "optional": true, "alternatives": [
            { "path": "public.invoices", "fields": ["total"] },
            { "path": "archive.invoices", "fields": ["total"], "planned": true },
            { "path": "archive.*", "fields": ["*"], "planned": true },
        ] },
        { "path": "public.soon", "optional": true, "planned": true },
    ])
}

#[tokio::test]
async fn what_was_exported_changes_nothing_here_and_becomes_the_same_elsewhere() {
    let stage = Stage::set().await;
    let Stage { app, shop, billing, folder, .. } = &stage;
    app.claim(shop, &everything()).await;
    folder.says("export").await.ends_with(0).has("Wrote 2; 0 said the same.");
    let exported = folder.files();
    folder.says("plan").await.ends_with(0).has("Nothing to do. Stakeholders: 2.");
    folder.says("apply").await.ends_with(0).has("Nothing to do.");
    folder.says("export").await.ends_with(0).has("Wrote 0; 2 said the same.");
    assert_eq!(folder.files(), exported);

    let elsewhere = Database::create().await;
    run(&elsewhere.owner().await, TABLES).await;
    let control = elsewhere.control().await;
    for stakeholder in [shop, billing] {
        let name = &stakeholder.name;
        run(&control, &format!("insert into integratedb.stakeholders (name) values ('{name}')"))
            .await;
    }
    let there = Folder::of(&elsewhere);
    for (name, text) in &exported {
        there.write(name, text);
    }
    there.says("apply").await.ends_with(0).has("Changed 1 of 2 stakeholders.");
    let fresh = Folder::of(&elsewhere);
    fresh.says("export").await.ends_with(0);
    assert_eq!(fresh.files(), exported);
    let documents = "select document from integratedb.specs";
    assert_eq!(column(&control, documents).await, stage.stored().await);
}

#[tokio::test]
async fn a_document_is_written_as_briefly_as_it_can_be_said() {
    let stage = Stage::set().await;
    let fields = json!([{ "name": "id" }, { "name": "note", "optional": true, "type": "varchar" }]);
    let matches = json!([{ "alternatives": [{ "path": "public.orders", "fields": fields }] }]);
    stage.app.claim(&stage.shop, &matches).await;
    let folder = &stage.folder;
    fs::remove_dir(&folder.path).unwrap();
    folder.says("export").await.ends_with(0);
    let text = "{
  \"match\": [
    {
      \"path\": \"public.orders\",
      \"fields\": [
        \"id\",
        {
          \"name\": \"note\",
          \"type\": \"varchar\",
          \"optional\": true
        }
      ]
    }
  ]
}
";
    let billing = (format!("{}.json", stage.billing.name), "{\n  \"match\": []\n}\n".to_owned());
    let shop = (format!("{}.json", stage.shop.name), text.to_owned());
    assert_eq!(folder.files(), [billing, shop]);
}

#[tokio::test]
async fn nothing_is_written_over_or_removed_that_is_no_document_or_says_the_same() {
    let stage = Stage::set().await;
    let Stage { app, shop, billing, folder, .. } = &stage;
    app.claim(shop, &json!([{ "path": "public.orders" }])).await;
    let in_other_words = "{ \"data\": {\"match\": {\"path\": \"public.orders\", \"fields\": []}} }";
    let shop_file = format!("{}.json", shop.name);
    let billing_file = format!("{}.json", billing.name);
    folder.write(&shop_file, in_other_words);
    folder.write(&billing_file, "<<<<<<< HEAD\n");
    folder.write("gone.json", "{\"match\": []}");
    folder.write("package.json", "{\"name\": \"claims\"}");
    let before = folder.files();
    let said = folder.says_with("export", &["--prune"]).await;
    said.ends_with(2).has(&format!("{billing_file}: is no document of claims, so it is not"));
    said.has("isn't JSON: expected value at line 1 column 1");
    assert_eq!(folder.files(), before);

    folder.write(&billing_file, "{\"match\": [{\"path\": \"public.nowhere\"}]}");
    let said = folder.says("export").await;
    said.ends_with(0).has("no such stakeholder (--prune removes it): ").has("gone.json");
    let text = |name: &str| fs::read_to_string(folder.path.join(name)).unwrap();
    assert_eq!(text(&billing_file), "{\n  \"match\": []\n}\n");
    assert_eq!(text(&shop_file), in_other_words);
    folder.says_with("export", &["--prune"]).await.ends_with(0).has("removed ");
    let names: Vec<String> = folder.files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [billing_file, "package.json".to_owned(), shop_file]);
}

#[tokio::test]
async fn links_are_read_and_never_written_through() {
    let stage = Stage::set().await;
    let Stage { shop, folder, .. } = &stage;
    let (link, target) = (folder.path.join(format!("{}.json", shop.name)), "..data");
    folder.write(target, "{\"match\": [{\"path\": \"public.orders\"}]}");
    symlink(target, &link).unwrap();
    folder.says("apply").await.ends_with(0).has("Changed 1 of 1 stakeholders.");
    stage.app.claim(shop, &json!([])).await;
    folder.says("export").await.ends_with(0);
    assert!(fs::read_to_string(folder.path.join(target)).unwrap().contains("orders"));
    assert!(fs::read_to_string(&link).unwrap().ends_with("\"match\": []\n}\n"));

    fs::remove_file(&link).unwrap();
    symlink("nowhere", &link).unwrap();
    folder.says("plan").await.ends_with(2).has("can't be read: No such file");
    folder.says("export").await.ends_with(2).has("is no document of claims");
}
