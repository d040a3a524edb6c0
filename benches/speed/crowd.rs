//! Two hundred clients at once for a minute, nine reads to one write, and how long each
//! request takes. The floor is pgbench's own SELECT by as many clients.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Result;
use crate::api::Api;
use crate::get::pgbench;
use crate::http::Connection;
use crate::postgres::{Postgres, create_tables};
use crate::table::{Table, Target, ms};

const CLIENTS: usize = 200;
const SPAN: Duration = Duration::from_mins(1);
const WRITERS: usize = 20;

pub async fn measure(postgres: &Postgres, table: &Table) -> Result<()> {
    if !postgres.bin_dir.join("pgbench").is_file() {
        table.skip("200 clients", "pgbench is not installed beside postgres");
        return Ok(());
    }
    let api = Api::start(postgres, "crowd").await?;
    create_tables(&api.database.owner().await?, 10).await?;
    let mut requests = vec![
        api.request("GET", "/stakeholders", ""),
        api.request("GET", "/unmet", ""),
        api.request("GET", "/impact?path=shop.t1.c1", ""),
        api.request("GET", "/journal?limit=10", ""),
        api.request("GET", "/stakeholders/1/claims", ""),
    ];
    let mut writes = Vec::new();
    for no in 1..=WRITERS {
        let id = api.stakeholder(&format!("crowd_{no}")).await?;
        requests.push(api.request("GET", &format!("/stakeholders/{id}"), ""));
        writes.push([3, 7].map(|columns| {
            let columns: Vec<String> = (1..=columns).map(|no| format!(r#""c{no}""#)).collect();
            let columns = columns.join(",");
            let body = format!(
                r#"{{"data":{{"match":[{{"path":"shop.t{}","fields":[{columns}]}}]}}}}"#,
                no % 10 + 1
            );
            api.request("PUT", &format!("/stakeholders/{id}/claims"), &body)
        }));
    }
    let requests = Arc::new(requests);
    let mut clients = JoinSet::new();
    for no in 0..CLIENTS {
        let (connection, requests) = (api.connect().await?, Arc::clone(&requests));
        let writes = writes[no % WRITERS].clone();
        clients.spawn(ask(connection, requests, writes, no));
    }
    let (mut reads, mut written) = (Vec::new(), Vec::new());
    while let Some(client) = clients.join_next().await {
        let (of_reads, of_writes) = client??;
        reads.extend(of_reads);
        written.extend(of_writes);
    }
    let floor = floor(postgres).await?;
    for (what, times) in [("reads", &mut reads), ("writes", &mut written)] {
        times.sort_unstable();
        for (name, share) in [("p50", 50), ("p99", 99)] {
            let time = times[times.len() * share / 100];
            let floor = floor.iter().find(|(other, _)| *other == name).map_or(0.0, |(_, ms)| *ms);
            table.line(
                &format!("200 clients, {name} of {} {what} in a minute", times.len()),
                &ms(time),
                &format!("{floor:.2} ms"),
                time.as_secs_f64() * 1e3 / floor,
                Target::None,
            );
        }
    }
    api.stop().await;
    Ok(())
}

/// Nine reads to a write; how long each took.
async fn ask(
    mut connection: Connection,
    requests: Arc<Vec<Vec<u8>>>,
    writes: [Vec<u8>; 2],
    no: usize,
) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let (mut reads, mut written) = (Vec::new(), Vec::new());
    let since = Instant::now();
    let mut turn = no;
    while since.elapsed() < SPAN {
        turn += 1;
        let (request, times) = match turn % 10 {
            0 => (&writes[turn / 10 % 2], &mut written),
            _ => (&requests[turn * 7 % requests.len()], &mut reads),
        };
        let began = Instant::now();
        connection.send(request, "200").await?;
        times.push(began.elapsed());
    }
    Ok((reads, written))
}

/// The latencies of pgbench's SELECT with as many clients, in milliseconds. Its log has
/// each transaction's time in microseconds in the third column.
async fn floor(postgres: &Postgres) -> Result<[(&'static str, f64); 2]> {
    postgres.database("pgbench_crowd").await?;
    let folder = std::env::temp_dir().join(format!("integratedb-crowd-{}", std::process::id()));
    tokio::fs::create_dir_all(&folder).await?;
    let prefix = folder.join("log").display().to_string();
    pgbench(postgres, "pgbench_crowd", &["-i", "-q", "-s", "10"]).await?;
    // Nearly as many: the server takes 200, of which a few are kept for others.
    let arguments = ["-S", "-n", "-c", "180", "-j", "2", "-T", "20", "-l", "--log-prefix", &prefix];
    pgbench(postgres, "pgbench_crowd", &arguments).await?;
    let mut times: Vec<u64> = Vec::new();
    let mut files = tokio::fs::read_dir(&folder).await?;
    while let Some(file) = files.next_entry().await? {
        let text = tokio::fs::read_to_string(file.path()).await?;
        times.extend(text.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<u64>().ok()));
    }
    tokio::fs::remove_dir_all(&folder).await?;
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 100];
    #[expect(clippy::cast_precision_loss, reason = "microseconds of seconds")]
    Ok([("p50", at(50) as f64 / 1e3), ("p99", at(99) as f64 / 1e3)])
}
