//! The channel SOCKET: an application listens, over a websocket or as server-sent
//! events, for as long as it likes.

mod conversation;
mod event_stream;
mod farewell;
mod guard;
pub mod routes;
mod websocket;

use std::sync::Arc;

use bytes::Bytes;

use self::farewell::Farewell;
use crate::changes::Lsn;
use crate::notifications::Outgoing;

/// What the server says.
#[derive(Debug)]
enum Say {
    /// The first thing: nothing that was committed after this will be missed.
    Subscribed {
        from: Lsn,
        channel: String,
    },
    Event(Arc<Outgoing>),
    /// A question that any answer will do for, or a sign of life.
    AreYouThere,
    /// The answer to the client's own question.
    Here(Bytes),
    /// The last thing.
    Farewell(Farewell),
}

/// What a client says.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Text(Bytes),
    AreYouThere(Bytes),
    Here,
    /// It leaves, with this code.
    Farewell(Option<u16>),
    /// What can't be answered in any other way.
    Wrong(Farewell),
}
