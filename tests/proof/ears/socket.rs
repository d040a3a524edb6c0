//! A client of a websocket, which comes back after the last event it has heard.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::ear::Ear;

/// Where the program is just now. Clones point to the same.
#[derive(Debug, Clone, Default)]
pub struct Door(Arc<Mutex<String>>);

impl Door {
    /// The program is there from now on.
    pub fn is_at(&self, origin: &str) {
        origin.clone_into(&mut self.0.lock().unwrap());
    }

    fn origin(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

/// Listens for as long as the task isn't ended, and answers once it does.
pub async fn listen_at_socket(
    door: &Door,
    stakeholder: i64,
    token: &str,
    ear: Ear,
) -> JoinHandle<()> {
    let path = format!("/api/v1/stakeholders/{stakeholder}/socket?access_token={token}");
    let (door, greeted) = (door.clone(), Arc::new(tokio::sync::Notify::new()));
    let greets = Arc::clone(&greeted);
    let task = tokio::spawn(async move {
        let mut last: Option<String> = None;
        loop {
            let from = last.as_ref().map(|id| format!("&from={id}")).unwrap_or_default();
            let url = format!("{}{path}{from}", door.origin().replace("http://", "ws://"));
            match tokio_tungstenite::connect_async(url).await {
                Ok((mut socket, _)) => {
                    while let Some(Ok(message)) = socket.next().await {
                        let Message::Text(text) = message else { continue };
                        let said: Value = serde_json::from_str(&text).expect("JSON");
                        if said["type"] == "subscribed" {
                            // From here on nothing is missed, even if nothing was heard yet.
                            last.get_or_insert(format!("{}:0", said["from"].as_str().unwrap()));
                            greets.notify_one();
                        } else {
                            last = said["id"].as_str().map(|id| id.replace(":gap", ""));
                            ear.hear(&said);
                        }
                    }
                }
                Err(Error::Http(response)) if response.status().is_client_error() => {
                    let body = response.body().as_deref().unwrap_or_default();
                    let status = response.status();
                    let fault = format!("{status}: {}", String::from_utf8_lossy(body));
                    ear.heard().faults.push(fault);
                }
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    greeted.notified().await;
    task
}
