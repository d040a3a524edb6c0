//! A client of the streams, and events to send on them.

use std::sync::Arc;

use futures::{SinkExt, StreamExt};
use integratedb::changes::{Lsn, Position};
use integratedb::notifications::{Hub, Outgoing};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{Stakeholder, TestApp};

/// A websocket of a client.
#[derive(Debug)]
pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Opens a websocket below the base of the API; or answers the status and the body.
    pub async fn open(
        app: &TestApp,
        path: &str,
        token: Option<&str>,
    ) -> Result<Self, (u16, Value)> {
        let url = format!("{}{path}", app.base.replace("http://", "ws://"));
        let mut request = url.into_client_request().expect("a request");
        if let Some(token) = token {
            let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a header");
            request.headers_mut().insert("authorization", value);
        }
        let address = app.base.split('/').nth(2).and_then(|address| address.parse().ok());
        let socket = TcpSocket::new_v4().expect("a socket");
        // Little, so that a client that doesn't read is noticed early.
        socket.set_recv_buffer_size(64 << 10).expect("a size");
        let connection = socket.connect(address.expect("an address")).await.expect("a connection");
        match client_async(request, connection).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => {
                let body = response.body().as_deref().unwrap_or_default();
                Err((response.status().as_u16(), serde_json::from_slice(body).unwrap_or_default()))
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// The stream of a stakeholder with its own token, after the greeting.
    pub async fn of(app: &TestApp, stakeholder: &Stakeholder, token: &str) -> Self {
        let path = format!("/stakeholders/{}/socket", stakeholder.id);
        let mut socket = Self::open(app, &path, Some(token)).await.expect("a websocket");
        assert_eq!(socket.json().await["type"], "subscribed");
        socket
    }

    /// The next message that isn't a ping.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Ping(_) => {}
                message => return Some(message),
            }
        }
    }

    /// The next message, which must be text.
    pub async fn text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.as_str().to_owned(),
            other => panic!("no text: {other:?}"),
        }
    }

    /// The next message, which must be JSON.
    pub async fn json(&mut self) -> Value {
        serde_json::from_str(&self.text().await).expect("JSON")
    }

    /// The texts up to the end, and the code and the reason of that.
    pub async fn rest(&mut self) -> (Vec<String>, u16, String) {
        let mut texts = Vec::new();
        loop {
            match self.next().await {
                Some(Message::Text(text)) => texts.push(text.as_str().to_owned()),
                Some(Message::Close(Some(close))) => {
                    return (texts, close.code.into(), close.reason.as_str().to_owned());
                }
                other => panic!("no end: {other:?}"),
            }
        }
    }

    pub async fn send(&mut self, message: Message) {
        self.0.send(message).await.expect("a connection");
    }
}

/// The hub of a stakeholder's channel, which has had nothing yet.
pub fn hub(app: &TestApp, stakeholder: &Stakeholder) -> Arc<Hub> {
    app.state.hubs.open(stakeholder.id, "SOCKET", at(0))
}

pub fn at(lsn: u64) -> Position {
    Position { lsn: Lsn(lsn), index: 0 }
}

/// An event whose body is more or less of this size.
pub fn event(lsn: u64, size: usize) -> Arc<Outgoing> {
    let id = at(lsn).to_string();
    let body = serde_json::json!({ "id": id, "data": "x".repeat(size) }).to_string();
    Arc::new(Outgoing {
        position: at(lsn),
        id: id.into(),
        subject: "public.orders".into(),
        order: 0,
        body: body.into(),
    })
}
