//! Signed webhooks, one event in each request, 32 at a time. The floor is `ab -k -c 32`,
//! which posts the same body to the same receiver and signs nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use integratedb::changes::{Lsn, Position};
use integratedb::notifications::channels::webhook::{Patience, Webhook, run};
use integratedb::notifications::{Consumer, Outgoing, Progress};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::Result;
use crate::http::content_length;
use crate::pairs::Rates;
use crate::table::{Table, Target};

const EVENTS: u32 = 50_000;
const CONCURRENCY: usize = 32;
const TURNS: usize = 5;

/// How long the receiver takes for a request: nothing, as no application can; and about
/// as long as one that stores what it gets.
const RECEIVERS: [(Duration, &str); 2] = [
    (Duration::ZERO, "WEBHOOK, signed, 32 at a time, requests/s"),
    (Duration::from_millis(1), "WEBHOOK, the receiver takes 1 ms, requests/s"),
];

pub async fn measure(table: &Table) -> Result<()> {
    if std::process::Command::new("ab").arg("-V").output().is_err() {
        table.skip(RECEIVERS[0].1, "ab is not installed");
        return Ok(());
    }
    let body = "x".repeat(300);
    let file = std::env::temp_dir().join(format!("integratedb-bench-{}", std::process::id()));
    std::fs::write(&file, &body)?;
    for (span, subject) in RECEIVERS {
        let received = Arc::new(AtomicU32::new(0));
        let address = receiver(&received, span)?;
        let arrived = || match received.swap(0, Ordering::SeqCst) {
            EVENTS => Ok(()),
            other => Err(format!("{other} requests arrived")),
        };
        let rates = Rates::measure(
            TURNS,
            async || {
                let rate = deliver(address, &body).await?;
                arrived()?;
                Ok(rate)
            },
            async || {
                let rate = ab(address, &file).await?;
                arrived()?;
                Ok(rate)
            },
        );
        rates.await?.print(table, subject, Target::AtLeast(0.5));
    }
    std::fs::remove_file(&file)?;
    Ok(())
}

/// The channel's requests a second.
async fn deliver(address: SocketAddr, body: &str) -> Result<f64> {
    let webhook = Webhook {
        url: format!("http://{address}/").parse()?,
        secrets: vec!["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()],
        batch: 1,
        concurrency: CONCURRENCY,
        timeout: Duration::from_secs(15),
        max_attempts: 12,
        allow_private: true,
        patience: Patience::default(),
    };
    let events: Vec<Outgoing> = (1..=EVENTS).map(|number| event(number, body)).collect();
    let (sender, receiver) = mpsc::channel(64);
    let progress = Progress::default();
    let since = Instant::now();
    let consumer = Consumer { events: receiver, progress: progress.clone() };
    let delivery = tokio::spawn(run(consumer, webhook));
    for event in events {
        sender.send(event).await?;
    }
    while progress.lock().count < u64::from(EVENTS) {
        if let Some(error) = &progress.lock().error {
            return Err(error.clone().into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let took = since.elapsed();
    drop(sender);
    delivery.await??;
    Ok(f64::from(EVENTS) / took.as_secs_f64())
}

fn event(number: u32, body: &str) -> Outgoing {
    let position = Position { lsn: Lsn(0x16_B374_D848 + u64::from(number) * 64), index: 0 };
    Outgoing {
        position,
        id: position.to_string().into(),
        subject: "public.orders".into(),
        order: u64::from(number),
        body: body.into(),
    }
}

/// ab's requests a second.
async fn ab(address: SocketAddr, file: &std::path::Path) -> Result<f64> {
    let mut command = Command::new("ab");
    command.args(["-k", "-q", "-c", &CONCURRENCY.to_string(), "-n", &EVENTS.to_string()]);
    command.args(["-T", "application/cloudevents+json", "-p"]).arg(file);
    let output = command.arg(format!("http://{address}/")).output().await?;
    let said = String::from_utf8(output.stdout)?;
    let value = |name| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()).unwrap_or_default()
    };
    match (value("Failed requests:"), value("Requests per second:").parse()) {
        ("0", Ok(rate)) => Ok(rate),
        _ => Err(said.into()),
    }
}

/// A receiver that answers everything after this time with an empty 200, in a thread of
/// its own.
fn receiver(received: &Arc<AtomicU32>, span: Duration) -> Result<SocketAddr> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let received = Arc::clone(received);
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                tokio::spawn(receive(stream, Arc::clone(&received), span));
            }
            #[expect(unreachable_code, reason = "it says what the block answers")]
            Result::Ok(())
        })
    });
    Ok(address)
}

async fn receive(mut stream: TcpStream, count: Arc<AtomicU32>, span: Duration) -> Result<()> {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n";
    stream.set_nodelay(true)?;
    let mut received = Vec::with_capacity(4096);
    loop {
        let head = loop {
            if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        };
        let length = content_length(&received[..head]).ok_or("no Content-Length")?;
        while received.len() < head + length {
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        }
        received.drain(..head + length);
        if !span.is_zero() {
            tokio::time::sleep(span).await;
        }
        count.fetch_add(1, Ordering::SeqCst);
        stream.write_all(ANSWER).await?;
    }
}
