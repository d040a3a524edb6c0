//! A name that says no schema leads to Postgres's own, whoever may create in `public`: what
//! matches better there would run as the control plane.

use integratedb::db::{self, connection};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::json;

use crate::backfill;
use crate::support::program::output;
use crate::support::{
    Client, Collector, Database, PATIENCE, TestApp, column, refusal, run, unique,
};

/// What matches better than Postgres's own, and fails whatever comes to it.
const EVIL: &str = "
create function public.hashtextextended(text, integer) returns bigint language plpgsql as $$ begin raise 'evil'; end $$;
create function public.format(text, text) returns text language plpgsql as $$ begin raise 'evil'; end $$;
create function public.format(text, bigint) returns text language plpgsql as $$ begin raise 'evil'; end $$;
create function public.unnest(text[]) returns setof text language plpgsql as $$ begin raise 'evil'; end $$;
create function public.to_jsonb(text) returns jsonb language plpgsql as $$ begin raise 'evil'; end $$;
create function public.cardinality(text[]) returns integer language plpgsql as $$ begin raise 'evil'; end $$;
create function public.array_length(text[], integer) returns integer language plpgsql as $$ begin raise 'evil'; end $$;
create function public.text_and(text, integer) returns text language plpgsql as $$ begin raise 'evil'; end $$;
create function public.text_and(text, bigint) returns text language plpgsql as $$ begin raise 'evil'; end $$;
create operator public.|| (leftarg = text, rightarg = integer, function = public.text_and);
create operator public.|| (leftarg = text, rightarg = bigint, function = public.text_and);
create function public.is_same(text[], text[]) returns boolean language plpgsql as $$ begin raise 'evil'; end $$;
create operator public.= (leftarg = text[], rightarg = text[], function = public.is_same);
create function public.is_behind(public.mood, public.mood) returns boolean language plpgsql as $$ begin raise 'evil'; end $$;
create operator public.> (leftarg = public.mood, rightarg = public.mood, function = public.is_behind);
create function public.integratedb_unmet_claims(text) returns table (claim_id bigint) language plpgsql as $$ begin raise 'evil'; end $$;
create function public.integratedb_impact(varchar) returns table (claim_id bigint) language plpgsql as $$ begin raise 'evil'; end $$;
create function public.integratedb_journal(bigint) returns table (claim_id bigint) language plpgsql as $$ begin raise 'evil'; end $$;
";

async fn laid_out() -> (Database, Client) {
    let database = Database::create().await;
    let superuser = database.superuser().await;
    run(&superuser, "create type public.mood as enum ('bad', 'good')").await;
    run(&superuser, EVIL).await;
    (database, superuser)
}

#[tokio::test]
async fn nothing_in_public_is_run_in_place_of_what_postgres_has() {
    let (database, superuser) = laid_out().await;
    for sql in [
        "select hashtextextended('x', 10)",
        "select * from integratedb_unmet_claims(null)",
        "select 'a'::text || 1",
        "select 'bad'::mood > 'good'",
    ] {
        assert_eq!(refusal(&superuser, sql).await.message(), "evil", "{sql}");
    }
    run(&database.owner().await, "create table orders (id int primary key, note text)").await;
    let mut app = TestApp::on(database, |_| {}).await;
    let user = json!({ "user": { "username": "root", "password": "correct horse" } });
    let answer = app.post("/users", &user).await.expect(201);
    app.token = answer.data()["token"].as_str().map(str::to_owned);

    let mut headers = HeaderMap::new();
    headers.insert("idempotency-key", unique("key").parse().unwrap());
    let body = json!({ "stakeholder": { "name": unique("keyed") } });
    app.send_with(Method::POST, "/stakeholders", headers, Some(&body)).await.expect(201);
    let shop = app.stakeholder("shop").await;
    app.claim(&shop, &json!([{ "path": "public.orders", "fields": ["*"] }])).await;
    run(&app.connect_as(&shop).await, &format!("create table {}.own (id int)", shop.name)).await;
    let of_shop = format!("/stakeholders/{}", shop.id);
    let credential = json!({ "credential": { "name": "blue" } });
    app.post(&format!("{of_shop}/credentials"), &credential).await.expect(201);
    app.put(&format!("{of_shop}/guards"), &json!({ "guards": { "lock_timeout_ms": 900 } })).await;
    for path in [
        "/unmet",
        "/drift",
        "/journal",
        "/dependencies",
        "/relations",
        "/audit",
        "/snapshot",
        "/impact?path=public.orders.note",
        "/keys",
        "/users",
        "/stakeholders",
        &format!("{of_shop}/credentials"),
        &format!("{of_shop}/guards"),
    ] {
        app.get(path).await.expect(200);
    }
    assert!(integratedb::housekeeping::round(&app.state).await.is_ok());
    app.delete(&of_shop).await.expect(200);
    let url = app.database.control_url();
    for command in ["doctor", "unmet", "drift", "snapshot", "uninstall"] {
        let answer = output(&[command], &[("DATABASE_URL", &url)]).await;
        let said = String::from_utf8(answer.stderr).unwrap();
        assert!(!said.contains("evil") && answer.status.code() != Some(2), "{command}: {said}");
    }
}

#[tokio::test]
async fn a_backfill_goes_by_the_order_that_the_types_of_the_key_have() {
    let (database, superuser) = laid_out().await;
    let made = "create schema extensions; create extension citext schema extensions;
                grant usage on schema extensions to public";
    run(&superuser, made).await;
    let table = "create table public.moods (mood public.mood, name extensions.citext, id int, primary key (mood, name, id))";
    run(&database.owner().await, table).await;
    // In an order that isn't that of texts.
    let rows = "insert into public.moods
      select 'good'::public.mood, concat(case when n % 2 = 0 then 'B' else 'a' end, n), n from generate_series(1, 1500) n
      union all select 'bad', concat(case when n % 2 = 0 then 'B' else 'a' end, n), n from generate_series(1, 1500) n";
    run(&database.owner().await, rows).await;
    let mut app = TestApp::on(database, |_| {}).await;
    let user = json!({ "user": { "username": "root", "password": "correct horse" } });
    let answer = app.post("/users", &user).await.expect(201);
    app.token = answer.data()["token"].as_str().map(str::to_owned);
    let shop = app.stakeholder("shop").await;
    app.claim(&shop, &json!([{ "path": "public.moods", "fields": ["*"] }])).await;
    let stream = Collector::new().await;
    let heard =
        json!({ "path": "public.moods", "fields": ["*"], "events": ["UPDATE"], "channels": ["*"] });
    let document = json!({ "match": [heard], "channels": [stream.channel()] });
    app.put_notifications(&shop, &document).await.expect(200);
    let asked = json!({ "match": 0, "rows_per_second": 1_000_000 });
    let asked = backfill::ask(&app, &shop, &asked).await.expect(201).data().clone();
    let ended = backfill::ended(&app, &shop, &asked).await;
    assert_eq!(ended["state"], "done", "{ended}");
    assert_eq!(ended["tables"][0]["rows_told"], 3000, "{ended}");
}

#[tokio::test]
async fn every_connection_of_ours_says_where_names_lead() {
    let database = Database::create().await;
    let url = database.control_url();
    let elsewhere = connection::with_parameter(&url, "options", "-c search_path=public");
    let app = TestApp::on(database, |_| {}).await;
    let shown = "show search_path";
    for url in [&url, &elsewhere] {
        let client = connection::connect(url).await.unwrap();
        assert_eq!(column(&client, shown).await, ["pg_catalog, pg_temp"]);
        let client = connection::connect_with(url, "-c search_path=public", "x").await.unwrap();
        assert_eq!(column(&client, shown).await, ["pg_catalog, pg_temp"]);
        let settings = integratedb::config::Database {
            url: url.clone().into(),
            pool_size: 1,
            pool_timeout: PATIENCE,
        };
        for pool in [db::pool(&settings), db::hasty_pool(&settings)] {
            let client = pool.unwrap().get().await.unwrap();
            assert_eq!(column(&client, shown).await, ["pg_catalog, pg_temp"]);
        }
    }
    let client = app.state.pool.get().await.unwrap();
    assert_eq!(column(&client, shown).await, ["pg_catalog, pg_temp"]);
}
