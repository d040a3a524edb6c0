//! What a document may say about tables and columns, and when the database fits.

use serde_json::{Value, json};

use crate::scene::Scene;
use crate::support::run;

const FOOS: &str = "create table foos (
    id bigint primary key, uid uuid not null, info varchar(255), inserted_at timestamptz not null,
    total numeric(10, 2), note text
)";

#[tokio::test]
async fn every_form_of_fields_grants_what_it_names() {
    let scene = Scene::after(FOOS).await;
    let every = ["id", "uid", "info", "inserted_at", "total", "note"];
    let cases: [(Value, &[&str]); 16] = [
        (json!(["*"]), &every),
        (json!(null), &[]),
        (json!([]), &[]),
        (json!(["id"]), &["id"]),
        (json!(["id", "inserted_at"]), &["id", "inserted_at"]),
        (json!([{ "name": "id" }]), &["id"]),
        (json!([{ "name": "uid", "type": "uuid" }, "id"]), &["id", "uid"]),
        (
            json!([{ "name": "id", "type": "bigint", "min_length": 64, "is_nullable": false }]),
            &["id"],
        ),
        (json!([{ "name": "inserted_at", "is_nullable": "false" }]), &["inserted_at"]),
        (json!([{ "name": "info", "is_nullable": "true" }]), &["info"]),
        (json!([{ "name": "id", "optional": true }]), &["id"]),
        (json!([{ "name": "no_such", "planned": true }, "id"]), &["id"]),
        (json!([{ "alternatives": ["id", "uid"] }]), &["id", "uid"]),
        (
            json!([{ "name": "id", "alternatives": ["uid", { "name": "note" }] }]),
            &["id", "uid", "note"],
        ),
        (json!([{ "alternatives": ["id", { "name": "new_id", "planned": true }] }]), &["id"]),
        (
            json!([{ "alternatives": ["info", { "name": "note", "type": "text" }], "optional": true }]),
            &["info", "note"],
        ),
    ];
    for (fields, readable) in cases {
        scene.claim_fields("public.foos", fields.clone()).await;
        assert_eq!(scene.readable("public.foos").await, readable, "{fields}");
        assert_eq!(scene.unmet().await, [""; 0], "{fields}");
    }
    scene.claim(json!([{ "path": "public.foos" }])).await;
    assert_eq!(scene.readable("public.foos").await, [""; 0]);
}

#[tokio::test]
async fn the_fields_of_the_guide_fit_its_table() {
    let scene = Scene::after(
        "create table foos (id text, uid uuid, info varchar(255), inserted_at timestamp not null, extra_info text)",
    )
    .await;
    let fields = json!([
        { "name": "id" },
        { "name": "uid", "type": "uuid" },
        { "name": "info", "min_length": 255 },
        { "name": "inserted_at", "is_nullable": "false" },
        { "name": "extra_info", "optional": true },
    ]);
    scene.claim_fields("public.foos", fields).await;
    assert_eq!(scene.readable("public.foos").await.len(), 5);
}

#[tokio::test]
async fn every_form_of_alternatives_grants_on_whatever_exists() {
    let scene = Scene::after("create table a (x int, y int); create table b (x int, z int)").await;
    let cases: [(Value, &[&str], &[&str]); 5] = [
        (
            json!({ "alternatives": [{ "path": "public.a", "fields": ["x"] }, { "path": "public.b", "fields": ["z"] }] }),
            &["x"],
            &["z"],
        ),
        (
            json!([{ "path": "public.a", "fields": ["y"], "alternatives": [{ "path": "public.b", "fields": ["*"] }] }]),
            &["y"],
            &["x", "z"],
        ),
        (
            json!([{ "path": "public.b", "fields": ["x"], "alternatives": [{ "path": "public.c", "fields": ["*"], "planned": true }] }]),
            &[],
            &["x"],
        ),
        (
            json!([{ "alternatives": [
                { "path": "public.b", "fields": [{ "alternatives": ["x", "z"] }] },
                { "path": "public.a", "fields": ["x", { "name": "w", "planned": true }] },
            ] }]),
            &["x"],
            &["x", "z"],
        ),
        (json!([{ "path": "public.c", "planned": true, "optional": true }]), &[], &[]),
    ];
    for (matches, of_a, of_b) in cases {
        scene.claim(matches.clone()).await;
        assert_eq!(scene.readable("public.a").await, of_a, "{matches}");
        assert_eq!(scene.readable("public.b").await, of_b, "{matches}");
        assert_eq!(scene.unmet().await, [""; 0], "{matches}");
    }
}

#[tokio::test]
async fn whatever_a_document_names_must_exist_and_match() {
    let scene = Scene::after(FOOS).await;
    let claims = |fields: Value| json!([{ "path": "public.foos", "fields": fields }]);
    let field = |name: &str, rest: &str| {
        format!("#/match/0/fields/0{rest} path: `public.foos`, field: `{name}`")
    };
    let value = |name: &str, property: &str, specified: &str, existing: &str| {
        format!(
            "{}: specified value `{specified}` does not match existing column value `{existing}`.",
            field(name, &format!("/{property}"))
        )
    };
    let cases = [
        (json!(["nope"]), format!("{} does not exist.", field("nope", ""))),
        (json!(["ID"]), format!("{} does not exist.", field("ID", ""))),
        (
            json!([{ "name": "nope", "optional": true }]),
            format!("{} does not exist.", field("nope", "/name")),
        ),
        (json!([{ "name": "id", "type": "int" }]), value("id", "type", "int", "bigint")),
        (
            json!([{ "name": "info", "type": "text" }]),
            value("info", "type", "text", "character varying"),
        ),
        (json!([{ "name": "id", "min_length": 65 }]), value("id", "min_length", "65", "64")),
        (json!([{ "name": "info", "min_length": 256 }]), value("info", "min_length", "256", "255")),
        (json!([{ "name": "total", "min_length": 11 }]), value("total", "min_length", "11", "10")),
        (
            json!([{ "name": "info", "is_nullable": false }]),
            value("info", "is_nullable", "false", "true"),
        ),
        (
            json!([{ "name": "info", "is_nullable": "false" }]),
            value("info", "is_nullable", "false", "true"),
        ),
        (
            json!([{ "alternatives": ["id", "nope"] }]),
            "#/match/0/fields/0/alternatives/1 path: `public.foos`, field: `nope` does not exist."
                .to_owned(),
        ),
    ];
    for (fields, fault) in cases {
        assert_eq!(scene.refuses(claims(fields.clone())).await, [fault], "{fields}");
    }
    let optional = json!([{ "path": "public.nope", "optional": true }]);
    assert_eq!(
        scene.refuses(optional).await,
        ["#/match/0/path path: `public.nope` does not exist."]
    );
}

#[tokio::test]
async fn a_wrong_type_is_answered_in_the_shape_of_the_guide() {
    let scene = Scene::after("create table foos (id bigint)").await;
    let claims = json!([{ "path": "public.foos", "fields": [{ "name": "id", "type": "int" }] }]);
    let answer = scene.app.put_claims(&scene.reporting, &claims).await.expect(422);
    let message = "path: `public.foos`, field: `id`: specified value `int` does not match existing column value `bigint`.";
    assert_eq!(
        answer.errors()["claims"],
        json!([{ "alternatives": [{ "columns": [{ "alternatives": [{ "type": [message] }] }] }] }])
    );
}

#[tokio::test]
async fn a_length_that_is_asked_for_is_a_minimum_and_no_limit_is_long_enough() {
    let scene =
        Scene::after("create table a (v varchar(40), w varchar, t text, n numeric(9, 3), i int)")
            .await;
    for (name, length) in [("v", 40), ("v", 1), ("w", 2_000_000_000), ("t", 9), ("n", 9), ("i", 32)]
    {
        scene.claim_fields("public.a", json!([{ "name": name, "min_length": length }])).await;
    }
}

/// Columns, and what their types may be called.
const NAMES: &[(&str, &str)] = &[
    ("i", "int"),
    ("i", "int4"),
    ("i", "integer"),
    ("i", "INTEGER"),
    ("i", "serial"),
    ("b", "bigint"),
    ("b", "int8"),
    ("s", "smallint"),
    ("s", "int2"),
    ("t", "text"),
    ("v", "varchar"),
    ("v", "character varying"),
    ("c", "char"),
    ("c", "character"),
    ("c", "bpchar"),
    ("tz", "timestamptz"),
    ("tz", "timestamp with time zone"),
    ("ts", "timestamp"),
    ("ts", "timestamp without time zone"),
    ("bo", "bool"),
    ("bo", "boolean"),
    ("d", "float8"),
    ("d", "double precision"),
    ("d", "float"),
    ("r", "real"),
    ("r", "float4"),
    ("n", "numeric"),
    ("n", "decimal"),
    ("u", "uuid"),
    ("j", "jsonb"),
    ("ta", "text[]"),
    ("ta", "ARRAY"),
    ("ta", "_text"),
    ("ia", "int[]"),
    ("ia", "integer[]"),
    ("ia", "ARRAY"),
    ("ia", "int[][]"),
    ("va", "varchar[]"),
    ("va", "character varying[]"),
    ("m", "mood"),
    ("m", "public.mood"),
    ("m", "USER-DEFINED"),
    ("ma", "mood[]"),
    ("ma", "public.mood[]"),
    ("ma", "ARRAY"),
    ("st", "shop.tier"),
    ("st", "tier"),
    ("st", "USER-DEFINED"),
    ("mt", "Mixed Type"),
    ("mt", "public.Mixed Type"),
    ("mt", "public.\"Mixed Type\""),
    ("co", "code"),
    ("co", "public.code"),
    ("co", "varchar"),
    ("co", "character varying"),
    ("pr", "price"),
    ("pr", "numeric"),
    ("pr", "decimal"),
    ("w", "words"),
    ("w", "public.words"),
    ("w", "text[]"),
    ("w", "ARRAY"),
    ("f", "feeling"),
    ("f", "mood"),
    ("f", "public.mood"),
    ("f", "USER-DEFINED"),
];

/// And what not.
const NOT_NAMES: &[(&str, &str)] = &[
    ("i", "bigint"),
    ("t", "varchar"),
    ("v", "text"),
    ("ta", "int[]"),
    ("ta", "text"),
    ("ta", "USER-DEFINED"),
    ("m", "tier"),
    ("m", "shop.mood"),
    ("m", "mood[]"),
    ("m", "text"),
    ("ma", "mood"),
    ("i", "ARRAY"),
    ("co", "text"),
    ("f", "code"),
    ("st", "public.tier"),
    ("i", "no such type"),
    ("u", "USER-DEFINED"),
];

#[tokio::test]
async fn a_type_can_be_called_by_any_of_its_names() {
    let scene = Scene::after(
        "create schema shop;
         create type mood as enum ('sad');
         create type shop.tier as enum ('gold');
         create type \"Mixed Type\" as (a int);
         create domain code as varchar(12);
         create domain price as numeric(8, 2);
         create domain words as text[];
         create domain feeling as mood;
         create table a (
           i int, b bigint, s smallint, t text, v varchar(9), c char(3), tz timestamptz, ts timestamp,
           bo boolean, d double precision, r real, n numeric(9, 3), u uuid, j jsonb,
           ta text[], ia int[][], va varchar(9)[], m mood, ma mood[], st shop.tier, mt \"Mixed Type\",
           co code, pr price, w words, f feeling
         )",
    )
    .await;
    let fields: Vec<Value> =
        NAMES.iter().map(|(name, kind)| json!({ "name": name, "type": kind })).collect();
    scene.claim_fields("public.a", json!(fields)).await;

    let fields: Vec<Value> =
        NOT_NAMES.iter().map(|(name, kind)| json!({ "name": name, "type": kind })).collect();
    let refused = scene.refuses(json!([{ "path": "public.a", "fields": fields }])).await;
    for (no, (name, kind)) in NOT_NAMES.iter().enumerate() {
        let beginning = format!(
            "#/match/0/fields/{no}/type path: `public.a`, field: `{name}`: specified value `{kind}`"
        );
        assert!(
            refused.iter().any(|fault| fault.starts_with(&beginning)),
            "{name} as {kind}: {refused:#?}"
        );
    }
    assert_eq!(refused.len(), NOT_NAMES.len());
}

#[tokio::test]
async fn an_unchanged_match_only_has_to_be_met() {
    let scene = Scene::after("create table a (x int, y int); create table b (x int)").await;
    let either = json!({ "alternatives": [{ "path": "public.a" }, { "path": "public.b" }] });
    let columns = json!({ "path": "public.a", "fields": [{ "alternatives": ["x", "y"] }] });
    scene.claim(json!([either, columns])).await;
    scene.migrate("drop table b; alter table a drop column y").await;
    scene.claim(json!([columns, either])).await;
    // A changed one must name only what exists.
    let changed = json!({ "path": "public.a", "fields": [{ "alternatives": ["y", "x"] }] });
    let refused = scene.refuses(json!([either, changed])).await;
    assert_eq!(
        refused,
        ["#/match/1/fields/0/alternatives/0 path: `public.a`, field: `y` does not exist."]
    );
    // An unchanged one that is unmet is refused too.
    run(&scene.owner, "drop table a").await;
    let refused = scene.refuses(json!([either])).await;
    assert_eq!(refused.len(), 2, "{refused:?}");
}
