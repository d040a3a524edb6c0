//! Receivers of webhooks of several manners, in a thread of their own. What reaches the
//! well-mannered first ones is noted.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::Result;
use crate::http::content_length;

/// How a receiver answers.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    AtOnce,
    After(Duration),
    /// With 500.
    Failing,
    /// It accepts, reads, and says nothing.
    Never,
}

/// The numbers of the rows in what arrived, and when.
type Arrivals = Vec<(u32, Instant)>;

/// Receivers that end when this is dropped.
pub struct Listeners {
    pub ports: Vec<u16>,
    /// What reached each of those that count.
    noted: Vec<Arc<Mutex<Arrivals>>>,
    end: Arc<Notify>,
}

impl Listeners {
    /// So many that answer at once and count, and others beside them.
    pub fn start(counting: usize, beside: &[Manner]) -> Result<Self> {
        let noted: Vec<Arc<Mutex<Arrivals>>> = (0..counting).map(|_| Arc::default()).collect();
        let end = Arc::new(Notify::new());
        let listener = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
            listener.set_nonblocking(true)?;
            Result::Ok(listener)
        };
        let counted = noted.iter().map(|noted| (Manner::AtOnce, Some(Arc::clone(noted))));
        let (mut ports, mut all) = (Vec::new(), Vec::new());
        for (manner, noted) in counted.chain(beside.iter().map(|manner| (*manner, None))) {
            let listener = listener()?;
            ports.push(listener.local_addr()?.port());
            all.push((listener, manner, noted));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let until = Arc::clone(&end);
        std::thread::spawn(move || {
            runtime.block_on(async move {
                for (listener, manner, noted) in all {
                    tokio::spawn(accept(listener, manner, noted));
                }
                until.notified().await;
            });
        });
        Ok(Self { ports, noted, end })
    }

    /// Forgets what has arrived.
    pub fn forget(&self) {
        self.noted.iter().for_each(|noted| lock(noted).clear());
    }

    /// Waits until each of those that count has got so much.
    pub async fn until(&self, events: usize) {
        while self.noted.iter().any(|noted| lock(noted).len() < events) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// What reached any of those that count.
    pub fn arrivals(&self) -> Arrivals {
        self.noted.iter().flat_map(|noted| lock(noted).clone()).collect()
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.end.notify_one();
    }
}

fn lock(noted: &Mutex<Arrivals>) -> std::sync::MutexGuard<'_, Arrivals> {
    noted.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(
    listener: std::net::TcpListener,
    manner: Manner,
    noted: Option<Arc<Mutex<Arrivals>>>,
) -> Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(receive(stream, manner, noted.clone()));
    }
}

async fn receive(
    mut stream: TcpStream,
    manner: Manner,
    noted: Option<Arc<Mutex<Arrivals>>>,
) -> Result<()> {
    const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const BAD: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
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
        if let Some(noted) = &noted {
            let number = number(&received[head..head + length]).ok_or("no number")?;
            lock(noted).push((number, Instant::now()));
        }
        received.drain(..head + length);
        match manner {
            Manner::AtOnce => stream.write_all(GOOD).await?,
            Manner::After(span) => {
                tokio::time::sleep(span).await;
                stream.write_all(GOOD).await?;
            }
            Manner::Failing => stream.write_all(BAD).await?,
            // Its end is heard where the next request would be read.
            Manner::Never => {}
        }
    }
}

/// The number of the row in an event.
pub fn number(event: &[u8]) -> Option<u32> {
    let event = std::str::from_utf8(event).ok()?;
    let (_, rest) = event.split_once("\"quantity\":")?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}
