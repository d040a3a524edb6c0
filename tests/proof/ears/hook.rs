//! A receiver of webhooks that remembers no more than its ear does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::web::{self, Bytes, PayloadConfig};
use actix_web::{App, HttpResponse, HttpServer, dev};
use serde_json::Value;

use crate::ear::Ear;

/// It fails each request of so many, half of them after it has heard them.
const FAILS: u64 = 97;

pub struct Hook {
    pub url: String,
    handle: dev::ServerHandle,
}

impl Hook {
    pub fn start(ear: &Ear) -> Self {
        let (ear, count) = (ear.clone(), Arc::new(AtomicU64::new(0)));
        let server = HttpServer::new(move || {
            let (ear, count) = (ear.clone(), Arc::clone(&count));
            App::new().app_data(PayloadConfig::new(64 << 20)).default_service(web::to(
                move |body: Bytes| {
                    let answer = answer(&ear, count.fetch_add(1, Ordering::Relaxed), &body);
                    async move { answer }
                },
            ))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .expect("a port");
        let url = format!("http://{}/hook", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { url, handle }
    }
}

fn answer(ear: &Ear, number: u64, body: &[u8]) -> HttpResponse {
    let is_failure = number % FAILS == FAILS - 1;
    if is_failure && number.is_multiple_of(2) {
        return HttpResponse::InternalServerError().finish();
    }
    match serde_json::from_slice(body).expect("JSON") {
        Value::Array(events) => events.iter().for_each(|event| ear.hear(event)),
        event => ear.hear(&event),
    }
    if is_failure {
        return HttpResponse::InternalServerError().finish();
    }
    HttpResponse::Ok().finish()
}

impl Drop for Hook {
    fn drop(&mut self) {
        // It ends with its runtime; this only asks it to.
        drop(self.handle.stop(false));
    }
}
