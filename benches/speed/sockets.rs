//! Events to 500 subscribers of one channel, each over a websocket of its own. The floor
//! is a bare broadcast server: one broadcast channel and a task for each websocket, which
//! looks nothing up, numbers nothing and cuts nobody.

use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::SinkExt;
use integratedb::changes::{Lsn, Position};
use integratedb::notifications::Outgoing;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, broadcast};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::Result;
use crate::api::Api;
use crate::pairs::Rates;
use crate::postgres::Postgres;
use crate::table::{Table, Target};
use crate::websocket::Websocket;

const SUBSCRIBERS: u32 = 500;
const BYTES: usize = 300;
const TURNS: usize = 5;

/// How many events are published at once, before everybody has them; and how many in
/// a turn.
const BURSTS: [(u32, u32, &str); 2] = [
    (1, 1_000, "sockets, 500 subscribers, one at a time, messages/s"),
    (200, 4_000, "sockets, 500 subscribers, in bursts, messages/s"),
];

pub async fn measure(postgres: &Postgres, table: &Table) -> Result<()> {
    let api = Api::start(postgres, "sockets").await?;
    let stakeholder = api.stakeholder("listener").await?;
    let hub = api.app.hubs.open(stakeholder, "SOCKET", Position::default());
    let path = format!("/api/v1/stakeholders/{stakeholder}/socket");
    let ours = Crowd::come(api.address, &path, &api.token)?;
    let bare = Bare::start().await?;
    let floor = Crowd::come(bare.address, "/", "")?;
    while hub.listeners() + bare.sender.receiver_count() != 2 * SUBSCRIBERS as usize {
        ours.is_there()?;
        floor.is_there()?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let number = Cell::new(0);
    for (burst, events, subject) in BURSTS {
        let rate = |since: Instant| f64::from(events * SUBSCRIBERS) / since.elapsed().as_secs_f64();
        let rates = Rates::measure(
            TURNS,
            async || {
                let since = Instant::now();
                for _ in 0..events / burst {
                    hub.publish(&numbered(&number, burst)).await;
                    ours.hear(burst).await?;
                }
                Ok(rate(since))
            },
            async || {
                let since = Instant::now();
                for _ in 0..events / burst {
                    for event in numbered(&number, burst) {
                        bare.sender.send(Utf8Bytes::from(&*event.body))?;
                    }
                    floor.hear(burst).await?;
                }
                Ok(rate(since))
            },
        );
        rates.await?.print(table, subject, Target::AtLeast(0.7));
    }
    api.stop().await;
    Ok(())
}

/// The next events.
fn numbered(number: &Cell<u64>, count: u32) -> Vec<Arc<Outgoing>> {
    let from = number.get();
    number.set(from + u64::from(count));
    let event = |number| {
        let position = Position { lsn: Lsn(number), index: 0 };
        Arc::new(Outgoing {
            position,
            id: position.to_string().into(),
            subject: "public.orders".into(),
            order: number,
            body: "x".repeat(BYTES).into(),
        })
    };
    (from + 1..=number.get()).map(event).collect()
}

/// All the subscribers of a server, in a thread of their own.
struct Crowd {
    heard: Arc<Heard>,
    thread: std::thread::JoinHandle<Result<()>>,
}

/// How much they have heard in all, and who waits for it.
#[derive(Default)]
struct Heard {
    messages: AtomicU64,
    awaited: AtomicU64,
    all: Notify,
}

impl Crowd {
    fn come(address: SocketAddr, path: &str, token: &str) -> Result<Self> {
        let heard = Arc::new(Heard::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (all, path, token) = (Arc::clone(&heard), path.to_owned(), token.to_owned());
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                let mut clients = JoinSet::new();
                for _ in 0..SUBSCRIBERS {
                    let websocket = Websocket::open(address, &path, &token).await?;
                    clients.spawn(listen(websocket, Arc::clone(&all)));
                }
                match clients.join_next().await {
                    Some(ended) => ended?,
                    None => Ok(()),
                }
            })
        });
        Ok(Self { heard, thread })
    }

    /// Waits until everybody has heard so many more events.
    async fn hear(&self, events: u32) -> Result<()> {
        let more = u64::from(events * SUBSCRIBERS);
        let awaited = self.heard.awaited.fetch_add(more, Ordering::SeqCst) + more;
        while self.heard.messages.load(Ordering::SeqCst) < awaited {
            self.is_there()?;
            let all = self.heard.all.notified();
            drop(tokio::time::timeout(Duration::from_secs(1), all).await);
        }
        Ok(())
    }

    fn is_there(&self) -> Result<()> {
        if self.thread.is_finished() {
            return Err("a subscriber has left".into());
        }
        Ok(())
    }
}

async fn listen(mut websocket: Websocket, heard: Arc<Heard>) -> Result<()> {
    loop {
        let mut events = 0;
        websocket.receive(|text| events += u64::from(text.len() == BYTES)).await?;
        let messages = heard.messages.fetch_add(events, Ordering::SeqCst) + events;
        if messages == heard.awaited.load(Ordering::SeqCst) {
            heard.all.notify_one();
        }
    }
}

/// The bare broadcast server.
struct Bare {
    address: SocketAddr,
    sender: broadcast::Sender<Utf8Bytes>,
}

impl Bare {
    async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, (sender, _)) = (listener.local_addr()?, broadcast::channel(1024));
        let messages = sender.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tell(stream, messages.subscribe()));
            }
        });
        Ok(Self { address, sender })
    }
}

/// Sends what there is in one go, as ours does.
async fn tell(stream: TcpStream, mut messages: broadcast::Receiver<Utf8Bytes>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut websocket = tokio_tungstenite::accept_async(stream).await?;
    loop {
        websocket.feed(Message::Text(messages.recv().await?)).await?;
        while let Ok(message) = messages.try_recv() {
            websocket.feed(Message::Text(message)).await?;
        }
        websocket.flush().await?;
    }
}
