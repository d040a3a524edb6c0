//! A receiver of webhooks: a real HTTP server on a port of its own, which answers as
//! it is told and remembers what it got.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev};
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::eventually;

/// Answers 200 to everything until it is told otherwise.
pub struct Receiver {
    address: SocketAddr,
    book: Arc<Book>,
    handle: dev::ServerHandle,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// `None` while it isn't answered.
    pub status: Option<u16>,
}

/// What a request is answered with.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: &'static str,
    delay: Duration,
    is_never: bool,
}

type Rule = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

struct Book {
    rule: Mutex<Rule>,
    requests: Mutex<Vec<Received>>,
    /// The events of requests that were answered 2xx, in the order of the answers.
    taken: Mutex<Vec<Value>>,
    /// How many requests are being answered, and how many were at most.
    at_once: Mutex<(usize, usize)>,
}

impl Receiver {
    /// A receiver on a free port.
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap())
    }

    /// A receiver on the port of one that was stopped.
    pub fn start_at(address: SocketAddr) -> Self {
        let book = Arc::new(Book {
            rule: Mutex::new(Arc::new(|_| Reply::status(200))),
            requests: Mutex::default(),
            taken: Mutex::default(),
            at_once: Mutex::default(),
        });
        let shared = Arc::clone(&book);
        let server = HttpServer::new(move || {
            let book = Arc::clone(&shared);
            App::new().app_data(PayloadConfig::new(64 << 20)).default_service(web::to(
                move |request: HttpRequest, body: Bytes| {
                    let book = Arc::clone(&book);
                    async move { book.answer(&request, body).await }
                },
            ))
        })
        .workers(1)
        .disable_signals()
        .bind(address)
        .expect("a port");
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { address, book, handle }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where to send to.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Answers every request from now on with a status.
    pub fn answer_with(&self, status: u16) {
        self.answer(move |_| Reply::status(status));
    }

    /// Answers no request from now on, and keeps it.
    pub fn hang(&self) {
        self.answer(|_| Reply::never());
    }

    /// Takes so long for every request from now on.
    pub fn slow_down(&self, delay: Duration) {
        self.answer(move |_| Reply::status(200).after(delay));
    }

    /// Answers from now on as a function says.
    pub fn answer(&self, rule: impl Fn(&Received) -> Reply + Send + Sync + 'static) {
        *self.book.rule.lock().unwrap() = Arc::new(rule);
    }

    /// The requests so far, in the order in which they came.
    pub fn received(&self) -> Vec<Received> {
        self.book.requests.lock().unwrap().clone()
    }

    /// The events of requests that were answered 2xx, in the order of the answers.
    pub fn events(&self) -> Vec<Value> {
        self.book.taken.lock().unwrap().clone()
    }

    /// How many they are: whoever waits for thousands asks only that.
    pub fn taken(&self) -> usize {
        self.book.taken.lock().unwrap().len()
    }

    /// The ids of those events.
    pub fn ids(&self) -> Vec<String> {
        let events = self.events();
        events.iter().filter_map(|event| event["id"].as_str().map(str::to_owned)).collect()
    }

    /// How many requests were being answered at once, at most.
    pub fn most_at_once(&self) -> usize {
        self.book.at_once.lock().unwrap().1
    }

    /// Waits until so many requests have come, answered or not.
    pub async fn until_received(&self, requests: usize) -> Vec<Received> {
        eventually("for requests", async || self.received().len() >= requests).await;
        self.received()
    }

    /// Waits until so many events were answered 2xx.
    pub async fn until_taken(&self, events: usize) -> Vec<Value> {
        eventually("for events", async || self.taken() >= events).await;
        self.events()
    }

    /// Closes its port and its connections.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // The server ends with its runtime; this only asks it to.
        drop(self.handle.stop(false));
    }
}

impl Received {
    /// A header, empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The events in it: one, or those of a batch.
    pub fn events(&self) -> Vec<Value> {
        match serde_json::from_slice(&self.body) {
            Ok(Value::Array(events)) => events,
            Ok(event) => vec![event],
            Err(_) => Vec::new(),
        }
    }
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: "", delay: Duration::ZERO, is_never: false }
    }

    /// No answer at all.
    pub fn never() -> Self {
        Self { is_never: true, ..Self::status(200) }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    /// Not before so long.
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

impl Book {
    async fn answer(&self, request: &HttpRequest, body: Bytes) -> HttpResponse {
        let headers = request.headers().iter().map(|(name, value)| {
            let name = name.as_str().parse::<reqwest::header::HeaderName>().expect("a name");
            (name, reqwest::header::HeaderValue::from_bytes(value.as_bytes()).expect("a value"))
        });
        let received = Received {
            path: request.uri().to_string(),
            headers: headers.collect(),
            body,
            status: None,
        };
        let number = {
            let mut requests = self.requests.lock().unwrap();
            requests.push(received.clone());
            requests.len() - 1
        };
        let _one = AtOnce::begin(self);
        let rule = Arc::clone(&self.rule.lock().unwrap());
        let reply = rule(&received);
        if reply.is_never {
            std::future::pending::<()>().await;
        }
        if !reply.delay.is_zero() {
            tokio::time::sleep(reply.delay).await;
        }
        if (200..300).contains(&reply.status) {
            self.taken.lock().unwrap().extend(received.events());
        }
        self.requests.lock().unwrap()[number].status = Some(reply.status);
        let mut response =
            HttpResponse::build(StatusCode::from_u16(reply.status).expect("a status"));
        for (name, value) in reply.headers {
            response.insert_header((name, value));
        }
        response.body(reply.body)
    }
}

/// Counts a request while it is being answered, also if its sender gives up.
struct AtOnce<'a>(&'a Book);

impl<'a> AtOnce<'a> {
    fn begin(book: &'a Book) -> Self {
        let mut at_once = book.at_once.lock().unwrap();
        at_once.0 += 1;
        at_once.1 = at_once.1.max(at_once.0);
        Self(book)
    }
}

impl Drop for AtOnce<'_> {
    fn drop(&mut self) {
        self.0.at_once.lock().unwrap().0 -= 1;
    }
}
