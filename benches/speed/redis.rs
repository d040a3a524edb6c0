//! Events into a stream of Redis, confirmed and in order. The floor is `redis-benchmark -P 64`,
//! whose 50 clients add the same entries to the same server.

use std::process::Stdio;
use std::time::{Duration, Instant};

use integratedb::changes::{Lsn, Position};
use integratedb::notifications::channels::redis::{Redis, Target, run};
use integratedb::notifications::{Consumer, Outgoing, Progress};
use redis::aio::MultiplexedConnection;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::Result;
use crate::pairs::median;
use crate::table::{Table, Target as Wanted};

const SUBJECT: &str = "REDIS, 200,000 events of 300 bytes, events/s";
const EVENTS: u32 = 200_000;
const TURNS: usize = 5;
const STREAM: &str = "stream";

pub async fn measure(table: &Table) -> Result<()> {
    let Ok(server) = Server::start() else {
        table.skip(SUBJECT, "redis-server is not installed");
        return Ok(());
    };
    let mut connection = server.connection().await?;
    let events: Vec<Outgoing> = (0..EVENTS).map(event).collect();

    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for turn in 0..=TURNS {
        let (our, least) = (server.ours(&events).await?, server.floor(&events[0]).await?);
        let arrived: u32 = redis::cmd("XLEN").arg(STREAM).query_async(&mut connection).await?;
        if arrived != 2 * EVENTS {
            return Err(format!("{arrived} entries are in the stream").into());
        }
        redis::cmd("DEL").arg(STREAM).exec_async(&mut connection).await?;
        if turn > 0 {
            ours.push(our);
            floor.push(least);
        }
    }
    let ratio = median(ours.iter().zip(&floor).map(|(ours, floor)| ours / floor));
    let [ours, floor] = [ours, floor].map(|rates| format!("{:.0}", median(rates.into_iter())));
    table.line(SUBJECT, &ours, &floor, ratio, Wanted::AtLeast(0.5));
    Ok(())
}

fn event(number: u32) -> Outgoing {
    let position = Position { lsn: Lsn(0x16_B374_D848 + u64::from(number) * 64), index: 0 };
    let text = "x".repeat(300);
    Outgoing {
        position,
        id: position.to_string().into(),
        subject: "public.orders".into(),
        order: u64::from(number),
        body: text.into(),
    }
}

/// A Redis that keeps nothing, and ends with this process.
struct Server {
    port: String,
    _guard: Child,
}

impl Server {
    fn start() -> Result<Self> {
        let found = std::process::Command::new("redis-benchmark").arg("--version").output();
        found?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port().to_string();
        drop(listener);
        // The shell ends the server when this process ends, and with it the shell's stdin.
        let script = r#"exec 3<&0; redis-server "$@" </dev/null 3<&- & cat <&3; kill -KILL $!"#;
        let mut guard = Command::new("/bin/sh");
        guard.args(["-c", script, "sh", "--bind", "127.0.0.1", "--port", &port]);
        guard.args(["--save", "", "--appendonly", "no"]).stdin(Stdio::piped());
        let guard = guard.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Ok(Self { port, _guard: guard })
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    async fn connection(&self) -> Result<MultiplexedConnection> {
        let client = redis::Client::open(self.url())?;
        let since = Instant::now();
        loop {
            match client.get_multiplexed_async_connection().await {
                Err(_) if since.elapsed().as_secs() < 10 => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    /// The channel's events a second.
    async fn ours(&self, events: &[Outgoing]) -> Result<f64> {
        let target = Target::Stream { name: STREAM.to_owned(), maxlen: None };
        let redis = Redis::new(&self.url().into(), target)?;
        let (sender, receiver) = mpsc::channel(1_024);
        let progress = Progress::default();
        let events = events.to_vec();
        let since = Instant::now();
        let feeder = tokio::spawn(async move {
            for event in events {
                sender.send(event).await?;
            }
            Ok::<_, mpsc::error::SendError<Outgoing>>(())
        });
        run(Consumer { events: receiver, progress: progress.clone() }, redis).await?;
        let seconds = since.elapsed().as_secs_f64();
        feeder.await??;
        let state = progress.lock();
        match &state.error {
            Some(error) => Err(error.clone().into()),
            None => Ok(f64::from(EVENTS) / seconds),
        }
    }

    /// redis-benchmark's entries a second.
    async fn floor(&self, event: &Outgoing) -> Result<f64> {
        let mut command = Command::new("redis-benchmark");
        command.args(["-p", &self.port, "-P", "64", "-n", &EVENTS.to_string(), "-q"]);
        command.args(["XADD", STREAM, "*", "id", &event.id, "subject", &event.subject]);
        let output = command.args(["event", &event.body]).output().await?;
        let said = String::from_utf8(output.stdout)?;
        let rate = said.rsplit_once(" requests per second").map(|(before, _)| before);
        let rate = rate.and_then(|before| before.rsplit(' ').next());
        Ok(rate.ok_or("redis-benchmark said no rate")?.parse()?)
    }
}
