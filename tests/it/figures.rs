//! What Prometheus is shown.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::audience::{Audience, listen};
use crate::support::stream::Socket;
use crate::support::{
    Answer, RedisServer, TestApp, contract, eventually, run, unique, until_waiting,
};

#[tokio::test]
async fn the_figures_of_stream_and_channels_are_shown_while_they_are_there() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    run(&owner, "create table public.orders (id bigint primary key)").await;
    let shop = app.stakeholder("shop").await;
    let orders = json!({ "path": "public.orders", "fields": ["id"] });
    app.claim(&shop, &json!([orders])).await;
    let redis = RedisServer::shared().await;
    let mut listening = orders.clone();
    listening["events"] = json!(["INSERT"]);
    listening["channels"] = json!(["*"]);
    let channel = json!({ "type": "REDIS", "url": redis.url(), "stream": unique("orders") });
    let document = json!({ "match": [listening], "channels": [channel] });
    app.put_notifications(&shop, &document).await.expect(200);
    run(&owner, "insert into public.orders values (1), (2)").await;

    let labels = format!("{{stakeholder=\"{}\",channel=\"REDIS\",type=\"REDIS\"}}", shop.name);
    let arrived = format!("integratedb_channel_events_total{labels} 2\n");
    let wanted = [
        arrived,
        "integratedb_stream_leader 1\n".to_owned(),
        "integratedb_audit_entries 4\n".to_owned(),
        format!("integratedb_channel_dead_letters{labels} 0\n"),
        format!("integratedb_channel_paused{labels} 0\n"),
        "# TYPE integratedb_stream_wal_held_bytes gauge\n".to_owned(),
    ];
    eventually("for the figures", async || {
        let figures = text(&app).await;
        wanted.iter().all(|line| figures.contains(line))
    })
    .await;
    app.put_notifications(&shop, &json!({ "match": [], "channels": [] })).await.expect(200);
    assert!(!text(&app).await.contains(&shop.name));
}

#[tokio::test]
async fn of_a_socket_is_shown_what_its_clients_were_told_and_have_acknowledged() {
    let a = Audience::after("create table orders (id int primary key)").await;
    a.claim(json!([{ "path": "public.orders", "fields": ["*"] }])).await;
    let channels = json!([{ "type": "SOCKET" }]);
    let document =
        json!({ "match": [listen("public.orders", &json!(["*"]))], "channels": channels });
    a.app.put_notifications(&a.reader, &document).await.expect(200);
    let token = a.app.token_of(&a.reader).await;
    let mut socket = Socket::of(&a.app, &a.reader, &token).await;
    a.run("insert into orders values (1), (2)").await;
    socket.json().await;
    let last = socket.json().await["id"].clone();

    let labels =
        format!("{{stakeholder=\"{}\",channel=\"SOCKET\",type=\"SOCKET\"}}", a.reader.name);
    let told = format!("integratedb_channel_events_total{labels} 2\n");
    eventually("for the figures", async || text(&a.app).await.contains(&told)).await;
    let lags = ["lag_bytes", "delay_seconds"].map(|of| format!("integratedb_channel_{of}{labels}"));
    let figures = text(&a.app).await;
    assert!(!lags.iter().any(|lag| figures.contains(lag)), "{figures}");
    let channel = a.channel().await;
    assert_eq!(channel["delivered"], 2);
    assert!(channel["delivered_at"].is_string());
    for unknown in ["pending", "oldest_pending_at", "lag_bytes", "acknowledged_at"] {
        assert_eq!(channel[unknown], json!(null), "{unknown}: {channel}");
    }

    let ack = json!({ "type": "ack", "id": last });
    socket.send(Message::text(ack.to_string())).await;
    eventually("for the ack", async || a.channel().await["acknowledged_at"].is_string()).await;
    let channel = a.channel().await;
    assert_eq!((&channel["pending"], &channel["lag_bytes"]), (&json!(0), &json!(0)));
    assert_eq!((&channel["position"], &channel["delivered"]), (&last, &json!(2)));
    let figures = text(&a.app).await;
    assert!(lags.iter().all(|lag| figures.contains(&format!("{lag} 0.0\n"))), "{figures}");
}

async fn text(app: &TestApp) -> String {
    let request = app.http.get(format!("{}/metrics", app.base));
    let request = request.bearer_auth(app.token.as_deref().unwrap_or_default());
    request.send().await.expect("an answer").text().await.expect("a text")
}

#[tokio::test]
async fn the_figures_at_the_root_take_a_credential() {
    let token = "a token of Prometheus";
    let app = TestApp::start_with(|settings| settings.metrics_token = Some(token.into())).await;
    let root = app.token.clone().unwrap();
    scrape(&app, None, "").await.expect(401);
    scrape(&app, Some("another token at all"), "").await.expect(401);
    let origin = app.base.strip_suffix("/api/v1").unwrap();
    let other = app.http.get(format!("{origin}/metrics"));
    let other = other.header("authorization", format!("Basic {token}"));
    assert_eq!(other.send().await.unwrap().status(), 401);
    for good in [token, &root] {
        let answer = scrape(&app, Some(good), "").await.expect(200);
        assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        assert!(!answer.body.as_str().unwrap().contains("# EOF"));
    }
    let answer = scrape(&app, Some(token), "application/openmetrics-text;version=1.0.0").await;
    assert!(answer.body.as_str().unwrap().ends_with("# EOF\n"));
}

#[tokio::test]
async fn requests_are_counted_by_method_route_and_class_of_status() {
    let app = TestApp::start().await;
    let before = text(&app).await;
    let counted = |text: &str, labels: &str| -> u64 {
        let start = format!("integratedb_http_requests_total{{{labels}}} ");
        text.lines().find_map(|line| line.strip_prefix(&start)).map_or(0, |n| n.parse().unwrap())
    };
    app.get("/stakeholders/1").await.expect(404);
    app.get("/stakeholders/2").await.expect(404);
    app.get("/stakeholders").await.expect(200);
    app.get("/nowhere/at/all").await.expect(404);
    app.send("BREW".parse().unwrap(), "/stakeholders", None).await.expect(405);
    let after = text(&app).await;
    for (labels, times) in [
        ("method=\"GET\",route=\"/api/v1/stakeholders/{id}\",status=\"4xx\"", 2),
        ("method=\"GET\",route=\"/api/v1/stakeholders\",status=\"2xx\"", 1),
        ("method=\"GET\",route=\"unmatched\",status=\"4xx\"", 1),
        ("method=\"other\",route=\"/api/v1/stakeholders\",status=\"4xx\"", 1),
    ] {
        assert_eq!(counted(&after, labels) - counted(&before, labels), times, "{labels}\n{after}");
    }
    for line in [
        "integratedb_http_requests_in_flight 1\n",
        "integratedb_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/stakeholders\"} 1\n",
        "integratedb_database_up 1\n",
        "integratedb_database_connections_limit 10\n",
        "integratedb_database_connections_awaited 0\n",
        "integratedb_build_info{version=\"",
    ] {
        assert!(after.contains(line), "{line} in {after}");
    }
}

#[tokio::test]
async fn the_figures_follow_the_conventions_of_prometheus() {
    let app = TestApp::start().await;
    let shop = app.stakeholder("shop").await;
    let channel = json!({ "type": "SOCKET" });
    let document = json!({ "match": [], "channels": [channel] });
    app.put_notifications(&shop, &document).await.expect(200);
    let figures = text(&app).await;
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool, which bin/setup promtool installs");
    promtool.stdin.take().unwrap().write_all(figures.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}\n{figures}", said.escape_ascii());
}

async fn scrape(app: &TestApp, token: Option<&str>, accept: &str) -> Answer {
    let origin = app.base.strip_suffix("/api/v1").unwrap();
    let mut request = app.http.get(format!("{origin}/metrics")).header("accept", accept);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = Answer::of(request.send().await.expect("an answer")).await;
    contract::check(("GET", "/metrics"), None, &answer);
    answer
}

#[tokio::test]
async fn a_pool_in_full_use_is_no_database_that_is_gone() {
    let token = "a token of Prometheus";
    let app = TestApp::start_with(|settings| {
        settings.metrics_token = Some(token.into());
        settings.database.pool_size = 1;
    })
    .await;
    let superuser = app.database.superuser().await;
    run(&superuser, "begin; lock table integratedb.keys").await;
    let asking = app.get("/keys");
    let looking = async {
        until_waiting(&app.database.superuser().await, 1).await;
        let answer = scrape(&app, Some(token), "").await.expect(200);
        let text = answer.body.as_str().unwrap().to_owned();
        run(&superuser, "commit").await;
        text
    };
    let (_, text) = tokio::join!(asking, looking);
    assert!(text.contains("\nintegratedb_database_up 1\n"), "{text}");
}
