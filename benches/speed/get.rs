//! Reading one stakeholder, by eight clients at once. The floor is pgbench's own SELECT, by as many
//! clients over the same socket as the server uses.

use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::task::JoinSet;

use crate::Result;
use crate::api::Api;
use crate::http::Connection;
use crate::pairs::median;
use crate::postgres::Postgres;
use crate::table::{Table, Target};

const SUBJECT: &str = "get a stakeholder over HTTP, 8 clients, requests/s";
const DATABASE: &str = "pgbench";
const CLIENTS: usize = 8;
const TURN: Duration = Duration::from_secs(5);
const TURNS: usize = 3;

pub async fn measure(postgres: &Postgres, table: &Table) -> Result<()> {
    if !postgres.bin_dir.join("pgbench").is_file() {
        table.skip(SUBJECT, "pgbench is not installed beside postgres");
        return Ok(());
    }
    postgres.database(DATABASE).await?;
    pgbench(postgres, DATABASE, &["-i", "-q", "-s", "10"]).await?;
    let api = Api::start(postgres, "get").await?;
    let path = format!("/stakeholders/{}", api.stakeholder("somebody").await?);
    let request = api.request("GET", &path, "");
    api.database.settle().await?;

    requests(&api, &request, Duration::from_secs(1)).await?;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.push(requests(&api, &request, TURN).await?);
        floor.push(transactions(postgres).await?);
    }
    let ratio = median(ours.iter().zip(&floor).map(|(ours, floor)| ours / floor));
    let [ours, floor] = [ours, floor].map(|rates| format!("{:.0}", median(rates.into_iter())));
    table.line(SUBJECT, &ours, &floor, ratio, Target::AtLeast(0.3));
    api.stop().await;
    Ok(())
}

/// Requests a second over this time.
async fn requests(api: &Api, request: &[u8], span: Duration) -> Result<f64> {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (connection, request) = (api.connect().await?, request.to_owned());
        clients.spawn(ask_for(connection, request, span));
    }
    let mut rate = 0.0;
    while let Some(client) = clients.join_next().await {
        rate += client??;
    }
    Ok(rate)
}

/// The requests a second of one client.
async fn ask_for(mut connection: Connection, request: Vec<u8>, span: Duration) -> Result<f64> {
    let since = Instant::now();
    let mut answers = 0_u32;
    while since.elapsed() < span {
        connection.send(&request, "200").await?;
        answers += 1;
    }
    Ok(f64::from(answers) / since.elapsed().as_secs_f64())
}

/// pgbench's transactions a second over the time of a turn.
async fn transactions(postgres: &Postgres) -> Result<f64> {
    let (clients, seconds) = (CLIENTS.to_string(), TURN.as_secs().to_string());
    let said =
        pgbench(postgres, DATABASE, &["-S", "-n", "-c", &clients, "-j", "2", "-T", &seconds])
            .await?;
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = rate.and_then(|rest| rest.split(' ').next()).ok_or("pgbench said no tps")?;
    Ok(rate.parse()?)
}

/// Runs pgbench over the socket; answers what it said.
pub async fn pgbench(postgres: &Postgres, database: &str, arguments: &[&str]) -> Result<String> {
    let (folder, port) = postgres.socket();
    let mut command = Command::new(postgres.bin_dir.join("pgbench"));
    command.arg("-h").arg(folder).args(["-p", &port.to_string(), "-U", "postgres"]);
    let output = command.args(arguments).arg(database).output().await?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
